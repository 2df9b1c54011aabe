public import CThalweg
import CSystem
import ThalwegCore
import ThalwegNN

// MARK: - Layers

/// y = x W^T + b with parameters "weight" [out_features, in_features] and, if `bias` is not 0, "bias" [out_features], of
/// `dtype` TW_FLOAT32 or TW_FLOAT64. Both start uniform in +-1/sqrt(in_features), from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_linear_create)
public func tw_linear_create(
  _ in_features: Int64, _ out_features: Int64, _ bias: Int32, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Linear(Int(in_features), Int(out_features), bias: bias != 0, dtype: asDType(dtype))
  }
}

/// y = max(x, 0), elementwise.
///
/// Threads: any. `out`: new reference.
@c(tw_relu_create)
public func tw_relu_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.ReLU() }
}

/// y = tanh(x), elementwise.
///
/// Threads: any. `out`: new reference.
@c(tw_tanh_create)
public func tw_tanh_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Tanh() }
}

/// y = 1 / (1 + exp(-x)), elementwise.
///
/// Threads: any. `out`: new reference.
@c(tw_sigmoid_create)
public func tw_sigmoid_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Sigmoid() }
}

/// Merges the dimensions from `start_dim` to `end_dim`, both included, into one; negative ones count from the end. 1 and
/// -1 keep the batch's dimension and merge the rest.
///
/// Threads: any. `out`: new reference.
@c(tw_flatten_create)
public func tw_flatten_create(
  _ start_dim: Int64, _ end_dim: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { Flatten(Int(start_dim), Int(end_dim)) }
}

/// Modules one after the other, each fed with the output of the one before, named "0", "1", ... `children` may be NULL if
/// `count` is 0. The handles stay the caller's; the modules themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_sequential_create)
public func tw_sequential_create(
  _ children: UnsafePointer<tw_module_t?>?, _ count: UInt, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let count = try length(count, "children")
    let modules = try Sequential()
    if count == 0 { return modules }
    let children = try pointer(children, "children")
    for i in 0..<count { try modules.append(asModule(children[i], "children")) }
    return modules
  }
}
