import CKernels
import CSystem
import ThalwegCore

/// Layers that evaluation computes in one pass: a linear layer or a convolution, the batch normalisation behind it folded
/// into its weight, and an activation while the result goes to memory. Where gradients are recorded, Inf and NaN looked
/// for or the layers observed, each runs by itself.
enum Fusion {
  /// The output of the layers from the first on that are computed together, and how many they are; nil if the first runs alone.
  /// - Parameter layers: gives the layer at a distance from the first, if there is one.
  static func run(
    _ input: Tensor, _ layers: (Int) -> Module?
  ) throws(ThalwegError) -> (output: Tensor, count: Int)? {
    guard GradMode.bits == GradMode.noGrad, tw_thread_get(Int32(TW_THREAD_OBSERVER)) == 0,
      let first = layers(0)
    else { return nil }
    let convolution = first as? ConvolutionLayer
    if first as? Linear == nil && (convolution.map { !$0.isPlain } ?? true) { return nil }
    var weight = try first.requiredParameter("weight"), bias = first.parameter("bias")
    var count = 1
    let isMatrix = convolution == nil && input.rank == 2
    if let norm = layers(count) as? BatchNorm, isMatrix || convolution != nil,
      let folded = try fold(norm, weight, bias, rank: input.rank)
    {
      (weight, bias) = folded
      count += 1
    }
    let activation = activation(of: layers(count))
    if activation != TK_ACTIVATION_NONE { count += 1 }
    if count == 1 { return nil }
    try Checkpoint.pass()
    guard let convolution else {
      return (try Linear.evaluate(input, weight, bias, activation: Int32(activation)), count)
    }
    return (try convolution.evaluate(input, weight, bias, activation: Int32(activation)), count)
  }

  private static func activation(of layer: Module?) -> Int {
    switch layer {
    case is ReLU: TK_ACTIVATION_RELU
    case is Tanh: TK_ACTIVATION_TANH
    case is Sigmoid: TK_ACTIVATION_SIGMOID
    default: TK_ACTIVATION_NONE
    }
  }

  /// Weight and bias [out, ...] of a layer times and plus what running statistics and `norm`'s own parameters make of its
  /// outputs: γ (y - μ) / √(σ² + ε) + β. Nil where `norm` has no running statistics to go by, or does not fit.
  private static func fold(
    _ norm: BatchNorm, _ weight: Tensor, _ bias: Tensor?, rank: Int
  ) throws(ThalwegError) -> (Tensor, Tensor?)? {
    guard !norm.isTraining, type(of: norm).ranks.contains(rank), norm.channels == weight.shape[0],
      let mean = norm.buffer("running_mean"), let variance = norm.buffer("running_var"),
      mean.dtype == weight.dtype, variance.dtype == weight.dtype
    else { return nil }
    var scale = try (variance + norm.epsilon).rsqrt()
    if let gamma = norm.parameter("weight") { scale = try scale * gamma }
    var shift = try -mean * scale
    if let bias { shift = try bias * scale + shift }
    if let beta = norm.parameter("bias") { shift = try shift + beta }
    var column = Dims(repeating: 1, count: weight.rank)
    column[0] = norm.channels
    return (try weight * scale.reshape(column), shift)
  }
}
