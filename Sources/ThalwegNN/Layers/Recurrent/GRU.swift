public import ThalwegCore

/// A gated recurrent unit (Cho et al. 2014): with σ the logistic function, r = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr), z
/// alike, n = tanh(W_in x_t + b_in + r ∘ (W_hn h_{t-1} + b_hn)) and h_t = (1 - z) ∘ n + z ∘ h_{t-1}.
///
/// Without `resetAfter` n is tanh(W_in x_t + b_in + W_hn (r ∘ h_{t-1}) + b_hn), as in the paper.
public final class GRU: RecurrentLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings, generator)
    try makeParameters(dtype)
  }

  override class var name: StaticString { "GRU" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell {
    settings.resetAfter ? .gru : .gruResetBefore
  }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkGRU(name)
  }
}
