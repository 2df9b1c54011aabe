public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Nets that are known by name

/// Dense layers with ReLU between them: `sizes`, of which there are `count`, from the input's to the output's.
///
/// Threads: any. `out`: new reference.
@c(tw_mlp_create)
public func tw_mlp_create(
  _ sizes: UnsafePointer<Int64>?, _ count: UInt, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try Models.mlp(asInts(sizes, count, "sizes"), dtype: asDType(dtype))
  }
}

/// LeNet-5 for images [N, channels, 28, 28] (LeCun et al. 1998), with tanh and averages, or with `modern` 1 ReLU and maxima.
///
/// Threads: any. `out`: new reference.
@c(tw_lenet5_create)
public func tw_lenet5_create(
  _ channels: Int64, _ classes: Int64, _ modern: Int32, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try Models.lenet5(
      channels: Int(channels), classes: Int(classes), modern: modern != 0, dtype: asDType(dtype))
  }
}

/// A net of `depth` = 6 n + 2 layers for images [N, 3, 32, 32] (He et al. 2016, section 4.2), with `residual` 1 with
/// shortcuts: by channels of zeros where their number grows, or with `projection` 1 by filters of 1 x 1.
///
/// Threads: any. `out`: new reference.
@c(tw_cifar_net_create)
public func tw_cifar_net_create(
  _ depth: Int64, _ residual: Int32, _ projection: Int32, _ classes: Int64, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try Models.cifar(
      depth: Int(depth), residual: residual != 0, projection: projection != 0, classes: Int(classes),
      dtype: asDType(dtype))
  }
}

/// Every `stride`-th pixel of [N, in_channels, H, W], with channels of zeros before and behind: a shortcut without
/// parameters.
///
/// Threads: any. `out`: new reference.
@c(tw_channel_pad_create)
public func tw_channel_pad_create(
  _ in_channels: Int64, _ out_channels: Int64, _ step: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.ChannelPad(Int(in_channels), Int(out_channels), stride: Int(step))
  }
}
