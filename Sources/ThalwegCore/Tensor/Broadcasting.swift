extension Dims {
  /// The shape that two shapes broadcast to: aligned at the last dimension, sizes equal or one of them 1 (NumPy's rule).
  package static func broadcast(
    _ a: Dims, _ b: Dims, in function: StaticString
  ) throws(ThalwegError) -> Dims {
    var result = a.count >= b.count ? a : b
    for i in 1..<(result.count + 1) {
      let x = i <= a.count ? a[a.count - i] : 1
      let y = i <= b.count ? b[b.count - i] : 1
      guard x == y || x == 1 || y == 1 else {
        throw ThalwegError(
          .shape,
          """
          \(function): the shapes \(a) and \(b) do not broadcast: aligned at the last dimension, sizes must be equal \
          or 1, not \(x) and \(y)
          """)
      }
      result[result.count - i] = x == 1 ? y : x
    }
    return result
  }
}

extension Tensor {
  /// This tensor's strides seen at a shape that its own broadcasts to: 0 along the repeated dimensions.
  package func strides(expandedTo target: Dims) -> Dims {
    if target == shape { return strides }
    var result = Dims(repeating: 0, count: target.count)
    let shift = target.count - rank
    for i in shape.indices where shape[i] == target[i + shift] { result[i + shift] = strides[i] }
    return result
  }

  /// The sum over the dimensions along which `target` was repeated to get this shape: the derivative of broadcasting.
  package func sum(to target: Dims) throws(ThalwegError) -> Tensor {
    if shape == target { return self }
    let shift = rank - target.count
    var dims = Dims()
    for i in shape.indices where i < shift || (target[i - shift] == 1 && shape[i] != 1) { dims.append(i) }
    return try sum(dims, keepDim: true).reshape(target)
  }
}
