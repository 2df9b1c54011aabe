public import ThalwegCore

/// What the recurrent layers share: a cell applied to one step of a sequence after the other, in several layers and one or
/// two directions.
/// Shape: [T, B, in] (or [B, T, in], or [T, in]) to [T, B, directions R]; see `RecurrentOutput`.
///
/// Parameters are PyTorch's, a set for each layer k and, with "_reverse" behind its names, for its second direction:
/// `weight_ih_lk` [gates H, in], `weight_hh_lk` [gates H, R], `bias_ih_lk`, `bias_hh_lk` [gates H], of an LSTM on request
/// `weight_hr_lk` [projection, H] and `weight_ch_lk` [3, H], the peepholes to i, f and o. All start uniform in ±1/√H.
///
/// Called as a module a layer gives its output alone, of all steps or, without `returnsSequences`, the last state, and
/// begins with zeros or where the call before ended (`setStateful`). The call with a state gives everything.
public class RecurrentLayer: Module {
  public let inputSize: Int
  public let hiddenSize: Int
  public let settings: RecurrentOptions
  /// The parameters' names, a set for each layer and direction.
  let slots: [RecurrentSlot]
  let generator: Generator
  package let carried = CarriedState()
  let gradientNorms = GradientNormKeeper()

  /// Without parameters.
  /// - Throws: `.invalidArgument` for numbers out of range.
  package required init(
    withoutParameters inputSize: Int, _ hiddenSize: Int, _ settings: RecurrentOptions, _ generator: Generator
  ) throws(ThalwegError) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.settings = settings
    self.generator = generator
    try settings.check(inputSize, hiddenSize, for: Self.name)
    slots = RecurrentSlot.all(settings)
    super.init()
    try Self.check(settings)
  }

  // MARK: - Of each kind

  /// For errors.
  class var name: StaticString { "Recurrent" }
  /// The cell that these settings ask for.
  class func cell(_ settings: RecurrentOptions) -> RecurrentCell { .tanh }
  /// - Throws: `.invalidArgument` for settings that other kinds have.
  class func check(_ settings: RecurrentOptions) throws(ThalwegError) {}

  final var cell: RecurrentCell { Self.cell(settings) }
  /// The size of h: that of the projection if there is one.
  public final var outputSize: Int { settings.projection > 0 ? settings.projection : hiddenSize }

  // MARK: - Calls

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let result = try run(input, nil, nil, wantsGates: false)
    return settings.returnsSequences ? result.output : try last(result.state)
  }

  /// Computes output and final state.
  /// - Parameters:
  ///   - state: what to begin with; nil: zeros, or what the call before ended with.
  ///   - lengths: [B] of integers: sequences end there, the rest is padding, which nothing depends on; nil: all are as long
  ///     as the input. `SequenceLengths` makes them of a mask.
  ///   - wantsGates: whether the result has `gates` and `cells`.
  /// - Throws: `.shape`, `.dtype`, `.invalidArgument`, `.outOfMemory`.
  public final func callAsFunction(
    _ input: Tensor, state: RecurrentState?, lengths: Tensor? = nil, wantsGates: Bool = false
  ) throws(ThalwegError) -> RecurrentOutput {
    try Checkpoint.pass()
    let result = try run(input, state, lengths, wantsGates: wantsGates)
    try CallObserver.tell(self, input, result.output)
    return result
  }

  /// The top layer's h where its directions ended, behind each other.
  private func last(_ state: RecurrentState) throws(ThalwegError) -> Tensor {
    let hidden = state.hidden
    let top = hidden.shape[0] - settings.directions
    let forward = try hidden.select(0, top)
    return settings.bidirectional ? try Tensor.cat([forward, hidden.select(0, top + 1)], dim: -1) : forward
  }

  /// The products with weights of one step of one sequence.
  final var multiplyAddsPerStep: Int {
    var sum = 0
    for layer in 0..<settings.layers {
      let inputs = layer == 0 ? inputSize : outputSize &* settings.directions
      var one = cell.gateCount &* hiddenSize &* (inputs &+ outputSize)
      if settings.projection > 0 { one &+= hiddenSize &* outputSize }
      if settings.peephole { one &+= 3 &* hiddenSize }
      sum &+= settings.directions &* one
    }
    return sum
  }
}

/// The names of the parameters of one layer and direction.
struct RecurrentSlot {
  let layer: Int
  let isReversed: Bool
  let inputWeight, hiddenWeight, inputBias, hiddenBias, projection, peephole: String

  init(layer: Int, isReversed: Bool) {
    self.init(suffix: "_l\(layer)\(isReversed ? "_reverse" : "")", layer, isReversed)
  }

  /// Of a single cell.
  init() { self.init(suffix: "", 0, false) }

  private init(suffix: String, _ layer: Int, _ isReversed: Bool) {
    self.layer = layer
    self.isReversed = isReversed
    inputWeight = "weight_ih\(suffix)"
    hiddenWeight = "weight_hh\(suffix)"
    inputBias = "bias_ih\(suffix)"
    hiddenBias = "bias_hh\(suffix)"
    projection = "weight_hr\(suffix)"
    peephole = "weight_ch\(suffix)"
  }

  static func all(_ settings: RecurrentOptions) -> [RecurrentSlot] {
    (0..<settings.layers).flatMap { layer in
      (0..<settings.directions).map { RecurrentSlot(layer: layer, isReversed: $0 == 1) }
    }
  }
}
