public import ThalwegCore

/// y = x where x > 0, else `weight` x, with one weight or one a channel (He et al. 2015, "Delving deep into rectifiers").
/// Shape: any; [N, C, ...] for C weights.
public final class PReLU: Module, DescribedLayer {
  public let count: Int
  /// What the weights start as.
  public let initial: Double

  /// - Throws: `.invalidArgument` for a count below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ count: Int = 1, initial: Double = 0.25, dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(withoutParameters: count, initial)
    try Self.checkFloat(dtype)
    try addParameter("weight", [count], dtype, filled: initial)
  }

  private init(withoutParameters count: Int, _ initial: Double) throws(ThalwegError) {
    (self.count, self.initial) = (count, initial)
    super.init()
    try Self.require(count >= 1, "\(count) parameters; there must be at least 1")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.prelu(requiredParameter("weight"))
  }

  package var options: LayerOptions { ["num_parameters": .int(count), "init": .double(initial)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try PReLU(withoutParameters: options.size("num_parameters"), options.double("init"))
  }
}
