package import CKernels

/// softmax(x, dim): e^(x - max) / sum e^(x - max) along `dim`; floats only.
/// Derivative: y (g - sum(g y)).
package enum Softmax: RowOperation {
  package static let name: StaticString = "softmax"

  package static func forward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer
  ) {
    rows.softmax(count, length, x, y)
  }
  package static func backward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ y: UnsafeRawPointer, _ g: UnsafeRawPointer,
    _ dx: UnsafeMutableRawPointer
  ) {
    rows.softmax_backward(count, length, y, g, dx)
  }
  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try y * (g - (g * y).sum([-1], keepDim: true))
  }
}

/// log_softmax(x, dim): x - max - log sum e^(x - max) along `dim`; floats only.
/// Derivative: g - e^y sum(g).
package enum LogSoftmax: RowOperation {
  package static let name: StaticString = "log_softmax"

  package static func forward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer
  ) {
    rows.log_softmax(count, length, x, y)
  }
  package static func backward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ y: UnsafeRawPointer, _ g: UnsafeRawPointer,
    _ dx: UnsafeMutableRawPointer
  ) {
    rows.log_softmax_backward(count, length, y, g, dx)
  }
  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g - y.exp() * g.sum([-1], keepDim: true)
  }
}

/// An operation on the vectors along one dimension, whose derivative is a function of its result.
package protocol RowOperation: Operation {
  static func forward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer)
  static func backward(
    _ rows: tk_rows, _ count: Int64, _ length: Int64, _ y: UnsafeRawPointer, _ g: UnsafeRawPointer,
    _ dx: UnsafeMutableRawPointer)
  static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor
}

extension RowOperation {
  /// The vectors lie along the last dimension once `apply` has moved theirs there; so do those of the derivative.
  package static func apply(_ x: Tensor, _ dim: Int) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(name): the tensor is \(x.dtype); it must be float32 or float64")
    }
    let axis = try Dims.resolve(dim, rank: x.rank, in: name)
    if x.rank == 0 { return try apply(x.reshape([1]), 0).reshape([]) }
    let last = x.rank - 1
    if axis != last { return try apply(x.transpose(axis, last), last).transpose(axis, last) }
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    let (from, to, shape, dtype) = (dense.address, y.address, x.shape, x.dtype)
    func run() {
      perRow(shape, dtype) { rows, start, count, length in
        forward(rows, count, length, from + start, to + start)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime(dense) {}
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let y = try node.saved(0)
    if GradMode.isEnabled {
      try pass.send(try derivative(gradient, y), from: node, to: 0)
      return
    }
    let g = try gradient.contiguous()
    let dx = try Tensor.make(y.shape, y.dtype, for: name)
    let (from, slopes, to, shape, dtype) = (y.address, g.address, dx.address, y.shape, y.dtype)
    func run() {
      perRow(shape, dtype) { rows, start, count, length in
        backward(rows, count, length, from + start, slopes + start, to + start)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime((y, g)) {}
    try pass.send(dx, from: node, to: 0)
  }

  /// Calls `body(kernels, byte offset of the first row, rows, length)` for chunks of rows, in parallel.
  private static func perRow(
    _ shape: Dims, _ dtype: DType, _ body: (tk_rows, Int, Int64, Int64) -> Void
  ) {
    let length = shape[shape.count - 1]
    let count = length == 0 ? 0 : shape.product / length
    let rows = dtype == .float64 ? kernels.pointee.f64.rows : kernels.pointee.f32.rows
    let chunk = StridedLoop.isBeyondCaches(shape.product) ? Int(TK_STREAM) &+ length &- 1 : 4096
    let rowsAChunk = max(1, chunk / max(1, length))
    parallel((count + rowsAChunk - 1) / rowsAChunk) { chunk in
      let first = chunk &* rowsAChunk
      body(rows, first &* length &* dtype.size, Int64(min(rowsAChunk, count &- first)), Int64(length))
    }
  }
}

extension Tensor {
  public func softmax(_ dim: Int) throws(ThalwegError) -> Tensor { try Softmax.apply(self, dim) }
  public func logSoftmax(_ dim: Int) throws(ThalwegError) -> Tensor { try LogSoftmax.apply(self, dim) }
}
