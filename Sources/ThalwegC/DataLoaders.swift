public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - Data in mini-batches

private var loaderDefaults: tw_loader_options {
  let defaults = LoaderOptions()
  return tw_loader_options(
    struct_size: MemoryLayout<tw_loader_options>.size, batch_size: Int64(defaults.batchSize), shuffle: 0,
    seed: defaults.seed, drop_last: 0, limit: Int64(defaults.limit),
    window_bytes: Int64(defaults.windowBytes),
    prefetch: Int64(defaults.prefetch), scaled: 0, pad_value: 0, target_pad_value: 0, time_first: 0,
    lengths: 1,
    mask: 0)
}

/// Fills the options with their defaults: batches of one sample, in the data's order. `struct_size` is
/// sizeof(tw_loader_options).
///
/// Threads: any.
@c(tw_loader_options_init)
public func tw_loader_options_init(
  _ options: UnsafeMutablePointer<tw_loader_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, loaderDefaults) }
}

/// A loader of `count` data sets of the HDF5 file at `path`, which may be larger than memory: batches of all of them, in
/// step along their first dimension, with the dtypes of tw_hdf5_read. `options` may be NULL for the defaults.
///
/// Shuffled, the file's chunks come in random order, several as a window inside which samples are shuffled; each chunk is
/// read once an epoch. The order depends on seed, epoch, window_bytes and the file's chunks. The file is open only while it
/// is read. In a forked child the loader goes on where it was, with a thread of its own.
///
/// Where one of the data sets is a list of sequences of variable length, batches are as those of tw_loader_from_sequences:
/// padded, and with the lengths behind them, which are read when the loader is opened. Such batches are read when they are
/// asked for, in an order of samples without regard to chunks.
///
/// Threads: any. `out`: new reference.
@c(tw_loader_open)
public func tw_loader_open(
  _ path: UnsafePointer<CChar>?, _ datasets: UnsafePointer<UnsafePointer<CChar>?>?, _ count: UInt,
  _ options: UnsafePointer<tw_loader_options>?, _ out: UnsafeMutablePointer<tw_loader_t?>?
) -> tw_status {
  makeLoader(out) { () throws(ThalwegError) in
    let path = try asString(path, "path")
    let names = try pointer(datasets, "datasets")
    let given = try complete(options, loaderDefaults)
    var sources: [HDF5Source] = []
    for i in 0..<(try length(count, "datasets")) {
      let isScaled = i < 64 && given.scaled >> UInt64(i) & 1 != 0
      sources.append(HDF5Source(path, try asString(names[i], "a name"), isScaled: isScaled))
    }
    return try HDF5.loader(
      sources, sequences: SequenceOptions(given), options: LoaderOptions(given))
  }
}

/// A loader of batches of `count` tensors in memory, in step along their first dimension. The handles stay the caller's;
/// the tensors themselves are shared, batches are copies. `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_loader_from_tensors)
public func tw_loader_from_tensors(
  _ tensors: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_loader_options>?,
  _ out: UnsafeMutablePointer<tw_loader_t?>?
) -> tw_status {
  makeLoader(out) { () throws(ThalwegError) in
    try TensorLoader(
      asTensors(tensors, count, "tensors"), options: LoaderOptions(complete(options, loaderDefaults)))
  }
}

/// A loader of batches of sequences of several lengths, padded to the longest of the batch: [B, T, ...]. values[i] has the
/// sequences of array i one behind the other, [steps of all, ...], and lengths[i] how long they are, a list of integers; NULL
/// or an empty list: values[i] has a row a sample. Arrays whose lengths are the same handle share them. A batch ends with the
/// lengths, for recurrent layers. The handles stay the caller's; values are shared, batches are copies.
///
/// tw_loader_set_buckets puts sequences of like lengths together. `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_loader_from_sequences)
public func tw_loader_from_sequences(
  _ values: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ lengths: UnsafePointer<tw_tensor_t?>?,
  _ length_count: UInt, _ options: UnsafePointer<tw_loader_options>?,
  _ out: UnsafeMutablePointer<tw_loader_t?>?
) -> tw_status {
  makeLoader(out) { () throws(ThalwegError) in
    let given = try complete(options, loaderDefaults)
    let values = try asTensors(values, count, "values")
    guard length_count == count else {
      throw ThalwegError(
        .invalidArgument,
        "tw_loader_from_sequences: \(count) arrays, but \(length_count) lists of lengths; one for each is needed"
      )
    }
    var arrays: [SequenceArray] = []
    for (i, array) in values.enumerated() {
      let list = try asOptionalTensor(pointer(lengths, "lengths")[i], "lengths")
      if let list, list.numel > 0 || list.rank != 1 || array.shape.first == 0 {
        arrays.append(SequenceArray(array, lengths: list))
      } else {
        arrays.append(SequenceArray(rows: array))
      }
    }
    return try SequenceLoader(
      arrays, sequences: SequenceOptions(given), options: LoaderOptions(given))
  }
}

/// Goes to the beginning of an epoch, whatever is left of the one before. Numbers start at 0; with shuffling each has an
/// order of its own. tw_fit and tw_evaluate start the epoch after the one that was started last.
///
/// Threads: one at a time per loader.
@c(tw_loader_start_epoch)
public func tw_loader_start_epoch(_ loader: tw_loader_t?, _ epoch: Int64) -> tw_status {
  call { () throws(ThalwegError) in try asLoader(loader).startEpoch(Int(epoch)) }
}

/// Goes to the beginning of the epoch after the one that was started last, 0 at first; right after tw_checkpoint_load or
/// tw_loader_resume it stays where that led.
///
/// Threads: one at a time per loader.
@c(tw_loader_start_next_epoch)
public func tw_loader_start_next_epoch(_ loader: tw_loader_t?) -> tw_status {
  call { () throws(ThalwegError) in try asLoader(loader).startEpoch() }
}

/// Where the loader is: its epoch, and how many of that epoch's samples it gave out. At an epoch's end that is the beginning
/// of the next; before the first one the epoch is -1.
///
/// Threads: one at a time per loader.
@c(tw_loader_place)
public func tw_loader_place(
  _ loader: tw_loader_t?, _ out_epoch: UnsafeMutablePointer<Int64>?,
  _ out_samples: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let place = try asLoader(loader).place
    let epoch = try pointer(out_epoch, "out_epoch"), samples = try pointer(out_samples, "out_samples")
    epoch.pointee = Int64(place?.epoch ?? -1)
    samples.pointee = Int64(place?.samples ?? 0)
  }
}

/// Goes to where a loader of the same data and options was: the batches that follow are those that followed there.
///
/// Threads: one at a time per loader.
@c(tw_loader_resume)
public func tw_loader_resume(_ loader: tw_loader_t?, _ epoch: Int64, _ samples: Int64) -> tw_status {
  call { () throws(ThalwegError) in
    try asLoader(loader).resume(at: DataLoader.Place(epoch: Int(epoch), samples: Int(samples)))
  }
}

/// Stops the thread that makes batches ahead, if there is one, and drops what it made; the next batch is the same as without
/// this call, and starts it again.
///
/// Threads: one at a time per loader.
@c(tw_loader_pause)
public func tw_loader_pause(_ loader: tw_loader_t?) -> tw_status {
  call { () throws(ThalwegError) in try asLoader(loader).pause() }
}

/// The next batch: writes a tensor for each data set to `outs`, which has room for `capacity`, and their number to `count`;
/// 0 at the end of the epoch. After an error, such as a damaged chunk, it returns the same again until another epoch is
/// started. The first call starts an epoch if none was.
///
/// Threads: one at a time per loader. `outs`: new references.
@c(tw_loader_next)
public func tw_loader_next(
  _ loader: tw_loader_t?, _ outs: UnsafeMutablePointer<tw_tensor_t?>?, _ capacity: UInt,
  _ count: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let loader = try asLoader(loader)
    let outs = try pointer(outs, "outs")
    let count = try pointer(count, "count")
    try checkRoom(loader.arrayCount, capacity)
    let batch = try loader.next() ?? []
    try checkRoom(batch.count, capacity)
    var handles: [tw_tensor_t?] = []
    do throws(ThalwegError) {
      for tensor in batch { handles.append(try Handles.reference(to: tensor, .tensor)) }
    } catch {
      for handle in handles { Handles.release(handle, .tensor) }
      throw error
    }
    for (i, handle) in handles.enumerated() { outs[i] = handle }
    count.pointee = UInt(handles.count)
  }
}

/// The batches in an epoch; 0 if that is not known.
///
/// Threads: any.
@c(tw_loader_batch_count)
public func tw_loader_batch_count(
  _ loader: tw_loader_t?, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asLoader(loader).batchCount) }
}

/// The samples in an epoch, those of a batch that is left out included; 0 if that is not known.
///
/// Threads: any.
@c(tw_loader_sample_count)
public func tw_loader_sample_count(
  _ loader: tw_loader_t?, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asLoader(loader).sampleCount) }
}

private func makeLoader(
  _ out: UnsafeMutablePointer<tw_loader_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> DataLoader
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .loader)
  }
}

private func checkRoom(_ arrays: Int, _ capacity: UInt) throws(ThalwegError) {
  guard arrays <= capacity else {
    throw ThalwegError(
      .invalidArgument, "tw_loader_next: a batch has \(arrays) tensors; outs has room for \(capacity)")
  }
}

extension LoaderOptions {
  fileprivate init(_ given: tw_loader_options) {
    self.init(
      batchSize: Int(clamping: given.batch_size), isShuffled: given.shuffle != 0, seed: given.seed)
    dropsLast = given.drop_last != 0
    limit = Int(clamping: given.limit)
    windowBytes = Int(clamping: given.window_bytes)
    prefetch = Int(clamping: given.prefetch)
  }
}

extension SequenceOptions {
  fileprivate init(_ given: tw_loader_options) {
    self.init()
    (padding, targetPadding) = (given.pad_value, given.target_pad_value)
    isTimeFirst = given.time_first != 0
    givesLengths = given.lengths != 0
    givesMask = given.mask != 0
  }
}
