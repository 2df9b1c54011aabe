public import ThalwegCore

/// One call of a module in a tree, as `trace` heard it.
public struct LayerCall {
  /// The module's first name in the tree; "" for the root.
  public let name: String
  public let module: Module
  public let inputShape: Dims
  public let output: Tensor
}

extension Module {
  /// Computes the output and says what each module of the tree gave, in the order in which they were done: children before
  /// parents. Outputs that are part of a graph keep their gradients in a backward pass.
  public final func trace(
    _ input: Tensor
  ) throws(ThalwegError) -> (output: Tensor, calls: [LayerCall]) {
    var names: [ObjectIdentifier: String] = [:]
    for (name, module) in namedModules() { names[ObjectIdentifier(module)] = name }
    var calls: [LayerCall] = []
    let observer = CallObserver { (module, input, output) throws(ThalwegError) in
      guard let name = names[ObjectIdentifier(module)] else { return }
      if output.requiresGrad, !output.isLeaf { try output.retainGrad() }
      calls.append(LayerCall(name: name, module: module, inputShape: input.shape, output: output))
    }
    let output = try observer.whileRunning { () throws(ThalwegError) in try self(input) }
    return (output, calls)
  }

  /// How many numbers there are to train here and below; a tensor with several names counts once.
  /// - Parameter trainedOnly: leaves those out that are frozen.
  public final func parameterCount(trainedOnly: Bool = false) -> Int {
    parameters().reduce(0) { $0 + (trainedOnly && !$1.requiresGrad ? 0 : $1.numel) }
  }

  /// The products with weights that the module computes for `input`, each with its addition: those of dense layers,
  /// filters and recurrent layers. In evaluation mode and without recording.
  public final func multiplyAdds(_ input: Tensor) throws(ThalwegError) -> Int {
    try inspect(input).reduce(0) { $0 + $1.multiplyAdds }
  }

  /// `trace` in evaluation mode, without recording, and from no state that recurrent layers keep.
  final func inspect(_ input: Tensor) throws(ThalwegError) -> [LayerCall] {
    let modes = TrainingModes(of: self)
    defer { modes.restore() }
    train(false)
    let kept = recurring.map { (carried: $0.carried, mode: $0.carried.carrying, state: $0.carried.state) }
    for entry in kept { entry.carried.carrying = .none }
    defer {
      for entry in kept {
        entry.carried.carrying = entry.mode
        entry.carried.state = entry.state
      }
    }
    return try noGrad { () throws(ThalwegError) in try trace(input).calls }
  }
}

extension LayerCall {
  /// Of this module alone, not of its children.
  public var multiplyAdds: Int {
    switch module {
    case let layer as Linear: output.numel * layer.inputSize
    case let layer as ConvolutionLayer:
      if type(of: layer).isTransposed {
        inputShape.product * (layer.outputChannels / layer.groups) * layer.kernel.product
      } else {
        output.numel * (layer.inputChannels / layer.groups) * layer.kernel.product
      }
    case let layer as RecurrentLayer: inputShape.product / layer.inputSize * layer.multiplyAddsPerStep
    case let cell as CellLayer: inputShape.product / cell.inputSize * cell.multiplyAddsPerStep
    default: 0
    }
  }
}
