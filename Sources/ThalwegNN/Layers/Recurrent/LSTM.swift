public import ThalwegCore

/// Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000): with σ the logistic
/// function and gates from one product [i f g o] = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh,
/// c_t = σ(f) ∘ c_{t-1} + σ(i) ∘ tanh(g) and h_t = σ(o) ∘ tanh(c_t).
///
/// With peepholes p ∘ c_{t-1} is added to i and f, p ∘ c_t to o; with a projection h_t is W_hr times that.
public final class LSTM: RecurrentLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings, generator)
    try makeParameters(dtype)
  }

  override class var name: StaticString { "LSTM" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell { .lstm }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkLSTM(name)
  }
}
