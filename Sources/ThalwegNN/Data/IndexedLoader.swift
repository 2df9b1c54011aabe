public import ThalwegCore

/// A loader whose samples have numbers: all of them or some come, in any order.
open class IndexedLoader: DataLoader {
  package final let options: LoaderOptions
  /// Samples of the data.
  package final let available: Int
  /// The samples that are used, int64; nil: all.
  public private(set) final var subset: Tensor?
  public private(set) final var sampler = Sampler.plain
  /// The epoch's.
  package private(set) final var order: EpochOrder
  private var isOrderOld = true
  package final var position = 0

  package init(available: Int, options: LoaderOptions) {
    (self.available, self.options) = (available, options)
    order = EpochOrder(count: 0, options: options)
    super.init(seed: options.seed)
  }

  /// The samples to choose from.
  package final var selected: Int { options.samples(of: subset?.numel ?? available) }

  public override var sampleCount: Int { sampler.draws(of: selected) ?? (isOrderOld ? 0 : order.count) }

  /// Of a custom sampler, 0 before the first epoch; of buckets whose batches differ, that of the epoch.
  public override var batchCount: Int {
    if !isOrderOld { return order.batchCount }
    switch sampler {
    case .plain, .weighted: return options.batches(of: sampleCount)
    case .bucketed: return (try? sampler.order(of: selected, options, seed: seed, epoch: 0))?.batchCount ?? 0
    case .custom: return 0
    }
  }

  /// Only these samples are used from the next epoch on, in the order of the list where there is no other; `limit` takes the
  /// first of the list. Weights and lengths go with the list: there must be as many. nil: all samples.
  /// - Throws: `.shape` and `.dtype` unless a list of integers, `.invalidArgument` for a number that no sample has, or
  ///   weights or lengths that are as many no more.
  public final func setSubset(_ samples: Tensor?) throws(ThalwegError) {
    var list: Tensor?
    if let samples { list = try SampleNumbers.checked(samples, below: available, "loader_subset") }
    let before = subset
    subset = list
    do throws(ThalwegError) {
      sampler = try sampler.checked(selected)
      try selectionChanged()
    } catch {
      subset = before
      throw error
    }
    isOrderOld = true
  }

  /// From the next epoch on.
  /// - Throws: `.shape` unless there is a weight or a length for each sample; `.dtype`, `.invalidArgument`.
  public final func setSampler(_ sampler: Sampler) throws(ThalwegError) {
    let before = self.sampler
    self.sampler = try sampler.checked(selected)
    do throws(ThalwegError) {
      try selectionChanged()
    } catch {
      self.sampler = before
      throw error
    }
    isOrderOld = true
  }

  /// Another subset or sampler.
  open func selectionChanged() throws(ThalwegError) {}

  /// Whether the loader has a way of its own through the samples that plain sampling gives.
  open var hasOwnOrder: Bool { false }

  open override func begin(_ epoch: Int) throws(ThalwegError) {
    position = 0
    if case .plain = sampler, hasOwnOrder {
      order = EpochOrder(count: selected, options: options)
    } else {
      order = try sampler.order(of: selected, options, seed: seed, epoch: epoch)
      if let subset {
        if let numbers = order.indexes {
          order = try order.replacing(subset.indexSelect(0, numbers))
        } else {
          order = try order.replacing(subset.slice(0, 0, order.count))
        }
      }
    }
    isOrderOld = false
  }

  open override func skip(to samples: Int) throws(ThalwegError) -> Bool {
    guard order.isBoundary(samples) else { return false }
    position = samples
    return true
  }
}
