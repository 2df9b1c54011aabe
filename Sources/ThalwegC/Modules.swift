public import CThalweg
import CSystem
import ThalwegCore
import ThalwegNN

// MARK: - Modules: the tree

/// Computes the module's output for `input`.
///
/// Threads: any, also several on one module. `out`: new reference.
@c(tw_module_forward)
public func tw_module_forward(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asModule(module)(try asTensor(input, "input"))
  }
}

/// Gives back a reference to a module. Its parts live on where others refer to them. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_module_release)
public func tw_module_release(_ module: tw_module_t?) { Handles.release(module, .module) }

/// The kind of module, such as "Linear". The string lives as long as the module.
///
/// Threads: any. `out`: borrowed.
@c(tw_module_type_name)
public func tw_module_type_name(
  _ module: tw_module_t?, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return module.names.pointer(to: module.typeName)
  }
}

/// Makes `child` part of the module, under a name that is not empty, has no dot and is no parameter's or buffer's. What
/// had the name before is replaced; NULL removes it. A module cannot contain itself, and a tree is at most 256 deep.
///
/// Threads: one at a time per tree; others may compute with it meanwhile.
@c(tw_module_register_module)
public func tw_module_register_module(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ child: tw_module_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let child = child == nil ? nil : try asModule(child, "child")
    try asModule(module).registerModule(try asString(name, "name"), child)
  }
}

/// Makes a tensor, which must be a leaf, a parameter of the module, under a name that is not empty, has no dot and is no
/// buffer's or child's. What had the name before is replaced; NULL removes it. Whether the parameter is trained is the
/// tensor's own affair: see tw_tensor_set_requires_grad.
///
/// Threads: one at a time per tree; others may compute with it meanwhile.
@c(tw_module_register_parameter)
public func tw_module_register_parameter(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ tensor: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let tensor = try asOptionalTensor(tensor, "tensor")
    try asModule(module).registerParameter(try asString(name, "name"), tensor)
  }
}

/// Makes a tensor a buffer of the module: saved with it, but not trained. Name and NULL as for a parameter.
///
/// Threads: one at a time per tree; others may compute with it meanwhile.
@c(tw_module_register_buffer)
public func tw_module_register_buffer(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ tensor: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let tensor = try asOptionalTensor(tensor, "tensor")
    try asModule(module).registerBuffer(try asString(name, "name"), tensor)
  }
}

/// As tw_module_register_buffer, but not saved: no part of the module's state, of files and checkpoints.
///
/// Threads: one at a time per tree; others may compute with it meanwhile.
@c(tw_module_register_unsaved_buffer)
public func tw_module_register_unsaved_buffer(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ tensor: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let tensor = try asOptionalTensor(tensor, "tensor")
    try asModule(module).registerBuffer(try asString(name, "name"), tensor, isSaved: false)
  }
}

/// A module of the same layers with copies of all parameters and buffers; with `with_children` 0 the layer alone, without
/// children. Modules of the caller's own cannot be copied.
///
/// Threads: any, while nobody changes the module. `out`: new reference.
@c(tw_module_clone)
public func tw_module_clone(
  _ module: tw_module_t?, _ with_children: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let original = try asModule(module)
    return with_children != 0 ? try original.clone() : try original.cloneLayer()
  }
}

/// Makes the module and everything below it behave as in training (1, as at the start) or as in evaluation (0).
///
/// Threads: any.
@c(tw_module_train)
public func tw_module_train(_ module: tw_module_t?, _ mode: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).train(mode != 0) }
}

/// Whether the module behaves as in training: 0 or 1.
///
/// Threads: any.
@c(tw_module_is_training)
public func tw_module_is_training(_ module: tw_module_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asModule(module).isTraining ? 1 : 0 }
}

/// Clears the gradient of every parameter of the module and everything below it.
///
/// Threads: one at a time per module.
@c(tw_module_zero_grad)
public func tw_module_zero_grad(_ module: tw_module_t?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).zeroGrad() }
}

// MARK: - Modules: parameters

/// How many parameters the module and everything below it have. One with several names counts once.
///
/// Threads: any.
@c(tw_module_parameter_count)
public func tw_module_parameter_count(_ module: tw_module_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status
{
  write(out) { () throws(ThalwegError) in UInt(try asModule(module).namedParameters().count) }
}

/// Parameter `index` in the order of registration, and its name, joined by dots, such as "0.weight". The string lives as
/// long as the module.
///
/// Threads: any. `name`: borrowed. `out`: new reference.
@c(tw_module_parameter_at)
public func tw_module_parameter_at(
  _ module: tw_module_t?, _ index: UInt, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  handOut(name, out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return (module, try element(index, of: module.namedParameters(), "parameters"))
  }
}

/// All parameters in the order of registration, as an optimiser takes them: written to `outs`, which has room for
/// `capacity`, and their number to `count`.
///
/// Threads: any. `outs`: new references.
@c(tw_module_parameters)
public func tw_module_parameters(
  _ module: tw_module_t?, _ outs: UnsafeMutablePointer<tw_tensor_t?>?, _ capacity: UInt,
  _ count: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let parameters = try asModule(module).namedParameters().map(\.tensor)
    let (outs, count) = (try pointer(outs, "outs"), try pointer(count, "count"))
    guard parameters.count <= capacity else {
      throw ThalwegError(
        .invalidArgument,
        "tw_module_parameters: there are \(parameters.count) parameters, but room for \(capacity) in outs")
    }
    try handOut(parameters, outs)
    count.pointee = UInt(parameters.count)
  }
}

/// The parameter of this name, joined by dots, such as "0.weight".
///
/// Threads: any. `out`: new reference.
@c(tw_module_parameter)
public func tw_module_parameter(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    let name = try asString(name, "name")
    guard let tensor = module.parameter(name) else {
      throw missing(name, "parameter", module, module.namedParameters().map(\.name))
    }
    return tensor
  }
}

// MARK: - Modules: buffers

/// How many buffers the module and everything below it have. One with several names counts once.
///
/// Threads: any.
@c(tw_module_buffer_count)
public func tw_module_buffer_count(_ module: tw_module_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asModule(module).namedBuffers().count) }
}

/// Buffer `index` in the order of registration, and its name, joined by dots. The string lives as long as the module.
///
/// Threads: any. `name`: borrowed. `out`: new reference.
@c(tw_module_buffer_at)
public func tw_module_buffer_at(
  _ module: tw_module_t?, _ index: UInt, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  handOut(name, out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return (module, try element(index, of: module.namedBuffers(), "buffers"))
  }
}

/// The buffer of this name, joined by dots.
///
/// Threads: any. `out`: new reference.
@c(tw_module_buffer)
public func tw_module_buffer(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    let name = try asString(name, "name")
    guard let tensor = module.buffer(name) else {
      throw missing(name, "buffer", module, module.namedBuffers().map(\.name))
    }
    return tensor
  }
}

// MARK: - Modules: children

/// How many direct children the module has.
///
/// Threads: any.
@c(tw_module_child_count)
public func tw_module_child_count(_ module: tw_module_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asModule(module).children.count) }
}

/// Direct child `index` in the order of registration, and its name. The string lives as long as the module.
///
/// Threads: any. `name`: borrowed. `out`: new reference.
@c(tw_module_child_at)
public func tw_module_child_at(
  _ module: tw_module_t?, _ index: UInt, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let parent = try asModule(module)
    let name = try pointer(name, "name")
    let out = try pointer(out, "out")
    let child = try element(index, of: parent.children, "children")
    out.pointee = try Handles.reference(to: child.module, .module)
    name.pointee = parent.names.pointer(to: child.name)
  }
}

// MARK: - Parts of the functions on modules

func element<T>(
  _ index: UInt, of list: [T], _ what: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> T {
  guard index < UInt(list.count) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): index \(index) is out of range; the module has \(list.count) \(what)")
  }
  return list[Int(index)]
}

/// Writes a tensor and its name, which `owner` keeps.
func handOut(
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> (owner: Module, entry: (name: String, tensor: Tensor))
) -> tw_status {
  call { () throws(ThalwegError) in
    let name = try pointer(name, "name", function)
    let out = try pointer(out, "out", function)
    let found = try body()
    out.pointee = try Handles.reference(to: found.entry.tensor, .tensor)
    name.pointee = found.owner.names.pointer(to: found.entry.name)
  }
}

func missing(
  _ name: String, _ what: StaticString, _ module: Module, _ known: [String],
  _ function: StaticString = #function
) -> ThalwegError {
  let list = known.prefix(8).joined(separator: ", ") + (known.count > 8 ? ", ..." : "")
  return ThalwegError(
    .invalidArgument,
    """
    \(bareName(function)): this \(module.typeName) has no \(what) named \(name); \
    \(known.isEmpty ? "it has none" : "it has \(list)")
    """)
}
