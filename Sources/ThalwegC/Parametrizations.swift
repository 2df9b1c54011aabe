public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Parameters that are computed

/// From now on the parameter `name` of the module is what `step`, a module that takes a tensor and gives one of the same shape
/// and dtype, makes of the tensor that it was; behind the steps that it has already. That tensor is trained as
/// "parametrizations.NAME.original", the steps are the children "0", "1", ... beside it. Of layers "weight" can be
/// computed, of Linear, Bilinear, Embedding and convolutions; of modules of the caller's own any parameter, for which
/// they ask with tw_module_computed_parameter.
///
/// Threads: one at a time per tree.
@c(tw_module_parametrize)
public func tw_module_parametrize(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ step: tw_module_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).parametrize(asString(name, "name"), by: asModule(step, "step"))
  }
}

/// As tw_module_parametrize, by the parameter divided by its largest singular value as a matrix [size of `dim`, rest]. In
/// training each call improves the estimate of that by `n_power_iterations` steps (Miyato et al. 2018); the vectors are
/// the buffers "_u" and "_v" of the step. `generator` NULL: the default one.
///
/// Threads: one at a time per tree and generator.
@c(tw_module_spectral_norm)
public func tw_module_spectral_norm(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ n_power_iterations: Int64, _ eps: Double,
  _ dim: Int64, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let name = try asString(name, "name")
    let norm = try SpectralNorm(
      of: module.computedParameter(name), iterations: Int(n_power_iterations), epsilon: eps, dim: Int(dim),
      generator: asGenerator(generator))
    try module.parametrize(name, by: norm)
  }
}

/// From now on the parameter `name` of the module is g v / |v|, with lengths g, "parametrizations.NAME.original0", and
/// directions v, "parametrizations.NAME.original1", both trained: a length for each index of `dim` or, where `dim` is
/// INT64_MIN, one for all (Salimans and Kingma 2016).
///
/// Threads: one at a time per tree.
@c(tw_module_weight_norm)
public func tw_module_weight_norm(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ dim: Int64
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).normalizeWeight(asString(name, "name"), dim: dim == .min ? nil : Int(dim))
  }
}

/// Makes the parameter one of its own again: with its present value (`keep_value` 1), or with the tensor from which it was
/// computed.
///
/// Threads: one at a time per tree.
@c(tw_module_remove_parametrizations)
public func tw_module_remove_parametrizations(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ keep_value: Int32
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).removeParametrizations(asString(name, "name"), keepsValue: keep_value != 0)
  }
}

/// The parameter `name` of the module itself, or its value where it is computed (tw_module_parametrize), with its place in
/// the graph of derivatives.
///
/// Threads: any. `out`: new reference.
@c(tw_module_computed_parameter)
public func tw_module_computed_parameter(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asModule(module).computedParameter(asString(name, "name"))
  }
}

// MARK: - Windows of images

/// The windows of images as columns: [N, C, H, W] to [N, C kh kw, L]. `kernel_size`, `dilation`, `padding` and `stride` are
/// two numbers, for height and width; NULL: 1, 0 for the padding.
///
/// Threads: any. `out`: new reference.
@c(tw_unfold_create)
public func tw_unfold_create(
  _ kernel_size: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ padding: UnsafePointer<Int64>?,
  _ stride: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Unfold(
      kernel: asPair(pointer(kernel_size, "kernel_size")) ?? [], dilation: asPair(dilation) ?? [1, 1],
      padding: asPair(padding) ?? [0, 0], stride: asPair(stride) ?? [1, 1])
  }
}

/// Images of the size `output_size` (height, width) from such columns, added up where windows overlap.
///
/// Threads: any. `out`: new reference.
@c(tw_fold_create)
public func tw_fold_create(
  _ output_size: UnsafePointer<Int64>?, _ kernel_size: UnsafePointer<Int64>?,
  _ dilation: UnsafePointer<Int64>?, _ padding: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Fold(
      outputSize: asPair(pointer(output_size, "output_size")) ?? [],
      kernel: asPair(pointer(kernel_size, "kernel_size")) ?? [], dilation: asPair(dilation) ?? [1, 1],
      padding: asPair(padding) ?? [0, 0], stride: asPair(stride) ?? [1, 1])
  }
}
