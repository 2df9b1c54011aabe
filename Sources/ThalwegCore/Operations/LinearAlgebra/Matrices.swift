/// The matrices in the last two dimensions of a tensor, for the algorithms of `Dense`.
extension Tensor {
  /// A float64 copy, row-major, without derivatives.
  func doubles() throws(ThalwegError) -> Tensor {
    try dtype == .float64 ? detach().clone() : detach().to(.float64).contiguous()
  }

  var numbers: Dense.Numbers { data.assumingMemoryBound(to: Double.self) }

  var rows: Int { shape[rank - 2] }
  var columns: Int { shape[rank - 1] }
  var batchShape: Dims { Dims(shape.dropLast(2)) }
  var mT: Tensor { get throws(ThalwegError) { try transpose(-2, -1) } }

  /// The batch with other last dimensions.
  func batch(_ last: Int...) -> Dims { Dims(Array(batchShape) + last) }

  func checkMatrices(square: Bool = false, in function: StaticString) throws(ThalwegError) {
    guard rank >= 2 else {
      throw ThalwegError(.shape, "\(function): shape \(shape); at least two dimensions are needed")
    }
    guard dtype.isFloat else { throw unsupported(function, dtype) }
    guard !square || rows == columns else {
      throw ThalwegError(.shape, "\(function): shape \(shape); the matrices must be square")
    }
  }

  /// Both with the batch dimensions that theirs broadcast to, and one dtype.
  static func broadcastBatches(
    _ a: Tensor, _ b: Tensor, in function: StaticString
  ) throws(ThalwegError) -> (Tensor, Tensor) {
    guard a.dtype == b.dtype else {
      throw ThalwegError(.dtype, "\(function): \(a.dtype) and \(b.dtype) given; both must be of one dtype")
    }
    let common = try Dims.broadcast(a.batchShape, b.batchShape, in: function)
    return (
      try a.expand(Dims(Array(common) + [a.rows, a.columns])),
      try b.expand(Dims(Array(common) + [b.rows, b.columns]))
    )
  }

  /// This product plus its transpose.
  func plusTransposed() throws(ThalwegError) -> Tensor { try self + mT }
}

extension Dense {
  /// Calls `body(i)` for each of `count` matrices, in parallel.
  /// - Returns: the first for which it was false; nil if it was true for all.
  static func each(_ count: Int, _ body: (Int) -> Bool) -> Int? {
    let failed = UnsafeMutablePointer<Bool>.allocate(capacity: max(1, count))
    failed.initialize(repeating: false, count: max(1, count))
    defer { failed.deallocate() }
    parallel(count) { i in failed[i] = !body(i) }
    return (0..<count).first { failed[$0] }
  }
}
