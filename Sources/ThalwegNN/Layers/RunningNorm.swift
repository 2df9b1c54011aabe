public import ThalwegCore

/// What the layers that follow the statistics of their batches share: "weight" and "bias" [C], and the buffers
/// "running_mean", "running_var" [C] and "num_batches_tracked" [].
public class RunningNorm: Module {
  public let channels: Int
  public let epsilon: Double
  public let isAffine: Bool
  /// Whether there are running statistics, which evaluation uses.
  public let tracksStatistics: Bool

  /// How far running statistics move to a batch's; nil: so far that they are the means over all batches. Not to be changed
  /// while another thread computes with the layer.
  public final var momentum: Double?

  /// The ranks of input that the layer takes.
  package class var ranks: ClosedRange<Int> { 2...Dims.maxRank }

  /// Without parameters and buffers.
  /// - Throws: `.invalidArgument` for no channels, or numbers that are not finite.
  package required init(
    withoutTensors channels: Int, epsilon: Double, momentum: Double?, affine: Bool, tracksStatistics: Bool
  ) throws(ThalwegError) {
    self.channels = channels
    self.epsilon = epsilon
    self.momentum = momentum
    isAffine = affine
    self.tracksStatistics = tracksStatistics
    super.init()
    try Self.require(channels >= 1, "\(channels) channels; there must be at least 1")
    try Self.require(epsilon.isFinite, "eps is \(epsilon); it must be finite")
    try Self.require(momentum?.isFinite ?? true, "momentum is \(momentum ?? 0); it must be finite")
  }

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  final func makeTensors(_ dtype: DType) throws(ThalwegError) {
    try Self.checkFloat(dtype)
    if isAffine {
      try addParameter("weight", [channels], dtype, filled: 1)
      try addParameter("bias", [channels], dtype, filled: 0)
    }
    if tracksStatistics {
      try registerBuffer("running_mean", Tensor.zeros([channels], dtype: dtype))
      try registerBuffer("running_var", Tensor.ones([channels], dtype: dtype))
      try registerBuffer("num_batches_tracked", Tensor.zeros([], dtype: .int64))
    }
  }

  /// Sets running statistics back to those of no batch.
  public final func resetRunningStatistics() throws(ThalwegError) {
    try noGrad { () throws(ThalwegError) in
      try buffer("running_mean")?.fill(0)
      try buffer("running_var")?.fill(1)
      try buffer("num_batches_tracked")?.fill(0)
    }
  }
}

extension RunningNorm: DescribedLayer {
  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [
      ("num_features", .int(channels)), ("eps", .double(epsilon)), ("affine", .bool(isAffine)),
      ("track_running_stats", .bool(tracksStatistics)),
    ]
    if let momentum { pairs.append(("momentum", .double(momentum))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(
      withoutTensors: options.size("num_features"), epsilon: options.double("eps"),
      momentum: options["momentum"] == nil ? nil : options.double("momentum"),
      affine: options.bool("affine"), tracksStatistics: options.bool("track_running_stats"))
  }
}
