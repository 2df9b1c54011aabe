/// Q and R of tall matrices A = Q R [..., m, n], m >= n, side by side in one: Q, m n numbers, then R, n n numbers.
/// Householder's reflections, so that R's diagonal has the signs that LAPACK gives it.
/// Derivative: (ḡQ + Q copyltu(R ḡRᵀ - ḡQᵀ Q)) R⁻ᵀ, copyltu the lower triangle mirrored. Walter, Lehmann and Lamour 2012.
package enum QR: Operation {
  package static let name: StaticString = "qr"

  package static func apply(_ a: Tensor) throws(ThalwegError) -> Tensor {
    let n = a.columns
    let (q, r) = try factors(a, a.rows >= n ? n : a.rows)
    let y = try pack(q, r)
    if Node.records(a) {
      let node = Node(Self.self, Attributes(index: n))
      try node.connect(a)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  /// Q [..., m, columns] and R [..., columns, n], without derivatives.
  static func factors(_ a: Tensor, _ columns: Int) throws(ThalwegError) -> (q: Tensor, r: Tensor) {
    let (m, n) = (a.rows, a.columns)
    let parts = try Recording.tensors { () throws(ThalwegError) in
      let work = try a.doubles()
      let (q, r) = (
        try Tensor.make(a.batch(m, columns), .float64, for: name),
        try Tensor.zeros(a.batch(columns, n), dtype: .float64)
      )
      let length = max(n, columns)
      let (f, x, y) = (work.numbers, q.numbers, r.numbers)
      let lapack = LAPACK.suited(m, n, from: 48)
      let size = lapack == nil ? 2 &* length : LAPACK.qrSize(m, n, columns)
      let failed = try Dense.each(a.batchShape.product, size: size, for: name) { i, work in
        let (f, x) = (f + i &* m &* n, x + i &* m &* columns)
        if let lapack {
          if !lapack.qr(f, m, n, x, columns, work) { return false }
        } else {
          Dense.qr(f, m, n, work, work + length)
          Dense.formQ(f, m, n, work, min(m, n), x, columns, work + length)
        }
        for row in 0..<min(columns, m) {
          for j in row..<max(row, n) { y[(i &* columns &+ row) &* n &+ j] = f[row &* n &+ j] }
        }
        return true
      }
      withExtendedLifetime(work) {}
      if failed != nil { throw ThalwegError(.internal, "linalg.qr: LAPACK refused the matrix") }
      return [try q.to(a.dtype), try r.to(a.dtype)]
    }
    return (parts[0], parts[1])
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let n = node.attributes.index
    let m = node.inputShape(0)[node.inputShape(0).count - 2]
    let (q, r) = try unpack(node.saved(0), m, n)
    let (gq, gr) = try unpack(gradient, m, n)
    let inner = try r.matmul(gr.mT) - gq.mT.matmul(q)
    let mirrored = try inner.tril() + inner.tril(-1).mT
    let left = try gq + q.matmul(mirrored)
    try pass.send(try r.mT.solveTriangular(left, upper: false, left: false), from: node, to: 0)
  }

  static func pack(_ q: Tensor, _ r: Tensor) throws(ThalwegError) -> Tensor {
    try .cat(
      [
        q.reshape(Dims(Array(q.batchShape) + [q.rows * q.columns])),
        r.reshape(Dims(Array(r.batchShape) + [r.rows * r.columns])),
      ], dim: -1)
  }

  static func unpack(_ packed: Tensor, _ m: Int, _ n: Int) throws(ThalwegError) -> (q: Tensor, r: Tensor) {
    let last = packed.rank - 1
    return (
      try packed.slice(-1, 0, m * n).unflatten(last, [m, n]),
      try packed.slice(-1, m * n, m * n + n * n).unflatten(last, [n, n])
    )
  }
}

/// Which parts of Q and R `qr` returns. Raw values are the C interface's `TW_QR_REDUCED` ...
public enum QRMode: Int32, Sendable {
  /// Q [..., m, k] and R [..., k, n], k the smaller of m and n.
  case reduced = 0
  /// Q [..., m, m] and R [..., m, n].
  case complete = 1
  /// Q without elements and R [..., k, n]; without a derivative.
  case r = 2
}

extension Tensor {
  /// Q with orthonormal columns and R, upper triangular, with Q R = A.
  /// - Throws: `.autograd` for a derivative that does not exist: mode r, and complete for tall matrices.
  public func qr(_ mode: QRMode = .reduced) throws(ThalwegError) -> (q: Tensor, r: Tensor) {
    try checkMatrices(in: "linalg.qr")
    let (m, n) = (rows, columns)
    if mode == .complete && m > n || mode == .r {
      guard !(requiresGrad && GradMode.isEnabled) else {
        throw ThalwegError(
          .autograd,
          "linalg.qr: mode \(mode) of matrices of shape \(shape) has no derivative; use mode reduced")
      }
      let (q, r) = try QR.factors(self, mode == .r ? Swift.min(m, n) : m)
      return (mode == .r ? try Tensor.empty([0], dtype: dtype) : q, r)
    }
    if m >= n { return try QR.unpack(QR.apply(self), m, n) }
    // A wide matrix: its left square is factored, and Q turns the rest.
    let (q, r) = try QR.unpack(QR.apply(slice(-1, 0, m)), m, m)
    return (q, try .cat([r, q.mT.matmul(slice(-1, m, n))], dim: -1))
  }
}
