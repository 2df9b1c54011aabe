import ThalwegCore

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
    let given = try layer.lookedAt(inputs)
    let (query, value, key) = (given.query.tensor, given.value.tensor, given.key.tensor)
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
    let (query, value, key) = try layer.lookedAt(inputs)
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

extension KerasLayer {
  /// Query [B, T, D], value [B, S, D] and key, which is the value where none is given.
  fileprivate func lookedAt(
    _ inputs: [KerasValue]
  ) throws(ThalwegError) -> (query: KerasValue, value: KerasValue, key: KerasValue) {
    guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.tensor.rank == 3 }) else {
      throw ThalwegError(
        .shape, "\(className): query, value and perhaps key are needed, of 3 dimensions")
    }
    return (inputs[0], inputs[1], inputs[inputs.count - 1])
  }
}
