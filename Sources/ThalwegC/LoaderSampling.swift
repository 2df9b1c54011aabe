public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Which samples a loader gives
//
// For loaders of files, tensors and sequences. What is set holds from the loader's next epoch on. All of it depends on the
// loader's seed and the epoch's number alone, so training that goes on from a checkpoint sees the same samples.

/// Only these samples, numbers from 0, are used, such as a part of tw_random_split; NULL: all. Where nothing shuffles them they
/// come in the order of the list. Weights and lengths are then those of the list's samples. Of a file, blocks without any of
/// the samples are not read; a list that is in the file's order, or shuffled, is read in large pieces, others row by row.
///
/// Threads: one at a time per loader.
@c(tw_loader_set_subset)
public func tw_loader_set_subset(_ loader: tw_loader_t?, _ samples: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in
    try asIndexed(loader).setSubset(asOptionalTensor(samples, "samples"))
  }
}

/// Samples are drawn in proportion to `weights`, one for each, `draws` an epoch (0: as many as there are): with replacement
/// (1) a sample may come again, without it comes once at most.
///
/// Threads: one at a time per loader.
@c(tw_loader_set_weights)
public func tw_loader_set_weights(
  _ loader: tw_loader_t?, _ weights: tw_tensor_t?, _ draws: Int64, _ replacement: Int32
) -> tw_status {
  call { () throws(ThalwegError) in
    let weights = try asTensor(weights, "weights")
    try asIndexed(loader).setSampler(
      .weighted(weights, draws: Int(draws), replacement: replacement != 0))
  }
}

/// Samples of like lengths come together: an epoch is cut into pools of `pool` samples (0: one), each sorted by length and cut
/// into batches, whose order is random if the loader shuffles. With a budget above 0, a batch has as many samples as keep
/// samples times the longest within it, and at least one; otherwise batch_size. `lengths`, integers, has one for each sample;
/// NULL: those of the loader's sequences.
///
/// Threads: one at a time per loader.
@c(tw_loader_set_buckets)
public func tw_loader_set_buckets(
  _ loader: tw_loader_t?, _ lengths: tw_tensor_t?, _ pool: Int64, _ budget: Int64
) -> tw_status {
  call { () throws(ThalwegError) in
    let loader = try asIndexed(loader)
    var list = try asOptionalTensor(lengths, "lengths")
    if list == nil {
      list = (loader as? SequenceLoader)?.lengths.first
      if let own = list, let subset = loader.subset { list = try own.indexSelect(0, subset) }
      list = try list?.slice(0, 0, loader.selected)
    }
    guard let list else {
      throw ThalwegError(
        .invalidArgument,
        "tw_loader_set_buckets: lengths is NULL, and the loader has no sequences to take them from")
    }
    try loader.setSampler(.bucketed(lengths: list, pool: Int(pool), budget: Int(budget)))
  }
}

/// Samples are those that the caller's function says for each epoch; NULL: each once, as at first. Resumed training is the
/// same if the function says the same for the same epoch. `destroy`, which may be NULL, is called with `user_data` when the
/// loader has no use for it any more; not if this call fails.
///
/// Threads: one at a time per loader; the function is called on the thread that starts an epoch.
@c(tw_loader_set_sampler)
public func tw_loader_set_sampler(
  _ loader: tw_loader_t?, _ sampler: tw_sampler_callback?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?
) -> tw_status {
  call { () throws(ThalwegError) in
    let loader = try asIndexed(loader)
    guard let sampler else { return try loader.setSampler(.plain) }
    let own = Callback(sampler, user_data)
    try loader.setSampler(.custom { (epoch) throws(ThalwegError) in try own.run(epoch) })
    own.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// Draws parts of `count` samples at random: sizes[i] numbers, int64, for part i, each part in ascending order, no sample in
/// two. With `labels`, integers [count], each part has every class in its share, to within a sample or two; NULL: no such
/// care. `generator` may be NULL for the default one. tw_split_sizes makes sizes of shares.
///
/// Threads: any. `outs`: `part_count` new references.
@c(tw_random_split)
public func tw_random_split(
  _ count: Int64, _ sizes: UnsafePointer<Int64>?, _ part_count: UInt, _ labels: tw_tensor_t?,
  _ generator: tw_generator_t?, _ outs: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let sizes = try asInts(sizes, part_count, "sizes")
    if sizes.isEmpty { return }
    let outs = try pointer(outs, "outs")
    let parts = try Split.random(
      Int(count), sizes: sizes, labels: asOptionalTensor(labels, "labels"), generator: asGenerator(generator))
    try handOut(parts, outs)
  }
}

/// The sizes of parts that are shares of `count` samples, rounded down; what is left of shares that sum up to 1 goes to the
/// first parts, one each. `out_sizes` has room for `part_count`.
///
/// Threads: any.
@c(tw_split_sizes)
public func tw_split_sizes(
  _ count: Int64, _ fractions: UnsafePointer<Double>?, _ part_count: UInt,
  _ out_sizes: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let parts = try length(part_count, "fractions")
    if parts == 0 { return }
    let fractions = try pointer(fractions, "fractions")
    let out = try pointer(out_sizes, "out_sizes")
    let sizes = try Split.sizes(Int(count), fractions: (0..<parts).map { fractions[$0] })
    for (i, size) in sizes.enumerated() { out[i] = Int64(size) }
  }
}

/// Cross-validation: of `count` samples each is in the validation part of one of `folds` pairs and in the training parts of the
/// others. validation[i] and training[i] are numbers, int64, in ascending order. With `labels`, integers [count], each part
/// has every class in its share; NULL: no such care. `generator` may be NULL for the default one.
///
/// Threads: any. `training`, `validation`: `folds` new references each.
@c(tw_k_fold)
public func tw_k_fold(
  _ count: Int64, _ folds: Int64, _ labels: tw_tensor_t?, _ generator: tw_generator_t?,
  _ training: UnsafeMutablePointer<tw_tensor_t?>?, _ validation: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let training = try pointer(training, "training"), validation = try pointer(validation, "validation")
    let pairs = try Split.folds(
      Int(count), Int(folds), labels: asOptionalTensor(labels, "labels"), generator: asGenerator(generator))
    let handles = try references(to: pairs.map { $0.training } + pairs.map { $0.validation })
    for i in pairs.indices { (training[i], validation[i]) = (handles[i], handles[pairs.count + i]) }
  }
}

private func asIndexed(
  _ handle: tw_loader_t?, _ function: StaticString = #function
) throws(ThalwegError) -> IndexedLoader {
  let loader = try asLoader(handle, "loader", function)
  guard let indexed = loader as? IndexedLoader else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): the loader gives its samples in an order of its own; one of files, tensors or sequences is needed"
    )
  }
  return indexed
}

extension Callback<tw_sampler_callback> {
  fileprivate func run(_ epoch: Int) throws(ThalwegError) -> (samples: Tensor, sizes: [Int]?) {
    let function: StaticString = "tw_loader_set_sampler"
    var samples: tw_tensor_t?
    var sizes: tw_tensor_t?
    defer {
      Handles.release(samples, .tensor)
      Handles.release(sizes, .tensor)
    }
    try run("\(function)") { $0(Int64(epoch), &samples, &sizes, $1) }
    let list = try asTensor(samples, "the callback's list of samples", function)
    guard let given = try asOptionalTensor(sizes, "the callback's list of sizes", function) else {
      return (list, nil)
    }
    guard given.rank == 1, !given.dtype.isFloat else {
      throw ThalwegError(
        .shape,
        "\(function): the sizes are \(given.dtype) of shape \(given.shape); a list of integers is needed")
    }
    let whole = try noGrad { () throws(ThalwegError) in try given.to(.int64).contiguous() }
    let start = whole.data.assumingMemoryBound(to: Int64.self)
    defer { withExtendedLifetime(whole) {} }
    return (list, UnsafeBufferPointer(start: start, count: whole.numel).map { Int($0) })
  }
}
