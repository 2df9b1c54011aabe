public import ThalwegCore

/// What computes a parameter of a layer anew at each use, from tensors that are trained in its place: `original`, which goes
/// through the children "0", "1", ... one after the other; or with a `WeightNorm` as "0" `original0` and `original1`.
/// It is the layer's descendant "parametrizations.weight", so the names are PyTorch's.
public final class ParametrizedTensor: Module, DescribedLayer {
  /// The parameter's value.
  /// - Throws: `.invalidArgument` where a tensor or a child is missing; what a child throws.
  public func value() throws(ThalwegError) -> Tensor {
    let steps = children
    if let norm = steps.first?.module as? WeightNorm {
      return try norm.weight(requiredParameter("original0"), requiredParameter("original1"))
    }
    var tensor = try requiredParameter("original")
    for step in steps { tensor = try step.module(tensor) }
    return tensor
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { ParametrizedTensor() }
}

extension Module {
  /// The name of the child that has them all.
  static var parametrizations: String { "parametrizations" }

  /// The parameter of this name, or its value if it is computed.
  /// - Throws: `.invalidArgument` if there is none.
  public final func computedParameter(_ name: String) throws(ThalwegError) -> Tensor {
    if let tensor = parameter(name) { return tensor }
    if let tensor = try parametrized(name)?.value() { return tensor }
    throw ThalwegError(
      .invalidArgument, "forward: this \(typeName) has no parameter \(name); register it first")
  }

  /// What computes the parameter, if anything does.
  public final func parametrized(_ name: String) -> ParametrizedTensor? {
    module("\(Self.parametrizations).\(name)") as? ParametrizedTensor
  }

  /// From now on the parameter is what `step` makes of it, a module that takes it and gives a tensor of the same shape and
  /// dtype; behind what it went through already.
  /// - Throws: `.invalidArgument` for a layer that does not look its parameters up in this way, or a parameter that does
  ///   not exist; `.shape` where `step` gives something else.
  public final func parametrize(_ name: String, by step: Module) throws(ThalwegError) {
    if let known = parametrized(name) {
      guard !(known.children.first?.module is WeightNorm) else {
        throw ThalwegError(
          .invalidArgument, "parametrize: \(name) has a weight norm already; nothing comes behind that")
      }
      try check(step, known.value(), name)
      return try known.registerModule(String(known.children.count), step)
    }
    let original = try free(name)
    try check(step, original, name)
    let computed = ParametrizedTensor()
    try computed.registerParameter("original", original)
    try computed.registerModule("0", step)
    try put(computed, name)
  }

  /// From now on the parameter is a direction `original1` and lengths `original0`: see `WeightNorm`.
  /// - Throws: as the other one; also where something computes the parameter already.
  public final func normalizeWeight(_ name: String = "weight", dim: Int? = 0) throws(ThalwegError) {
    guard parametrized(name) == nil else {
      throw ThalwegError(.invalidArgument, "weight_norm: \(name) is computed already; remove that first")
    }
    let original = try free(name)
    let norm = WeightNorm(dim: dim)
    let (lengths, direction) = try noGrad { () throws(ThalwegError) in
      (try norm.lengths(original).clone(), try original.clone())
    }
    let computed = ParametrizedTensor()
    for (name, tensor) in [("original0", lengths), ("original1", direction)] {
      if original.requiresGrad { try tensor.setRequiresGrad(true) }
      try computed.registerParameter(name, tensor)
    }
    try computed.registerModule("0", norm)
    try put(computed, name)
  }

  /// The parameter is one of its own again: with its present value or, if not `keepsValue`, with the one from which it was
  /// computed.
  /// - Throws: `.invalidArgument` where nothing computes it, or there is no one such tensor.
  public final func removeParametrizations(
    _ name: String, keepsValue: Bool = true
  ) throws(ThalwegError) {
    guard let computed = parametrized(name) else {
      throw ThalwegError(
        .invalidArgument, "remove_parametrizations: nothing computes \(name) of this \(typeName)")
    }
    let tensor: Tensor
    if keepsValue {
      let value = try computed.value()
      tensor = try noGrad { () throws(ThalwegError) in try value.detach().clone() }
      if value.requiresGrad { try tensor.setRequiresGrad(true) }
    } else {
      tensor = try computed.requiredParameter("original")
    }
    let all = module(Self.parametrizations)
    try all?.registerModule(name, nil)
    if all?.children.isEmpty ?? false { try registerModule(Self.parametrizations, nil) }
    try registerParameter(name, tensor)
  }

  /// A parameter that may be computed instead.
  private func free(_ name: String) throws(ThalwegError) -> Tensor {
    let asks =
      self is Linear || self is Bilinear || self is ConvolutionLayer || self is Embedding
      || self is CustomModule
    guard asks, let original = parameter(name), children.allSatisfy({ $0.name != name }) else {
      throw ThalwegError(
        .invalidArgument,
        """
        parametrize: \(typeName) has no parameter \(name) that can be computed; those of Linear, Bilinear, Embedding, \
        of convolutions, and of modules of one's own can, weights alone
        """)
    }
    guard self is CustomModule || name == "weight" else {
      throw ThalwegError(
        .invalidArgument, "parametrize: of \(typeName) only weight can be computed, not \(name)")
    }
    return original
  }

  private func check(_ step: Module, _ tensor: Tensor, _ name: String) throws(ThalwegError) {
    let found = try noGrad { () throws(ThalwegError) in try step(tensor) }
    guard found.shape == tensor.shape, found.dtype == tensor.dtype else {
      throw ThalwegError(
        .shape,
        "parametrize: \(step.typeName) makes \(found.dtype) \(found.shape) of \(name), \(tensor.dtype) \(tensor.shape); they must be equal"
      )
    }
  }

  private func put(_ computed: ParametrizedTensor, _ name: String) throws(ThalwegError) {
    let known = module(Self.parametrizations)
    let all = if let known { known } else { try ModuleDict() }
    try all.registerModule(name, computed)
    if known == nil { try registerModule(Self.parametrizations, all) }
    try registerParameter(name, nil)
  }
}
