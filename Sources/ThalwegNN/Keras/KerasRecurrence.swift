import ThalwegCore

/// SimpleRNN, LSTM, GRU, and RNN of one cell or several on top of each other.
struct KerasRecurrence: KerasKind {
  let cells: [KerasCell]
  let returnsSequences: Bool
  let returnsState: Bool
  let goesBackwards: Bool
  let isStateful: Bool
  let zeroesMasked: Bool

  init(_ config: KerasConfig) throws(ThalwegError) {
    returnsSequences = try config.bool("return_sequences", false)
    returnsState = try config.bool("return_state", false)
    goesBackwards = try config.bool("go_backwards", false)
    isStateful = try config.bool("stateful", false)
    zeroesMasked = try config.bool("zero_output_for_mask", false)
    if try config.bool("time_major", false) { throw config.wrong("time_major", "false") }
    if let kind = KerasCell.kind(config.className) {
      cells = [try KerasCell(config, kind, child: "cell", group: "cell")]
      return
    }
    guard let cell = config.value("cell") else { throw config.wrong("cell", "a cell") }
    cells = try KerasRecurrence.cells(cell, config)
  }

  private static func cells(_ json: JSONValue, _ config: KerasConfig) throws(ThalwegError) -> [KerasCell] {
    func cell(_ json: JSONValue, _ child: String, _ group: String) throws(ThalwegError) -> KerasCell {
      guard let name = json["class_name"]?.string, name.hasSuffix("Cell"), let kind = KerasCell.kind(name),
        let inner = json["config"]
      else {
        throw config.wrong("cell", "a SimpleRNNCell, LSTMCell or GRUCell, or StackedRNNCells of these")
      }
      let options = try KerasConfig(name, inner)
      let cell = try KerasCell(options, kind, child: child, group: group)
      _ = try options.finish()
      return cell
    }
    guard json["class_name"]?.string == "StackedRNNCells" else { return [try cell(json, "cell", "cell")] }
    let list = json["config"]?["cells"]?.array ?? []
    guard !list.isEmpty, list.count <= 4096 else { throw config.wrong("cell", "1 to 4096 cells") }
    var counter = KerasNames()
    var result: [KerasCell] = []
    for (index, entry) in list.enumerated() {
      let name = counter.name(entry["class_name"]?.string ?? "")
      result.append(try cell(entry, "cell_\(index)", "cell/cells/\(name)"))
    }
    return result
  }

  var weights: [KerasWeight] { cells.flatMap(\.weights) }

  func makeChildren(_ layer: KerasLayer, _ weights: [Tensor]) throws(ThalwegError) {
    var place = 0
    for cell in cells {
      guard place < weights.count, weights[place].rank == 2 else {
        throw ThalwegError(.format, "the tensors of a \(layer.className) are not those of its cells")
      }
      try layer.registerModule(cell.child, cell.makeChild(weights[place].shape[0]))
      place += cell.weights.count
    }
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard let input = inputs.first else {
      throw ThalwegError(.invalidArgument, "\(layer.className): there is no input")
    }
    let stateCount = cells.reduce(0) { $0 + $1.stateCount }
    guard inputs.count == 1 || inputs.count == 1 + stateCount else {
      throw ThalwegError(
        .invalidArgument, "\(layer.className): \(inputs.count - 1) initial states; it has \(stateCount)")
    }
    let x = try input.tensor.asFloat(layer)
    guard x.rank == 3 else {
      throw ThalwegError(
        .shape, "\(layer.className): the input has shape \(x.shape); it must be [batch, time, features]")
    }
    let mask = options.contains(.unmasked) ? nil : input.mask
    let (result, ends) = try run(layer, x, mask, inputs.dropFirst().map(\.tensor))
    var outputs = [KerasValue(result, mask: returnsSequences ? input.mask : nil)]
    if returnsState { for end in ends { outputs.append(KerasValue(end)) } }
    return outputs
  }

  private func run(
    _ layer: KerasLayer, _ input: Tensor, _ mask: Tensor?, _ given: [Tensor]
  ) throws(ThalwegError) -> (output: Tensor, states: [Tensor]) {
    var x = goesBackwards ? try input.flip([1]) : input
    var steps: KerasSteps?
    if let mask {
      steps = try KerasSteps(
        goesBackwards ? noGrad { () throws(ThalwegError) in try mask.flip([1]) } : mask, x)
    }
    if let steps { x = try steps.counted(x) }
    var ends: [Tensor] = []
    var place = 0
    for cell in cells {
      let states = given.isEmpty ? nil : Array(given[place..<(place + cell.stateCount)])
      let result = try cell.run(x, states, steps, layer, isStateful: isStateful)
      x = result.outputs
      ends += result.states
      place += cell.stateCount
    }
    guard returnsSequences else { return (try last(x, ends, steps), ends) }
    if let steps { x = try steps.spread(x, zeroesMasked: zeroesMasked) }
    return (x, ends)
  }

  /// The output of the last step: with a mask that of the last that counts, or zeros if the very last does not and those
  /// are to be zeros.
  private func last(_ x: Tensor, _ ends: [Tensor], _ steps: KerasSteps?) throws(ThalwegError) -> Tensor {
    guard let cell = cells.last else { return x }
    let h = ends[ends.count - cell.stateCount]
    guard let steps else { return h }
    return try steps.last(h, zeroesMasked: zeroesMasked)
  }
}
