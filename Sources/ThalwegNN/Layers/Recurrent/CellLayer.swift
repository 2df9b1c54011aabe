public import ThalwegCore

/// What the single recurrent cells share: one time step, for loops of one's own.
/// Shape: [B, in] (or [in]) to [B, H].
///
/// Parameters are PyTorch's: `weight_ih` [gates H, in], `weight_hh` [gates H, H], `bias_ih`, `bias_hh` [gates H], of an LSTM
/// on request `weight_ch` [3, H]. All start uniform in ±1/√H. Called as a module a cell gives h alone, and begins with zeros
/// or where the call before ended (`setStateful`). The call with a state gives the next state.
public class CellLayer: Module {
  public let inputSize: Int
  public let hiddenSize: Int
  /// Those that are for a cell.
  public let settings: RecurrentOptions
  package let carried = CarriedState()
  private let slot = RecurrentSlot()

  /// Without parameters.
  /// - Throws: `.invalidArgument` for numbers out of range or settings that a single cell does not have.
  package required init(
    withoutParameters inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions
  ) throws(ThalwegError) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.settings = settings
    try settings.check(inputSize, hiddenSize, for: Self.name)
    super.init()
    try Self.check(settings)
    var single = RecurrentOptions(
      bias: settings.bias, peephole: settings.peephole, forgetBias: settings.forgetBias,
      resetAfter: settings.resetAfter, nonlinearity: settings.nonlinearity)
    single.projection = 0
    guard settings == single else {
      throw ThalwegError(
        .invalidArgument,
        "\(Self.name): a single cell has no layers, directions, dropout, projection or order of sequences")
    }
  }

  class var name: StaticString { "Cell" }
  class func cell(_ settings: RecurrentOptions) -> RecurrentCell { .tanh }
  class func check(_ settings: RecurrentOptions) throws(ThalwegError) {}
  final var cell: RecurrentCell { Self.cell(settings) }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try step(input, nil).hidden
  }

  /// One time step.
  /// - Parameter state: what to begin with; nil: zeros, or what the call before ended with.
  /// - Throws: `.shape`, `.dtype`, `.invalidArgument`, `.outOfMemory`.
  public final func callAsFunction(
    _ input: Tensor, state: RecurrentState?
  ) throws(ThalwegError) -> RecurrentState {
    try Checkpoint.pass()
    let next = try step(input, state)
    try CallObserver.tell(self, input, next.hidden)
    return next
  }

  private func step(_ input: Tensor, _ given: RecurrentState?) throws(ThalwegError) -> RecurrentState {
    guard input.rank == 1 || input.rank == 2, input.shape[input.rank - 1] == inputSize else {
      throw ThalwegError(
        .shape,
        "\(typeName): the input has shape \(input.shape); it must be [batch, \(inputSize)] or [\(inputSize)]")
    }
    let isBatched = input.rank == 2
    let x = isBatched ? input : try input.unsqueeze(0)
    var start = carried.begin(with: nil)
    if let given {
      start =
        isBatched ? given : try given.map { (tensor) throws(ThalwegError) in try tensor.unsqueeze(0) }
    }
    if let start { try check(start, batch: x.shape[0], isBatched: isBatched || given == nil) }
    let result = try Recurrent.step(
      cell, x, weights(slot, settings), hidden: start?.hidden, cell: start?.cell)
    let next = RecurrentState(result.hidden, cell: result.cell)
    carried.end(with: next)
    return isBatched
      ? next : try next.map { (tensor) throws(ThalwegError) in try tensor.select(0, 0) }
  }

  private func check(_ state: RecurrentState, batch: Int, isBatched: Bool) throws(ThalwegError) {
    func check(_ tensor: Tensor, _ what: String) throws(ThalwegError) {
      if tensor.shape == [batch, hiddenSize] { return }
      let right: Dims = isBatched ? [batch, hiddenSize] : [hiddenSize]
      throw ThalwegError(
        .shape,
        "\(typeName): the state's \(what) has shape \(isBatched ? tensor.shape : Dims(tensor.shape.dropFirst())); it must be \(right)"
      )
    }
    try check(state.hidden, "h")
    guard (state.cell != nil) == (cell == .lstm) else {
      throw ThalwegError(
        .invalidArgument,
        cell == .lstm
          ? "\(typeName): the state has no c; give both h and c"
          : "\(typeName): the state has a c; only an LSTM has one")
    }
    if let c = state.cell { try check(c, "c") }
  }

  package final func check(_ state: RecurrentState) throws(ThalwegError) {
    try check(state, batch: state.hidden.rank == 2 ? state.hidden.shape[0] : 0, isBatched: true)
  }

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  final func makeParameters(_ dtype: DType, _ generator: Generator) throws(ThalwegError) {
    try Self.checkFloat(dtype)
    try makeParameters(
      slot, inputs: inputSize, hidden: hiddenSize, gates: cell.gateCount, settings, dtype, generator)
  }

  /// The products with weights of one sequence.
  final var multiplyAddsPerStep: Int {
    cell.gateCount &* hiddenSize &* (inputSize &+ hiddenSize) &+ (settings.peephole ? 3 &* hiddenSize : 0)
  }
}

extension CellLayer: Recurring {}

extension CellLayer: DescribedLayer {
  package var options: LayerOptions {
    LayerOptions(
      [("input_size", .int(inputSize)), ("hidden_size", .int(hiddenSize))]
        + settings.pairs(of: cell).filter { $0.name != "proj_size" })
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(
      withoutParameters: options.size("input_size"), options.size("hidden_size"),
      RecurrentOptions(cellOptions: options))
  }
}

/// A step of an `RNN`: h' = φ(W_ih x + b_ih + W_hh h + b_hh).
public final class RNNCell: CellLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings)
    try makeParameters(dtype, generator)
  }

  override class var name: StaticString { "RNNCell" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell { settings.plainCell }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkPlain(name)
  }
}

/// A step of an `LSTM`.
public final class LSTMCell: CellLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings)
    try makeParameters(dtype, generator)
  }

  override class var name: StaticString { "LSTMCell" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell { .lstm }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkLSTM(name)
  }
}

/// A step of a `GRU`.
public final class GRUCell: CellLayer {
  /// - Throws: `.invalidArgument` for numbers out of range or settings of other kinds, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions = RecurrentOptions(),
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, hiddenSize, settings)
    try makeParameters(dtype, generator)
  }

  override class var name: StaticString { "GRUCell" }
  override class func cell(_ settings: RecurrentOptions) -> RecurrentCell {
    settings.resetAfter ? .gru : .gruResetBefore
  }
  override class func check(_ settings: RecurrentOptions) throws(ThalwegError) {
    try settings.checkGRU(name)
  }
}
