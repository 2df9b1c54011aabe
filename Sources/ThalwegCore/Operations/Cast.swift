import CKernels

/// to(x, dtype): the elements converted. Integers wrap. Float to integer truncates; out of range, where PyTorch's result is
/// undefined, it saturates (to uint8: as int32, which wraps), and NaN gives 0. To bool is x != 0.
/// Derivative: g converted back, between floats.
package enum Cast: Operation {
  package static let name: StaticString = "to"

  package static func apply(_ x: Tensor, _ dtype: DType) throws(ThalwegError) -> Tensor {
    guard let loop = kernels.pointee.cast(x.dtype.rawValue, dtype.rawValue) else {
      throw ThalwegError(.internal, "to: no conversion from \(x.dtype) to \(dtype)")
    }
    let y = try Tensor.make(x.shape, dtype, for: name)
    StridedLoop.unary(loop, x.shape, y.address, y.strides, dtype.size, x.address, x.strides, x.dtype.size)
    if dtype.isFloat && Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try gradient.to(node.inputDType(0)), from: node, to: 0)
  }
}

extension Tensor {
  /// This tensor itself if it has the dtype already, else a converted copy.
  public func to(_ dtype: DType) throws(ThalwegError) -> Tensor {
    dtype == self.dtype ? self : try Cast.apply(self, dtype)
  }

  /// A scalar for an operation between a tensor and a number: of the tensor's dtype; a fraction beside an integer
  /// tensor is float32.
  package static func number(_ value: Double, beside tensor: Tensor) throws(ThalwegError) -> Tensor {
    if tensor.dtype.isFloat { return try scalar(value, dtype: tensor.dtype) }
    guard value.rounded(.towardZero) == value else { return try scalar(value) }
    return try scalar(value, dtype: tensor.dtype == .bool ? .int64 : tensor.dtype)
  }
}
