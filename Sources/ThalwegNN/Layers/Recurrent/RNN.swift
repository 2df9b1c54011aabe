public import ThalwegCore

/// h_t = φ(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), φ the hyperbolic tangent, ReLU or the logistic function (Elman 1990).
public final class RNN: RecurrentLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings, generator)
    try makeParameters(dtype)
  }

  override class var name: StaticString { "RNN" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell { settings.plainCell }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkPlain(name)
  }
}

extension RecurrentOptions {
  var plainCell: RecurrentCell {
    switch nonlinearity {
    case .tanh: .tanh
    case .relu: .relu
    case .sigmoid: .sigmoid
    }
  }

  // What only another kind has is an error.

  func checkPlain(_ name: StaticString) throws(ThalwegError) {
    try refuse(
      projection != 0 || peephole || forgetBias != nil, name,
      "proj_size, peephole and forget_bias are for an LSTM")
    try refuse(!resetAfter, name, "reset_after is for a GRU")
  }

  func checkLSTM(_ name: StaticString) throws(ThalwegError) {
    try refuse(nonlinearity != .tanh, name, "the nonlinearity \(nonlinearity) is for an RNN")
    try refuse(!resetAfter, name, "reset_after is for a GRU")
  }

  func checkGRU(_ name: StaticString) throws(ThalwegError) {
    try refuse(nonlinearity != .tanh, name, "the nonlinearity \(nonlinearity) is for an RNN")
    try refuse(
      projection != 0 || peephole || forgetBias != nil, name,
      "proj_size, peephole and forget_bias are for an LSTM")
  }

  private func refuse(
    _ isWrong: Bool, _ name: StaticString, _ complaint: @autoclosure () -> String
  ) throws(ThalwegError) {
    if isWrong { throw ThalwegError(.invalidArgument, "\(name): \(complaint())") }
  }
}
