import ThalwegCore

/// Bidirectional: one layer forwards, one backwards, and their outputs together. They are the children `forward_layer`
/// and `backward_layer`.
struct KerasBidirectional: KerasKind {
  private let mode: String?
  private let returnsSequences: Bool

  init(_ config: KerasConfig) throws(ThalwegError) {
    mode =
      config.value("merge_mode") == nil && config.json["merge_mode"] != nil
      ? nil : try config.string("merge_mode", "concat", of: ["concat", "sum", "mul", "ave"])
    guard let layer = config.value("layer"), let name = layer["class_name"]?.string,
      KerasCell.kind(name) != nil || name == "RNN"
    else { throw config.wrong("layer", "a recurrent layer") }
    _ = config.value("backward_layer")
    returnsSequences = layer["config"]?["return_sequences"]?.bool ?? false
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard let forwards = layer.module("forward_layer") as? KerasLayer,
      let backwards = layer.module("backward_layer") as? KerasLayer, let input = inputs.first,
      inputs.count % 2 == 1
    else {
      throw ThalwegError(
        .invalidArgument, "Bidirectional: a layer or the input is missing, or a state too many")
    }
    let half = inputs.count / 2
    let first = try forwards.call([input] + inputs[1..<(1 + half)], options)
    var second = try backwards.call([input] + inputs[(1 + half)...], options)
    guard let y = first.first?.tensor, var back = second.first?.tensor else { return [] }
    if returnsSequences { back = try back.flip([1]) }
    let mask = returnsSequences ? input.mask : nil
    var outputs: [KerasValue]
    switch mode {
    case "concat": outputs = [KerasValue(try Tensor.cat([y, back], dim: -1), mask: mask)]
    case "sum": outputs = [KerasValue(try y + back, mask: mask)]
    case "mul": outputs = [KerasValue(try y * back, mask: mask)]
    case "ave": outputs = [KerasValue(try (y + back) / 2, mask: mask)]
    default: outputs = [KerasValue(y, mask: mask), KerasValue(back, mask: mask)]
    }
    second.removeFirst()
    return outputs + first.dropFirst() + second
  }
}

/// TimeDistributed: a layer or a model, the child `layer`, on each step of a sequence.
struct KerasTimeDistributed: KerasKind {
  init(_ config: KerasConfig) throws(ThalwegError) {
    guard config.value("layer")?["class_name"]?.string != nil else { throw config.wrong("layer", "a layer") }
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    let input = try layer.only(inputs)
    let x = input.tensor
    guard x.rank >= 2, let inner = layer.module("layer") as? any ManyValued else {
      throw ThalwegError(
        .shape, "TimeDistributed: the layer is missing, or the input \(x.shape) has no steps")
    }
    let (batch, steps) = (x.shape[0], x.shape[1])
    let (rows, overflow) = batch.multipliedReportingOverflow(by: steps)
    guard !overflow else { throw ThalwegError(.shape, "TimeDistributed: an input of \(x.shape)") }
    let flat = try x.reshape(Dims([rows] + x.shape.dropFirst(2)))
    var outputs: [KerasValue] = []
    for output in try inner.call([KerasValue(flat)], []) {
      let y = output.tensor
      outputs.append(KerasValue(try y.reshape(Dims([batch, steps] + y.shape.dropFirst())), mask: input.mask))
    }
    return outputs
  }
}

extension KerasLayer {
  static func sequenceKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    switch config.className {
    case "SimpleRNN", "LSTM", "GRU", "RNN": try KerasRecurrence(config)
    case "Bidirectional": try KerasBidirectional(config)
    case "TimeDistributed": try KerasTimeDistributed(config)
    case "Masking": try KerasMasking(config)
    case "Attention", "AdditiveAttention": try KerasAttention(config)
    case "MultiHeadAttention": try KerasHeads(config)
    default: nil
    }
  }
}
