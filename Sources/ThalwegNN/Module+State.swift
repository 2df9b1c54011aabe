public import ThalwegCore

/// What `load` found that does not fit.
public struct StateReport: Sendable {
  /// Names of the module that were not given.
  public package(set) var missing: [String] = []
  /// Names that were given and the module does not have.
  public package(set) var unexpected: [String] = []
  /// Names whose shapes differ.
  public package(set) var mismatched: [(name: String, expected: Dims, found: Dims)] = []

  package init() {}

  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

  /// One sentence; nothing if everything fits.
  public var text: String {
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing: \(missing.joined(separator: ", "))") }
    if !unexpected.isEmpty { parts.append("unexpected: \(unexpected.joined(separator: ", "))") }
    parts += mismatched.map { "\($0.name) has shape \($0.found), not \($0.expected)" }
    return parts.joined(separator: "; ")
  }
}

/// The state of a tree of modules as names and tensors.
extension Module {
  /// Parameters and then buffers, those that are saved, of each module, parents before children, as PyTorch's `state_dict` has them: what has
  /// several names appears under each.
  public final func state() -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    collect("", &result)
    return result
  }

  private func collect(_ path: String, _ result: inout [(name: String, tensor: Tensor)]) {
    let members = members
    for case (let name, .parameter(let tensor)) in members { result.append((path + name, tensor)) }
    for case (let name, .buffer(let tensor, isSaved: true)) in members {
      result.append((path + name, tensor))
    }
    for case (let name, .child(let child)) in members { child.collect("\(path)\(name).", &result) }
  }

  /// Copies values into parameters and buffers, by name: all of them, or none.
  /// - Parameter strict: whether missing and unexpected names are errors; shapes that differ always are.
  /// - Throws: `.invalidArgument` with a sentence that names everything that does not fit.
  @discardableResult
  public final func load(
    state given: [(name: String, tensor: Tensor)], strict: Bool = true
  ) throws(ThalwegError) -> StateReport {
    let own = state()
    var values: [String: Tensor] = [:]
    for (name, tensor) in given { values[name] = tensor }
    let known = Set(own.map(\.name))
    var report = StateReport()
    report.unexpected = given.map(\.name).filter { !known.contains($0) }
    for (name, tensor) in own {
      if let value = values[name] {
        if value.shape != tensor.shape { report.mismatched.append((name, tensor.shape, value.shape)) }
      } else {
        report.missing.append(name)
      }
    }
    guard report.mismatched.isEmpty, !strict || report.isEmpty else {
      throw ThalwegError(.invalidArgument, "load_state: \(typeName): \(report.text)")
    }
    try noGrad { () throws(ThalwegError) in
      for (name, tensor) in own {
        if let value = values[name], value !== tensor { try tensor.copy(from: value) }
      }
    }
    return report
  }

  /// Whether the parameters, here and below, are trained: false freezes them.
  public final func setRequiresGrad(_ value: Bool) throws(ThalwegError) {
    for tensor in parameters() { try tensor.setRequiresGrad(value) }
  }

  /// Makes all float parameters and buffers, here and below, of another float type. They become other tensors: an
  /// optimiser that has the old ones must be made anew.
  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  public final func convert(to dtype: DType) throws(ThalwegError) {
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "convert: a module's parameters cannot be \(dtype); choose float32 or float64")
    }
    var made: [ObjectIdentifier: Tensor] = [:]
    func converted(_ tensor: Tensor) throws(ThalwegError) -> Tensor {
      if !tensor.dtype.isFloat || tensor.dtype == dtype { return tensor }
      if let known = made[ObjectIdentifier(tensor)] { return known }
      let result = try noGrad { () throws(ThalwegError) in try tensor.detach().to(dtype) }
      if tensor.requiresGrad { try result.setRequiresGrad(true) }
      made[ObjectIdentifier(tensor)] = result
      return result
    }
    for (_, module) in namedModules() {
      for (name, member) in module.members {
        switch member {
        case .parameter(let tensor): try module.registerParameter(name, converted(tensor))
        case .buffer(let tensor, let isSaved):
          try module.registerBuffer(name, converted(tensor), isSaved: isSaved)
        case .child: break
        }
      }
    }
  }
}
