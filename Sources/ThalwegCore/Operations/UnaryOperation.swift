package import CKernels

/// What an operation on one tensor keeps for its derivative.
package enum SavedOperand {
  case nothing, input, output
}

/// An elementwise operation y = f(x). A conforming type gives the kernel and the derivative; the rest is here.
package protocol UnaryOperation: Operation {
  static var kernel: tk_unary { get }
  /// Which tensor `derivative` is a function of.
  static var saves: SavedOperand { get }
  /// g f'(x), from x or y, whichever `saves` says, in differentiable operations.
  static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor
  /// The same as one kernel, for passes that are not recorded.
  static var derivativeKernel: tk_binary? { get }
  /// Whether integers are computed as float32, as PyTorch does for exp and its like.
  static var promotesIntegers: Bool { get }
}

extension UnaryOperation {
  package static var derivativeKernel: tk_binary? { nil }
  package static var promotesIntegers: Bool { true }

  package static func apply(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let x = promotesIntegers && !input.dtype.isFloat ? try input.to(.float32) : input
    guard let loop = kernel[x.dtype] else { throw unsupported(name, x.dtype) }
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    StridedLoop.unary(loop, x.shape, y.address, y.strides, x.dtype.size, x.address, x.strides, x.dtype.size)
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      switch saves {
      case .nothing: break
      case .input: node.save(x)
      case .output: node.save(y, isOutput: true)
      }
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let saved = saves == .nothing ? gradient : try node.saved(0)
    if !GradMode.isEnabled, let loop = derivativeKernel?[gradient.dtype] {
      try pass.send(try elementwise(loop, gradient, saved, name), from: node, to: 0)
    } else {
      try pass.send(try derivative(gradient, saved), from: node, to: 0)
    }
  }
}

/// One kernel over two tensors of the same shape and dtype, unrecorded.
package func elementwise(
  _ loop: tk_binary_loop, _ a: Tensor, _ b: Tensor, _ name: StaticString
) throws(ThalwegError) -> Tensor {
  let y = try Tensor.make(a.shape, a.dtype, for: name)
  StridedLoop.binary(
    loop, a.shape, y.address, y.strides, a.dtype.size, a.address, a.strides, b.address, b.strides,
    a.dtype.size)
  return y
}

package func unsupported(_ function: StaticString, _ dtype: DType) -> ThalwegError {
  ThalwegError(.dtype, "\(function): tensors of \(dtype) are not supported; convert with to()")
}

extension tk_unary {
  package subscript(_ dtype: DType) -> tk_unary_loop? {
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
