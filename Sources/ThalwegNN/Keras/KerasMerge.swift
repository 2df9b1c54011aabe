import ThalwegCore

/// Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate and Dot.
struct KerasMerge: KerasKind {
  private let className: String
  private var axes: [Int] = [-1]
  private var normalizes = false
  private let countsInAll: Bool

  init(_ config: KerasConfig) throws(ThalwegError) {
    className = config.className
    countsInAll = try config.bool(KerasEra.countsInAll, false)
    if className == "Concatenate" { axes = [try config.int("axis", -1)] }
    if className == "Dot" {
      guard let found = try config.ints("axes", atMost: 2), !found.isEmpty else {
        throw config.wrong("axes", "one or two axes")
      }
      axes = [found[0], found[found.count - 1]]
      normalizes = try config.bool("normalize", false)
    }
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard let first = inputs.first, inputs.count >= 2 || className == "Concatenate",
      inputs.count == 2 || !["Dot", "Subtract"].contains(className)
    else { throw ThalwegError(.invalidArgument, "\(className): \(inputs.count) inputs") }
    if className == "Dot" { return [KerasValue(try dot(first.tensor, inputs[1].tensor))] }
    if className == "Concatenate" {
      var tensors: [Tensor] = []
      for input in inputs { tensors.append(input.tensor) }
      return [KerasValue(try Tensor.cat(tensors, dim: axes[0]), mask: try concatenatedMask(inputs))]
    }
    let rank = inputs.map(\.tensor.rank).max() ?? 0
    var result = try widened(first.tensor, rank)
    for input in inputs.dropFirst() {
      let next = try widened(input.tensor, rank)
      switch className {
      case "Subtract": result = try result - next
      case "Multiply": result = try result * next
      case "Maximum": result = try result.maximum(next)
      case "Minimum": result = try result.minimum(next)
      default: result = try result + next
      }
    }
    if className == "Average" { result = try result / Double(inputs.count) }
    var mask = inputs.contains { $0.mask == nil } ? nil : first.mask
    for input in inputs.dropFirst() {
      guard let one = mask, let other = input.mask else { continue }
      mask = try countsInAll ? one.logicalAnd(other) : one.logicalOr(other)
    }
    return [KerasValue(result, mask: mask)]
  }

  /// With dimensions of 1 behind the batch, up to the rank of the others.
  private func widened(_ x: Tensor, _ rank: Int) throws(ThalwegError) -> Tensor {
    var y = x
    while y.rank < rank, y.rank >= 1 { y = try y.unsqueeze(1) }
    return y
  }

  private func concatenatedMask(_ inputs: [KerasValue]) throws(ThalwegError) -> Tensor? {
    guard inputs.contains(where: { $0.mask != nil }) else { return nil }
    return try noGrad { () throws(ThalwegError) in
      var masks: [Tensor] = []
      for input in inputs {
        var mask =
          if let mask = input.mask { mask } else { try Tensor.ones(input.tensor.shape, dtype: .bool) }
        while mask.rank < input.tensor.rank { mask = try mask.unsqueeze(-1) }
        masks.append(try mask.expand(input.tensor.shape))
      }
      let joined = try Tensor.cat(masks, dim: axes[0])
      return try countsInAll ? joined.all([-1]) : joined.any([-1])
    }
  }

  private func dot(_ first: Tensor, _ second: Tensor) throws(ThalwegError) -> Tensor {
    let i = try Dims.resolve(axes[0], rank: first.rank, in: "Dot")
    let j = try Dims.resolve(axes[1], rank: second.rank, in: "Dot")
    guard i > 0, j > 0, first.rank >= 2, second.rank >= 2, first.shape[i] == second.shape[j],
      first.shape[0] == second.shape[0]
    else {
      throw ThalwegError(.shape, "Dot: inputs of \(first.shape) and \(second.shape) along \(axes)")
    }
    var (a, b) = (first, second)
    if normalizes {
      a = try a / (a * a).sum([i], keepDim: true).clamp(min: 1e-12).sqrt()
      b = try b / (b * b).sum([j], keepDim: true).clamp(min: 1e-12).sqrt()
    }
    a = try a.moved(i, to: a.rank - 1)
    b = try b.moved(j, to: 1)
    let rows = Array(a.shape)[1..<(a.rank - 1)], columns = Array(b.shape)[2...]
    let (batch, length) = (a.shape[0], a.shape[a.rank - 1])
    let left = try a.reshape([batch, KerasReshape.product(rows), length])
    let right = try b.reshape([batch, length, KerasReshape.product(columns)])
    let shape = [batch] + rows + columns
    return try left.matmul(right).reshape(Dims(shape.count == 1 ? [batch, 1] : shape))
  }
}

extension KerasLayer {
  static func mergeKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    switch config.className {
    case "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot":
      try KerasMerge(config)
    default: nil
    }
  }
}
