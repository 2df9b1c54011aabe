public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Batches that are transformed
//
// Each function adds a transform behind those that a loader has, from its next epoch on. Bit i of `arrays` is set for array
// i of a batch that it changes: 1 for inputs, 2 for targets; random ones change all of them alike. They are done where the
// batches are made: on the loader's own thread, if it has one.
//
// What is random depends on the loader's seed, the epoch and the sample's place in it alone: not on threads, and training
// that goes on from a checkpoint sees the same. tw_loader_set_augmenting switches it off, for evaluation.

/// (x - mean) / std: mean and std are lists of one number for each place along `dim` of a batch: 1 for channels, or features
/// of flat samples. Integers become float32. See tw_loader_statistics.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_normalize)
public func tw_loader_add_normalize(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ mean: tw_tensor_t?, _ std: tw_tensor_t?, _ dim: Int64
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in
    .normalize(mean: try asTensor(mean, "mean"), std: try asTensor(std, "std"), dim: Int(dim))
  }
}

/// x * scale + offset. Integers become float32.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_scale)
public func tw_loader_add_scale(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ scale: Double, _ offset: Double
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in .scale(by: scale, offset: offset) }
}

/// Another dtype; with `scaled` 1, uint8 is divided by 255 where it becomes a float.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_cast)
public func tw_loader_add_cast(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ dtype: Int32, _ scaled: Int32
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in .cast(try asDType(dtype), isScaled: scaled != 0) }
}

/// Classes as rows of `classes` float32, 1 at the class and 0 elsewhere.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_one_hot)
public func tw_loader_add_one_hot(_ loader: tw_loader_t?, _ arrays: UInt64, _ classes: Int64) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in .oneHot(Int(classes)) }
}

/// Images [n, ..., height, width], each mirrored with probability `p`: left and right, or up and down if `vertical` is 1.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_random_flip)
public func tw_loader_add_random_flip(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ vertical: Int32, _ p: Double
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in .randomFlip(isVertical: vertical != 0, probability: p) }
}

/// Of images [n, ..., height, width] a part of this size at a random place, after `left`, `top`, `right` and `bottom` pixels
/// were put around: `fill`, or what `pad_mode` (TW_PAD_*) says. A loader that does not augment gives the centre.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_random_crop)
public func tw_loader_add_random_crop(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ height: Int64, _ width: Int64, _ left: Int64, _ top: Int64,
  _ right: Int64, _ bottom: Int64, _ pad_mode: Int32, _ fill: Double
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in
    guard let mode = PadMode(rawValue: pad_mode) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_loader_add_random_crop: pad_mode \(pad_mode) does not exist; TW_PAD_CONSTANT (0) to _CIRCULAR (3) do"
      )
    }
    let padding = Transform.Padding(left: Int(left), top: Int(top), right: Int(right), bottom: Int(bottom))
    return .randomCrop(height: Int(height), width: Int(width), padding: padding, mode: mode, fill: fill)
  }
}

/// Images [n, ..., height, width], each moved by whole pixels: uniformly by up to `horizontal` of its width to the left or the
/// right, and up to `vertical` of its height; `fill` comes in.
///
/// Threads: one at a time per loader.
@c(tw_loader_add_random_shift)
public func tw_loader_add_random_shift(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ horizontal: Double, _ vertical: Double, _ fill: Double
) -> tw_status {
  add(loader, arrays) { () throws(ThalwegError) in
    .randomShift(horizontal: horizontal, vertical: vertical, fill: fill)
  }
}

/// A function of the caller's own, which gets all arrays of a batch. With `random` 1 it is left out where the loader does not
/// augment. `destroy`, which may be NULL, is called with `user_data` when the loader is gone; not if this call fails.
///
/// Threads: one at a time per loader; the callback runs on the loader's own thread, if it has one.
@c(tw_loader_add_callback)
public func tw_loader_add_callback(
  _ loader: tw_loader_t?, _ random: Int32, _ callback: tw_transform_callback?,
  _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let callback else { throw null("callback", "tw_loader_add_callback") }
    let own = Callback(callback, user_data)
    let change = Transform.custom(isRandom: random != 0) { (arrays, seed) throws(ThalwegError) in
      try own.runOnTensors("tw_loader_add_callback", arrays, arrays.count, isOptional: true) {
        $0($1, $2, seed, $3, $5)
      }
    }
    try asLoader(loader).add(change, to: .max)
    own.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// Takes all transforms away, from the next epoch on.
///
/// Threads: one at a time per loader.
@c(tw_loader_remove_transforms)
public func tw_loader_remove_transforms(_ loader: tw_loader_t?) -> tw_status {
  call { () throws(ThalwegError) in try asLoader(loader).removeTransforms() }
}

/// Whether random transforms are done, from the next epoch on: 1 at first; 0 for evaluation, where crops are the centre.
///
/// Threads: one at a time per loader.
@c(tw_loader_set_augmenting)
public func tw_loader_set_augmenting(_ loader: tw_loader_t?, _ enabled: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asLoader(loader).isAugmenting = enabled != 0 }
}

/// Mean and standard deviation (by n) of array `array` of the loader's batches, float64, one number for each place along
/// `dim`: 1 for channels, or features of flat samples. One pass over an epoch, after the transforms that the loader has and
/// without augmentation; then the loader is where it was. A deviation of 0 is given as 1: tw_loader_add_normalize takes both.
///
/// Threads: one at a time per loader. `out_mean`, `out_std`: new references.
@c(tw_loader_statistics)
public func tw_loader_statistics(
  _ loader: tw_loader_t?, _ array: Int64, _ dim: Int64, _ out_mean: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_std: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out_mean, "out_mean", out_std, "out_std") { () throws(ThalwegError) -> (Tensor, Tensor) in
    let result = try asLoader(loader).statistics(array: Int(array), dim: Int(dim))
    return (result.mean, result.std)
  }
}

private func add(
  _ loader: tw_loader_t?, _ arrays: UInt64, _ function: StaticString = #function,
  _ make: () throws(ThalwegError) -> Transform
) -> tw_status {
  call { () throws(ThalwegError) in
    try asLoader(loader, "loader", function).add(try make(), to: arrays)
  }
}
