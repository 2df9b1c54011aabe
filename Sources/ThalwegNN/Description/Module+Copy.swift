public import ThalwegCore

/// Copies of layers, with tensors of their own.
extension Module {
  /// A module of the same layers with copies of all tensors, which share nothing with these; what is shared within the
  /// tree is shared within the copy.
  /// - Throws: `.invalidArgument` for a module that is no layer of the engine's, `.outOfMemory`.
  public final func clone() throws(ThalwegError) -> Module {
    var copies = Copies()
    return try copies.module(self, withChildren: true)
  }

  /// This layer alone, without children.
  package final func cloneLayer() throws(ThalwegError) -> Module {
    var copies = Copies()
    return try copies.module(self, withChildren: false)
  }
}

/// What has been copied already.
private struct Copies {
  private var modules: [ObjectIdentifier: Module] = [:]
  private var tensors: [ObjectIdentifier: Tensor] = [:]

  mutating func module(_ original: Module, withChildren: Bool) throws(ThalwegError) -> Module {
    if let known = modules[ObjectIdentifier(original)] { return known }
    guard let layer = original as? any DescribedLayer,
      let copy = try LayerTypes.make(original.typeName, layer.options)
    else {
      throw ThalwegError(
        .invalidArgument,
        "clone: \(original.typeName) is no layer of the engine's; whoever wrote it must copy it")
    }
    modules[ObjectIdentifier(original)] = copy
    copy.setTraining(original.isTraining)
    for (name, member) in original.members {
      switch member {
      case .parameter(let parameter): try copy.registerParameter(name, tensor(parameter))
      case .buffer(let buffer, let isSaved):
        try copy.registerBuffer(name, tensor(buffer), isSaved: isSaved)
      case .child(let child):
        if withChildren { try copy.registerModule(name, module(child, withChildren: true)) }
      }
    }
    return copy
  }

  private mutating func tensor(_ original: Tensor) throws(ThalwegError) -> Tensor {
    if let known = tensors[ObjectIdentifier(original)] { return known }
    let copy = try noGrad { () throws(ThalwegError) in try original.clone() }
    if original.requiresGrad { try copy.setRequiresGrad(true) }
    tensors[ObjectIdentifier(original)] = copy
    return copy
  }
}
