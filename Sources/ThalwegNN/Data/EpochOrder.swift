package import ThalwegCore

/// The samples of an epoch, in order, and how they make batches.
package struct EpochOrder {
  /// Their numbers, int64 `[count]`; nil where the order is 0, 1, 2 ... or the loader's own.
  package let indexes: Tensor?
  package let count: Int
  /// Where batches end, in ascending order; nil: after every so many samples.
  private let ends: [Int]?
  private let options: LoaderOptions

  package init(_ indexes: Tensor? = nil, count: Int, ends: [Int]? = nil, options: LoaderOptions) {
    (self.indexes, self.count, self.ends, self.options) = (indexes, count, ends, options)
  }

  /// The same batches of other samples.
  func replacing(_ indexes: Tensor) throws(ThalwegError) -> EpochOrder {
    EpochOrder(try indexes.contiguous(), count: count, ends: ends, options: options)
  }

  package var batchCount: Int { ends?.count ?? options.batches(of: count) }

  /// The samples of the epoch's batches: all, or without those that do not fill one.
  private var end: Int { options.dropsLast ? count - count % options.batchSize : count }

  /// The places of the batch that begins at `place`; nil at the epoch's end.
  package func batch(at place: Int) -> Range<Int>? {
    guard let ends else { return place < end ? place..<place + min(options.batchSize, end - place) : nil }
    let next = ends.firstAbove(place)
    return next < ends.count ? place..<ends[next] : nil
  }

  /// Whether a batch begins at the place, or the last one ends there.
  package func isBoundary(_ place: Int) -> Bool {
    guard let ends else { return place <= end && (place % options.batchSize == 0 || place == end) }
    if place == 0 { return true }
    let next = ends.firstAbove(place - 1)
    return next < ends.count && ends[next] == place
  }
}

extension [Int] {
  /// Of numbers in ascending order the place of the first one that is larger.
  package func firstAbove(_ value: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
