package import CKernels

/// An elementwise operation y = f(a, b) with broadcasting and type promotion. A conforming type gives the kernel and
/// the two partial derivatives; the rest is here.
package protocol BinaryOperation: Operation {
  static var kernel: tk_binary { get }
  /// Whether the partial derivatives look at the operands (else only at the gradient).
  static var savesOperands: Bool { get }
  /// Whether integers are computed as float32 (true division).
  static var promotesIntegers: Bool { get }
  /// g ∂f/∂a and g ∂f/∂b at the broadcast shape, in differentiable operations. Where `savesOperands` is false, `a`
  /// and `b` are the gradient itself and not to be used.
  static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor
  static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor
}

extension BinaryOperation {
  package static var savesOperands: Bool { true }
  package static var promotesIntegers: Bool { false }

  package static func apply(_ first: Tensor, _ second: Tensor) throws(ThalwegError) -> Tensor {
    var dtype = DType.result(first, second)
    if promotesIntegers && !dtype.isFloat { dtype = .float32 }
    guard let loop = kernel[dtype] else { throw unsupported(name, dtype) }
    // References cost more than small sums do.
    if first.dtype == dtype, second.dtype == dtype { return try compute(loop, first, second, dtype) }
    return try compute(loop, first.to(dtype), second.to(dtype), dtype)
  }

  private static func compute(
    _ loop: tk_binary_loop, _ a: Tensor, _ b: Tensor, _ dtype: DType
  ) throws(ThalwegError) -> Tensor {
    let y = try broadcast(loop, a, b, output: dtype, name)
    if Node.records(a, b) {
      let node = Node(Self.self)
      try node.connect(a)
      try node.connect(b)
      if savesOperands {
        node.save(a)
        node.save(b)
      }
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let a = savesOperands ? try node.saved(0) : gradient
    let b = savesOperands ? try node.saved(1) : gradient
    if node.needs(0) { try pass.send(summed: derivativeA(gradient, a, b), from: node, to: 0) }
    if node.needs(1) { try pass.send(summed: derivativeB(gradient, a, b), from: node, to: 1) }
  }
}

/// One kernel over two tensors of one dtype, broadcast against each other, unrecorded.
package func broadcast(
  _ loop: tk_binary_loop, _ a: Tensor, _ b: Tensor, output: DType, _ name: StaticString
) throws(ThalwegError) -> Tensor {
  if a.shape == b.shape {
    let y = try Tensor.make(like: a, output, for: name)
    StridedLoop.binary(
      loop, y.shape, y.address, y.strides, output.size, a.address, a.strides, b.address, b.strides,
      a.dtype.size)
    return y
  }
  let shape = try Dims.broadcast(a.shape, b.shape, in: name)
  let y = try Tensor.make(shape, output, for: name)
  StridedLoop.binary(
    loop, shape, y.address, y.strides, output.size,
    a.address, a.strides(expandedTo: shape), b.address, b.strides(expandedTo: shape), a.dtype.size)
  return y
}

extension tk_binary {
  package subscript(_ dtype: DType) -> tk_binary_loop? {
    switch dtype {
    case .float32: f32
    case .float64: f64
    case .int64: i64
    case .int32: i32
    case .uint8: u8
    case .bool: boolean
    }
  }
}
