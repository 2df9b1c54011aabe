/// var(x, dims, correction) = Σ (x - mean)² / max(0, n - correction) over `dims` (none given: all), n elements a result.
/// In two passes, so that nothing cancels. Floats. Where n <= correction: NaN or infinity.
/// Derivative: 2 g (x - mean) / max(0, n - correction).
package enum Variance: Operation {
  package static let name: StaticString = "var"

  package static func apply(
    _ x: Tensor, _ dims: Dims, correction: Double, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    let attributes = try attributes(x, dims, correction, name)
    let y = try value(x, attributes, keepDim: keepDim)
    if Node.records(x) {
      let node = Node(Self.self, attributes)
      try node.connect(x)
      node.save(x)
      try y.attach(node)
    }
    return y
  }

  /// The shape with the dimensions kept, the dimensions, and the degrees of freedom.
  fileprivate static func attributes(
    _ x: Tensor, _ dims: Dims, _ correction: Double, _ name: StaticString
  ) throws(ThalwegError) -> Attributes {
    guard x.dtype.isFloat else {
      throw ThalwegError(
        .dtype, "\(name): the tensor is \(x.dtype); only floats have a variance, convert with to()")
    }
    let over = try ReducedDims(x.shape, dims, in: name)
    return Attributes(
      dims: over.shape(keepDim: true), extra: over.dims, number: max(0, Double(over.count) - correction))
  }

  /// Unrecorded.
  fileprivate static func value(
    _ x: Tensor, _ attributes: Attributes, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      let difference = try x - x.mean(attributes.extra, keepDim: true)
      return try (difference * difference).sum(attributes.extra, keepDim: keepDim) / attributes.number
    }
  }

  fileprivate static func derivative(
    _ g: Tensor, _ x: Tensor, _ attributes: Attributes
  ) throws(ThalwegError) -> Tensor {
    let scale = try g.reshape(attributes.dims) * (2 / attributes.number)
    return try (x - x.mean(attributes.extra, keepDim: true)) * scale
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try derivative(gradient, node.saved(0), node.attributes), from: node, to: 0)
  }
}

/// std(x, dims, correction): the square root of `Variance`.
/// Derivative: its derivative for g / 2y, 0 where y = 0 (as PyTorch).
package enum StandardDeviation: Operation {
  package static let name: StaticString = "std"

  package static func apply(
    _ x: Tensor, _ dims: Dims, correction: Double, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    let attributes = try Variance.attributes(x, dims, correction, name)
    let y = try noGrad { () throws(ThalwegError) in
      try Variance.value(x, attributes, keepDim: keepDim).sqrt()
    }
    if Node.records(x) {
      let node = Node(Self.self, attributes)
      try node.connect(x)
      node.save(x)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, y) = (try node.saved(0), try node.saved(1))
    let share = try gradient.quotient(y) * 0.5
    try pass.send(try Variance.derivative(share, x, node.attributes), from: node, to: 0)
  }
}

extension Tensor {
  /// - Parameter correction: what is taken off the number of elements; 1 is Bessel's.
  public func variance(
    _ dims: Dims = [], correction: Double = 1, keepDim: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try Variance.apply(self, dims, correction: correction, keepDim: keepDim)
  }

  /// See `variance`.
  public func standardDeviation(
    _ dims: Dims = [], correction: Double = 1, keepDim: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try StandardDeviation.apply(self, dims, correction: correction, keepDim: keepDim)
  }

  /// self / divisor, but 0 where the divisor is 0; so are its derivatives.
  package func quotient(_ divisor: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: dtype)
    let isZero = try divisor.equal(zero)
    let one = try Tensor.scalar(1, dtype: dtype)
    return try Tensor.where(isZero, zero, self / Tensor.where(isZero, one, divisor))
  }
}
