public import CThalweg
import CSystem
import ThalwegCore
import ThalwegNN

// MARK: - Modules: state

/// How many entries the module's state has: parameters and buffers of it and everything below, under each of their names.
///
/// Threads: any.
@c(tw_module_state_count)
public func tw_module_state_count(_ module: tw_module_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asModule(module).state().count) }
}

/// Entry `index` of the module's state, and its name, joined by dots: parameters, then buffers of each module, parents
/// before children. The string lives as long as the module.
///
/// Threads: any. `name`: borrowed. `out`: new reference.
@c(tw_module_state_at)
public func tw_module_state_at(
  _ module: tw_module_t?, _ index: UInt, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  handOut(name, out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return (module, try element(index, of: module.state(), "entries"))
  }
}

/// Copies `count` tensors into the module's parameters and buffers of these names: all of them, or none. Shapes that differ
/// are an error, with `strict` 1 missing and unexpected names too; the sentence names them all. With `strict` 0 `report`,
/// which has room for `capacity` bytes and may be NULL if that is 0, receives which are missing and unexpected, or nothing.
///
/// Threads: one at a time per module.
@c(tw_module_load_state)
public func tw_module_load_state(
  _ module: tw_module_t?, _ names: UnsafePointer<UnsafePointer<CChar>?>?,
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt, _ strict: Int32, _ report: UnsafeMutablePointer<CChar>?, _ capacity: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let values = try asTensors(tensors, count, "tensors")
    let names = values.isEmpty ? nil : try pointer(names, "names")
    let report = capacity == 0 ? nil : try pointer(report, "report")
    var given: [(name: String, tensor: Tensor)] = []
    for (i, value) in values.enumerated() { given.append((try asString(names?[i], "names"), value)) }
    let found = try module.load(state: given, strict: strict != 0)
    if let report { copy(found.text, report, capacity) }
  }
}

/// Makes all parameters, of the module and everything below, trained (1) or frozen (0).
///
/// Threads: one at a time per module.
@c(tw_module_set_requires_grad)
public func tw_module_set_requires_grad(_ module: tw_module_t?, _ value: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).setRequiresGrad(value != 0) }
}

/// Makes all float parameters and buffers, of the module and everything below, of `dtype`, TW_FLOAT32 or TW_FLOAT64. They
/// become other tensors: an optimizer that has the old ones must be made anew.
///
/// Threads: one at a time per module.
@c(tw_module_to)
public func tw_module_to(_ module: tw_module_t?, _ dtype: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).convert(to: asDType(dtype)) }
}

// MARK: - Modules: counts

/// How many numbers the parameters of the module and everything below have; with `trained_only` 1 without frozen ones.
///
/// Threads: any.
@c(tw_module_parameter_total)
public func tw_module_parameter_total(
  _ module: tw_module_t?, _ trained_only: Int32, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    Int64(try asModule(module).parameterCount(trainedOnly: trained_only != 0))
  }
}

/// How many products with weights, each with its addition, the dense layers and filters compute for `input`; in evaluation
/// mode and without recording.
///
/// Threads: any, but not while another thread trains the module.
@c(tw_module_multiply_adds)
public func tw_module_multiply_adds(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asModule(module).multiplyAdds(asTensor(input, "input"))) }
}

/// A table of the module's layers for `input`: name and kind, output shape, parameters, multiply-adds. The string lives as
/// long as the module.
///
/// Threads: any, but not while another thread trains the module. `out`: borrowed.
@c(tw_module_summary)
public func tw_module_summary(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return module.names.pointer(to: try Summary(module, asTensor(input, "input")).text)
  }
}

/// At most `capacity` bytes of a text with its NUL; what is too long is cut.
private func copy(_ text: String, _ target: UnsafeMutablePointer<CChar>, _ capacity: UInt) {
  var place = 0
  for byte in text.utf8 where place + 1 < capacity {
    target[place] = CChar(bitPattern: byte)
    place += 1
  }
  target[place] = 0
}
