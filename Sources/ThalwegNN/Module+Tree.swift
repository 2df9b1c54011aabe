public import ThalwegCore

/// Reading a tree of modules. Names are joined by dots: "encoder.0.weight".
extension Module {
  /// The direct children, in order.
  public final var children: [(name: String, module: Module)] {
    var result: [(name: String, module: Module)] = []
    for case (let name, .child(let child)) in members { result.append((name, child)) }
    return result
  }

  /// This module ("") and everything below, each module once, parents before children.
  public final func namedModules() -> [(name: String, module: Module)] {
    var result: [(name: String, module: Module)] = []
    visit { result.append(($0, $1)) }
    return result
  }

  /// The parameters here and below, in order; a tensor with several names appears once, under its first.
  public final func namedParameters() -> [(name: String, tensor: Tensor)] {
    namedTensors { if case .parameter(let tensor) = $0 { tensor } else { nil } }
  }

  /// The parameters without their names: what an optimiser takes.
  public final func parameters() -> [Tensor] { namedParameters().map(\.tensor) }

  /// The buffers here and below, in order; a tensor with several names appears once, under its first.
  public final func namedBuffers() -> [(name: String, tensor: Tensor)] {
    namedTensors { if case .buffer(let tensor, _) = $0 { tensor } else { nil } }
  }

  /// The parameter of this name, which may be a path such as "encoder.0.weight".
  public final func parameter(_ name: String) -> Tensor? {
    guard case .parameter(let tensor)? = member(name) else { return nil }
    return tensor
  }

  /// The buffer of this name, which may be a path.
  public final func buffer(_ name: String) -> Tensor? {
    guard case .buffer(let tensor, _)? = member(name) else { return nil }
    return tensor
  }

  /// The child, or descendant, of this name, which may be a path.
  public final func module(_ name: String) -> Module? {
    guard case .child(let module)? = member(name) else { return nil }
    return module
  }

  /// The parameter that `forward` of a layer needs.
  /// - Throws: `.invalidArgument` if it was removed.
  package final func requiredParameter(_ name: String) throws(ThalwegError) -> Tensor {
    try computedParameter(name)
  }

  /// Calls `body` with this module and everything below, each module once, parents before children.
  final func visit(_ body: (_ name: String, _ module: Module) -> Void) {
    var seen: Set<ObjectIdentifier> = []
    visit("", &seen, body)
  }

  private func visit(
    _ name: String, _ seen: inout Set<ObjectIdentifier>, _ body: (_ name: String, _ module: Module) -> Void
  ) {
    guard seen.insert(ObjectIdentifier(self)).inserted else { return }
    body(name, self)
    for case (let last, .child(let child)) in members { child.visit(name.joined(last), &seen, body) }
  }

  private func namedTensors(_ choose: (Member) -> Tensor?) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    var seen: Set<ObjectIdentifier> = []
    visit { path, module in
      for (name, member) in module.members {
        if let tensor = choose(member), seen.insert(ObjectIdentifier(tensor)).inserted {
          result.append((path.joined(name), tensor))
        }
      }
    }
    return result
  }

  private func member(_ path: String) -> Member? {
    let members = members
    for (name, member) in members where name == path { return member }
    guard let dot = path.firstIndex(of: ".") else { return nil }
    for case (let name, .child(let child)) in members where name == path[..<dot] {
      return child.member(String(path[path.index(after: dot)...]))
    }
    return nil
  }
}

extension String {
  fileprivate func joined(_ name: String) -> String { isEmpty ? name : "\(self).\(name)" }
}
