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

/// Attention and AdditiveAttention: inputs query [B, T, D], value [B, S, D] and perhaps key.
struct KerasAttention: KerasKind {
  private let isAdditive: Bool
  private let isConcat: Bool
  private let scales: Bool
  private let dropout: Double

  init(_ config: KerasConfig) throws(ThalwegError) {
    isAdditive = config.className == "AdditiveAttention"
    scales = try config.bool("use_scale", isAdditive)
    isConcat = isAdditive ? false : try config.string("score_mode", "dot", of: ["dot", "concat"]) == "concat"
    dropout = try config.double("dropout", 0)
    guard dropout >= 0, dropout <= 1 else { throw config.wrong("dropout", "from 0 to 1") }
  }

  var weights: [KerasWeight] {
    var result: [KerasWeight] = []
    if scales {
      result.append(KerasWeight(name: "scale", members: ["scale"], shape: isAdditive ? [nil] : []))
    }
    if isConcat {
      result.append(KerasWeight(name: "concat_score_weight", members: ["concat_score_weight"], shape: []))
    }
    return result
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.tensor.rank == 3 }) else {
      throw ThalwegError(
        .shape, "\(layer.className): query, value and perhaps key are needed, of 3 dimensions")
    }
    let (query, value, key) = (inputs[0].tensor, inputs[1].tensor, inputs[inputs.count - 1].tensor)
    let scale = layer.parameter("scale")
    var scores: Tensor
    if isAdditive || isConcat {
      let sum = try query.unsqueeze(2) + key.unsqueeze(1)
      if isAdditive {
        let bent = try sum.tanh()
        scores = if let scale { try (bent * scale).sum([-1]) } else { try bent.sum([-1]) }
      } else {
        let scaled = if let scale { try sum * scale } else { sum }
        scores = try scaled.tanh().sum([-1]) * layer.requiredParameter("concat_score_weight")
      }
    } else {
      scores = try query.matmul(key.transpose(1, 2))
      if let scale { scores = try scores * scale }
    }
    let allowed = try noGrad { () throws(ThalwegError) -> Tensor? in
      let causal = options.contains(.causal) ? try KerasHeads.causal(query.shape[1], value.shape[1]) : nil
      return try KerasHeads.both(causal, try inputs[1].mask?.unsqueeze(1))
    }
    if let allowed { scores = try Tensor.where(allowed, scores, scores - 1e9) }
    var shares = try scores.softmax(-1)
    if layer.isTraining { shares = try shares.dropout(dropout) }
    var output = try shares.matmul(value)
    if let mask = inputs[0].mask {
      output = try Tensor.where(mask.unsqueeze(2), output, Tensor.scalar(0, dtype: output.dtype))
    }
    var result = [KerasValue(output, mask: inputs[0].mask)]
    if options.contains(.returnsScores) { result.append(KerasValue(shares)) }
    return result
  }
}

/// MultiHeadAttention over the steps of sequences: query [B, T, E], value [B, S, F], perhaps key.
struct KerasHeads: KerasKind {
  private let heads: Int
  private let keySize: Int
  private let valueSize: Int
  private let hasBias: Bool
  private let dropout: Double
  private let outputSize: Int?

  init(_ config: KerasConfig) throws(ThalwegError) {
    heads = try config.size("num_heads")
    keySize = try config.size("key_dim")
    valueSize = try config.size("value_dim", keySize)
    hasBias = try config.bool("use_bias", true)
    dropout = try config.double("dropout", 0)
    guard dropout >= 0, dropout <= 1 else { throw config.wrong("dropout", "from 0 to 1") }
    let output = try config.ints("output_shape")
    guard output?.count ?? 1 == 1 else { throw config.wrong("output_shape", "one size") }
    outputSize = output?[0]
    // Keras writes down which axes it found: those of the sequences, the only ones here.
    guard try config.ints("attention_axes") ?? [1] == [1] else {
      throw config.wrong("attention_axes", "1")
    }
    for name in ["query_shape", "key_shape", "value_shape"] { _ = config.value(name) }
  }

  var weights: [KerasWeight] {
    var result: [KerasWeight] = []
    for (name, size) in [("query", keySize), ("key", keySize), ("value", valueSize)] {
      result.append(
        KerasWeight(
          name: "\(name)_kernel", group: "\(name)_dense", members: ["\(name)_weight"],
          shape: [nil, heads, size]))
      if hasBias {
        result.append(
          KerasWeight(
            name: "\(name)_bias", group: "\(name)_dense", members: ["\(name)_bias"], shape: [heads, size]))
      }
    }
    result.append(
      KerasWeight(
        name: "output_kernel", group: "output_dense", members: ["output_weight"],
        shape: [heads, valueSize, outputSize]))
    if hasBias {
      result.append(
        KerasWeight(name: "output_bias", group: "output_dense", members: ["output_bias"], shape: [outputSize])
      )
    }
    return result
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.tensor.rank == 3 }) else {
      throw ThalwegError(
        .shape, "MultiHeadAttention: query, value and perhaps key are needed, of 3 dimensions")
    }
    let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
    let q = try project(layer, "query", query.tensor, keySize),
      k = try project(layer, "key", key.tensor, keySize)
    let v = try project(layer, "value", value.tensor, valueSize)
    var scores = try (q / Double(keySize).squareRoot()).matmul(k.transpose(2, 3))
    let allowed = try noGrad { () throws(ThalwegError) -> Tensor? in
      var mask =
        options.contains(.causal) ? try KerasHeads.causal(query.tensor.shape[1], value.tensor.shape[1]) : nil
      mask = try KerasHeads.both(mask, try query.mask?.unsqueeze(2))
      mask = try KerasHeads.both(mask, try value.mask?.unsqueeze(1))
      if inputs.count == 3 { mask = try KerasHeads.both(mask, try key.mask?.unsqueeze(1)) }
      return try mask?.unsqueeze(1)
    }
    if let allowed { scores = try Tensor.where(allowed, scores, Tensor.scalar(-1e9, dtype: scores.dtype)) }
    var shares = try scores.softmax(-1)
    // Where a step may see none, Keras has all shares equal; zeros where it gives them out or drops some.
    if let allowed, dropout > 0 || options.contains(.returnsScores) {
      shares = try Tensor.where(allowed, shares, Tensor.scalar(0, dtype: shares.dtype))
    }
    let dropped = layer.isTraining ? try shares.dropout(dropout) : shares
    let mixed = try dropped.matmul(v).transpose(1, 2)
    let weight = try layer.requiredParameter("output_weight")
    let flat = try mixed.reshape([mixed.shape[0], mixed.shape[1], heads * valueSize])
    var output = try flat.matmul(weight.reshape([heads * valueSize, weight.shape[2]]))
    if let bias = layer.parameter("output_bias") { output = try output + bias }
    var result = [KerasValue(output, mask: query.mask)]
    if options.contains(.returnsScores) { result.append(KerasValue(shares)) }
    return result
  }

  /// [B, heads, T, size].
  private func project(
    _ layer: KerasLayer, _ name: String, _ input: Tensor, _ size: Int
  ) throws(ThalwegError) -> Tensor {
    let x = try input.asFloat(layer)
    let weight = try layer.requiredParameter("\(name)_weight")
    let (width, overflow) = heads.multipliedReportingOverflow(by: size)
    guard !overflow else { throw ThalwegError(.shape, "MultiHeadAttention: too many heads") }
    var y = try x.matmul(weight.reshape([weight.shape[0], width]))
    if let bias = layer.parameter("\(name)_bias") { y = try y + bias.reshape([width]) }
    return try y.reshape([x.shape[0], x.shape[1], heads, size]).transpose(1, 2)
  }

  /// [1, T, S]: whether a step may see another, which must not be behind it.
  static func causal(_ rows: Int, _ columns: Int) throws(ThalwegError) -> Tensor {
    try Tensor.ones([1, rows, columns], dtype: .bool).tril()
  }

  static func both(_ a: Tensor?, _ b: Tensor?) throws(ThalwegError) -> Tensor? {
    guard let a, let b else { return a ?? b }
    return try a.logicalAnd(b)
  }
}
