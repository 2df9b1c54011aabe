package import CKernels

/// An activation y = f(x) with up to two numbers that say its shape. A conforming type gives the kernels and the
/// derivative; the rest is here. Floats only.
package protocol ParametricActivation: Operation {
  static func kernel(_ activations: tk_activations) -> tk_activation
  /// g f'(x) in differentiable operations.
  static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor
}

extension ParametricActivation {
  package static func apply(_ x: Tensor, _ p: Double = 0, _ q: Double = 0) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    guard let loop = kernel(of: x.dtype).value else { throw unsupported(name, x.dtype) }
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    let (from, to, size, total) = (dense.address, y.address, x.dtype.size, x.numel)
    func run() { chunked(total, size) { start, count in loop(count, from + start, to + start, p, q) } }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime(dense) {}
    if Node.records(x) {
      let node = Node(Self.self, Attributes(number: p, secondNumber: q))
      try node.connect(x)
      node.save(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let x = try node.saved(0)
    let (p, q) = (node.attributes.number, node.attributes.secondNumber)
    guard !GradMode.isEnabled, let loop = kernel(of: x.dtype).gradient else {
      return try pass.send(try derivative(gradient, x, p, q), from: node, to: 0)
    }
    let (g, dense) = (try gradient.contiguous(), try x.contiguous())
    let dx = try Tensor.make(x.shape, x.dtype, for: name)
    let (slopes, from, to) = (g.address, dense.address, dx.address)
    let (size, total) = (x.dtype.size, x.numel)
    func run() {
      chunked(total, size) { start, count in loop(count, slopes + start, from + start, to + start, p, q) }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime((g, dense)) {}
    try pass.send(dx, from: node, to: 0)
  }

  private static func kernel(of dtype: DType) -> tk_activation {
    let table = kernels.pointee
    return kernel(dtype == .float64 ? table.f64.activations : table.f32.activations)
  }

  /// Calls `body(byte offset, elements)` for pieces of a tensor of `x`'s size, in parallel.
  private static func chunked(_ count: Int, _ size: Int, _ body: (Int, Int64) -> Void) {
    let chunk = StridedLoop.chunk(of: count)
    parallel((count + chunk - 1) / chunk) { piece in
      let first = piece &* chunk
      body(first &* size, Int64(min(chunk, count &- first)))
    }
  }
}
