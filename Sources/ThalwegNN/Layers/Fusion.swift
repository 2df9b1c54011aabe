import CKernels
import CSystem
import ThalwegCore

/// Layers that evaluation computes in one pass: a linear layer or a convolution, the batch normalisation behind it folded
/// into its weight, what a shortcut adds, and an activation while the result goes to memory. Where gradients are recorded,
/// Inf and NaN looked for or the layers observed, each runs by itself.
enum Fusion {
  /// What follows a layer or a sequence of them: the result of a shortcut is added, if there is one, and then an activation
  /// applied.
  struct Ending {
    let addend: Tensor?
    let activation: Int
  }

  /// Whether layers may be computed together.
  static var isAllowed: Bool {
    GradMode.bits == GradMode.noGrad && tw_thread_get(Int32(TW_THREAD_OBSERVER)) == 0
  }

  /// The output of the layers from the first on that are computed together, and how many they are; nil if the first runs alone.
  /// - Parameters:
  ///   - layers: gives the layer at a distance from the first, if there is one.
  ///   - ending: of all layers. It is done as well where `count` is more than there are.
  static func run(
    _ input: Tensor, ending: Ending? = nil, _ layers: (Int) -> Module?
  ) throws(ThalwegError) -> (output: Tensor, count: Int)? {
    guard isAllowed, let first = layers(0) else { return nil }
    if let residual = first as? Residual {
      let next = following(1, layers, ending, adding: false)
      guard let output = try residual.evaluate(input, activation: next?.activation ?? TK_ACTIVATION_NONE)
      else { return nil }
      return (output, next == nil ? 1 : 2)
    }
    if let inner = first as? Sequential {
      guard let next = following(1, layers, ending, adding: true) else { return nil }
      try Checkpoint.pass()
      let (output, isEnded) = try inner.run(input, ending: next)
      if isEnded { return (output, 2) }
      return next.addend == nil ? (try activate(output, next.activation), 2) : (output, 1)
    }
    let convolution = first as? ConvolutionLayer
    if first as? Linear == nil && (convolution.map { !$0.isPlain } ?? true) { return nil }
    var weight = try first.requiredParameter("weight"), bias = first.parameter("bias")
    var count = 1
    let isMatrix = convolution == nil && input.rank == 2
    if let norm = layers(count) as? BatchNorm, isMatrix || convolution != nil,
      let folded = try norm.folded(into: weight, bias, rank: input.rank)
    {
      (weight, bias) = (folded.weight, folded.bias)
      count += 1
    }
    let fits =
      convolution != nil && input.rank == ending?.addend?.rank && input.dtype == ending?.addend?.dtype
    let next = following(count, layers, ending, adding: fits)
    if next != nil { count += 1 }
    if count == 1 { return nil }
    try Checkpoint.pass()
    let activation = Int32(next?.activation ?? TK_ACTIVATION_NONE)
    guard let convolution else {
      return (try Linear.evaluate(input, weight, bias, activation: activation), count)
    }
    return (
      try convolution.evaluate(input, weight, bias, addend: next?.addend, activation: activation), count
    )
  }

  /// What comes behind `count` layers: an activation, or the ending of all of them.
  private static func following(
    _ count: Int, _ layers: (Int) -> Module?, _ ending: Ending?, adding: Bool
  ) -> Ending? {
    guard let layer = layers(count) else { return adding || ending?.addend == nil ? ending : nil }
    let activation = activation(of: layer)
    return activation == TK_ACTIVATION_NONE ? nil : Ending(addend: nil, activation: activation)
  }

  private static func activation(of layer: Module?) -> Int {
    switch layer {
    case is ReLU: TK_ACTIVATION_RELU
    case is Tanh: TK_ACTIVATION_TANH
    case is Sigmoid: TK_ACTIVATION_SIGMOID
    default: TK_ACTIVATION_NONE
    }
  }

  /// What `activation` stands for.
  static func activate(_ x: Tensor, _ activation: Int) throws(ThalwegError) -> Tensor {
    switch activation {
    case TK_ACTIVATION_RELU: try x.relu()
    case TK_ACTIVATION_TANH: try x.tanh()
    case TK_ACTIVATION_SIGMOID: try x.sigmoid()
    default: x
    }
  }
}
