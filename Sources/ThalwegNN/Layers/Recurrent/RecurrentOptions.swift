import ThalwegCore

/// What recurrent layers are made with beside their sizes. Defaults are PyTorch's.
public struct RecurrentOptions: Sendable, Equatable {
  /// What the plain cell does to its sum.
  public enum Nonlinearity: String, CaseIterable, Sendable {
    case tanh, relu, sigmoid
  }

  /// Layers on top of each other, each fed with the outputs of the one below.
  public var layers = 1
  /// Whether there are biases: `bias_ih` and `bias_hh`, which add up. Either may be taken away afterwards
  /// (`registerParameter(name, nil)`): Keras's layers have the first alone.
  public var bias = true
  /// Whether input and output are [B, T, ...] rather than [T, B, ...]. States have no such order.
  public var batchFirst = false
  /// The probability of dropout in training, of the outputs of every layer but the last.
  public var dropout = 0.0
  /// Whether there is a second direction, which begins at each sequence's end; outputs stand behind each other.
  public var bidirectional = false
  /// LSTM: the size that h is projected to (Sak, Senior & Beaufays 2014); 0 for none.
  public var projection = 0
  /// LSTM: whether the gates see the cell's state (Gers & Schmidhuber 2000).
  public var peephole = false
  /// LSTM: what the forget gate's biases start with in sum (Jozefowicz, Zaremba & Sutskever 2015: 1); nil as the others.
  public var forgetBias: Double?
  /// GRU: whether the reset gate acts behind the product with h, as PyTorch, cuDNN and Keras have it, or before it, on h
  /// itself, as Cho et al. 2014.
  public var resetAfter = true
  /// RNN.
  public var nonlinearity = Nonlinearity.tanh
  /// Whether the output as a module is that of all steps, or the top layer's last state: [B, directions R], each direction's
  /// where it ended.
  public var returnsSequences = true
  /// Whether a sequence ends at its last step that is not all zeros, where no lengths are given: what an `Embedding` with a
  /// padding index, or a layer such as this one, leaves behind the end.
  public var masksZeros = false

  public init(
    layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, projection: Int = 0, peephole: Bool = false, forgetBias: Double? = nil,
    resetAfter: Bool = true, nonlinearity: Nonlinearity = .tanh, returnsSequences: Bool = true,
    masksZeros: Bool = false
  ) {
    self.layers = layers
    self.bias = bias
    self.batchFirst = batchFirst
    self.dropout = dropout
    self.bidirectional = bidirectional
    self.projection = projection
    self.peephole = peephole
    self.forgetBias = forgetBias
    self.resetAfter = resetAfter
    self.nonlinearity = nonlinearity
    self.returnsSequences = returnsSequences
    self.masksZeros = masksZeros
  }

  public var directions: Int { bidirectional ? 2 : 1 }

  /// More layers than anybody stacks, and few enough that a model file cannot ask for much work.
  private static let mostLayers = 4096
  /// So that no product of two sizes and a gate's number overflows.
  static let largestSize = 1 << 28

  /// - Throws: `.invalidArgument` for numbers out of range, or what a cell of this kind does not have.
  func check(_ inputSize: Int, _ hiddenSize: Int, for name: StaticString) throws(ThalwegError) {
    func require(_ isRight: Bool, _ complaint: @autoclosure () -> String) throws(ThalwegError) {
      if !isRight { throw ThalwegError(.invalidArgument, "\(name): \(complaint())") }
    }
    let most = RecurrentOptions.largestSize
    try require(
      (1...most).contains(inputSize) && (1...most).contains(hiddenSize),
      "\(inputSize) inputs and a hidden size of \(hiddenSize); both must be from 1 to 2^28")
    try require(
      (1...RecurrentOptions.mostLayers).contains(layers),
      "\(layers) layers; there must be 1 to \(RecurrentOptions.mostLayers)")
    try require(dropout >= 0 && dropout <= 1, "the dropout is \(dropout); it must be from 0 to 1")
    try require(
      projection >= 0 && projection < hiddenSize,
      "proj_size is \(projection); it must be smaller than the hidden size (\(hiddenSize)), 0 for no projection"
    )
    try require(forgetBias?.isFinite ?? true, "forget_bias is \(forgetBias ?? 0); it must be finite")
    try require(forgetBias == nil || bias, "forget_bias is given, but there is no bias")
  }
}
