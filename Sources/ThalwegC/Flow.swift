public import CThalweg
import ThalwegCore
import ThalwegFlow
import ThalwegNN

// MARK: - Norms of gradients

/// The Euclidean norm of the gradient of the parameter of this name (joined by dots, such as "0.weight"), or, if `name` is
/// NULL, of all parameters' gradients as if they were one vector. NaN or infinite where an element is. It is an error
/// (TW_ERROR_AUTOGRAD) if there is no gradient; see tw_tensor_backward.
///
/// Threads: any, but not while another thread's backward or step is at the same parameters.
@c(tw_module_gradient_norm)
public func tw_module_gradient_norm(
  _ module: tw_module_t?, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    if name == nil { return try totalNorm(module.namedParameters()) }
    let name = try asString(name, "name")
    guard let parameter = module.parameter(name) else {
      throw missing(name, "parameter", module, module.namedParameters().map(\.name))
    }
    return try gradientNorm(parameter, name)
  }
}

/// The Euclidean norm of the gradient of parameter `index`, in the order of tw_module_parameter_at. NaN or infinite where
/// an element is. It is an error (TW_ERROR_AUTOGRAD) if there is no gradient; see tw_tensor_backward.
///
/// Threads: any, but not while another thread's backward or step is at the same parameters.
@c(tw_module_gradient_norm_at)
public func tw_module_gradient_norm_at(
  _ module: tw_module_t?, _ index: UInt, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let (name, parameter) = try element(index, of: asModule(module).namedParameters(), "parameters")
    return try gradientNorm(parameter, name)
  }
}

private func gradientNorm(
  _ parameter: Tensor, _ name: String, _ function: StaticString = #function
) throws(ThalwegError) -> Double {
  guard let gradient = parameter.grad else {
    throw ThalwegError(
      .autograd,
      "\(bareName(function)): \(name) has no gradient; call tw_tensor_backward on a loss that depends on it")
  }
  return try Magnitude(of: gradient).norm
}

private func totalNorm(
  _ parameters: [(name: String, tensor: Tensor)], _ function: StaticString = #function
) throws(ThalwegError) -> Double {
  var parts: [Magnitude] = []
  for (_, parameter) in parameters {
    if let gradient = parameter.grad { parts.append(try Magnitude(of: gradient)) }
  }
  guard !parts.isEmpty else {
    throw ThalwegError(
      .autograd, "\(bareName(function)): no parameter has a gradient; call tw_tensor_backward first")
  }
  return Magnitude(joining: parts).norm
}
