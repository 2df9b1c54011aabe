import ThalwegCore
import ThalwegNN

extension KerasExport {
  /// A layer of Keras's for each of ours on top of each other, with dropout between them, bidirectional ones in Keras's
  /// wrapper. Two biases that only add up become one.
  mutating func recurrent(_ layer: RecurrentLayer, _ value: inout Value) throws(ThalwegError) {
    let settings = layer.settings
    guard settings.projection == 0, !settings.peephole, !settings.masksZeros, layer.carried.carrying == .none
    else {
      throw KerasExport.refusal(
        "has a projection, peepholes, a mask of zeros or a kept state, which Keras has not")
    }
    if settings.batchFirst { try endLikeOurs(&value, size: layer.inputSize) }
    guard value.order == (settings.batchFirst ? .same : .timeFirst), value.rank == 3 else {
      throw KerasExport.refusal("cannot follow what stands before it: batch and time are in another order")
    }
    for level in 0..<settings.layers {
      let isTop = level == settings.layers - 1
      let sequences = settings.returnsSequences || !isTop
      if settings.bidirectional {
        let forwards = try direction(layer, "_l\(level)", sequences, goesBackwards: false)
        let backwards = try direction(layer, "_l\(level)_reverse", sequences, goesBackwards: true)
        let inner = JSONValue.object([
          JSONMember("class_name", .string(forwards.className)), JSONMember("config", forwards.config),
        ])
        let both = try make("Bidirectional", ["layer": inner, "merge_mode": .string("concat")])
        try both.registerModule("forward_layer", forwards)
        try both.registerModule("backward_layer", backwards)
        try add(both, to: &value)
      } else {
        try add(direction(layer, "_l\(level)", sequences, goesBackwards: false), to: &value)
      }
      if settings.dropout > 0, !isTop { try add("Dropout", ["rate": .number(settings.dropout)], to: &value) }
    }
    if !settings.returnsSequences {
      value = Value(source: value.source, rank: 2, channels: settings.directions * layer.hiddenSize)
    }
  }

  private mutating func direction(
    _ layer: RecurrentLayer, _ suffix: String, _ returnsSequences: Bool, goesBackwards: Bool
  ) throws(ThalwegError) -> KerasLayer {
    let settings = layer.settings
    var tensors = [
      [try layer.requiredParameter("weight_ih\(suffix)")],
      [try layer.requiredParameter("weight_hh\(suffix)")],
    ]
    let first = settings.bias ? layer.parameter("bias_ih\(suffix)") : nil
    let second = settings.bias ? layer.parameter("bias_hh\(suffix)") : nil
    let isGRU = layer is ThalwegNN.GRU
    if let one = first ?? second {
      if isGRU, settings.resetAfter {
        let zeros = try Tensor.zeros(one.shape, dtype: one.dtype)
        tensors.append([first ?? zeros, second ?? zeros])
      } else if let first, let second {
        tensors.append([try noGrad { () throws(ThalwegError) in try first + second }])
      } else {
        tensors.append([one])
      }
    }
    let className = isGRU ? "GRU" : layer is ThalwegNN.RNN ? "SimpleRNN" : "LSTM"
    var options: Options = [
      "units": .integer(layer.hiddenSize), "use_bias": .bool(tensors.count == 3),
      "return_sequences": .bool(returnsSequences), "go_backwards": .bool(goesBackwards),
    ]
    if isGRU { options.add("reset_after", .bool(settings.resetAfter)) }
    if layer is ThalwegNN.RNN { options.add("activation", .string(settings.nonlinearity.rawValue)) }
    return try make(className, options, tensors)
  }
}
