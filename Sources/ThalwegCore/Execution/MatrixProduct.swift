import CKernels

/// One matrix operand: element (i, j) is at data[i * rowStride + j * columnStride].
package struct Matrix {
  package let data: UnsafeMutableRawPointer
  package let rowStride: Int
  package let columnStride: Int

  package init(_ data: UnsafeMutableRawPointer, rowStride: Int, columnStride: Int) {
    self.data = data
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// What happens to the product on its way to memory: c = activation(a b + bias).
package struct ProductEpilogue {
  package var bias: UnsafeRawPointer?
  package var biasKind = Int32(TK_BIAS_NONE)
  package var activation = Int32(TK_ACTIVATION_NONE)
  /// Add to what the target holds instead of overwriting it.
  package var accumulates = false

  package init() {}
}

/// The general matrix product over the kernels' tiles.
package enum MatrixProduct {
  /// Up to this many multiply-adds nothing is worth more than a loop.
  private static let smallLimit = 32 * 32 * 32
  /// Multiply-adds that make a piece of work: a few microseconds. More than `pieceLimit` of them are no use, or than twice
  /// as many where pieces pack nothing.
  private static let pieceSize = 160_000
  private static let pieceLimit = 16
  /// The same of a matrix times a vector, which does nothing but wait for memory.
  private static let vectorPieceSize = 65_536
  /// The longest sums that a tile makes at once, and the elements of A that a piece goes over for each strip of B:
  /// half of a second-level cache of 1 MiB.
  private static let depthLimit = 512
  private static let leftLimit = 131_072

  /// Whether a product packs the strips of B that it needs.
  package static func packs(m: Int, n: Int, k: Int, _ b: Matrix) -> Bool {
    m > 1 && n > 1 && b.columnStride != 1 && m &* n &* k > smallLimit
  }

  /// How much memory all strips of B take, and what makes them.
  package static func packedBytes(_ dtype: DType, n: Int, k: Int) -> Int {
    let nr = Int(dtype == .float64 ? kernels.pointee.f64.gemm.nr : kernels.pointee.f32.gemm.nr)
    return (n + nr - 1) / nr * nr * k * dtype.size
  }

  package static func pack(_ dtype: DType, n: Int, k: Int, _ b: Matrix, to packed: UnsafeMutableRawPointer) {
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let (nr, size) = (Int(gemm.nr), dtype.size)
    parallel((n + nr - 1) / nr) { strip in
      let first = strip &* nr
      gemm.pack_b(
        Int64(k), Int64(min(nr, n &- first)), b.data + first &* b.columnStride &* size, Int64(b.rowStride),
        Int64(b.columnStride), packed + first &* k &* size)
    }
  }

  /// c[m, n] = a[m, k] b[k, n] of float32 or float64; c's columns are contiguous, its rows `ldc` apart.
  ///
  /// C is cut into pieces that any thread may take, by shape alone; the sums over k run in one order whatever the threads
  /// do. A is read where it lies, and so is B, strip by strip, if its columns lie side by side; else each piece packs
  /// the strips that it needs.
  /// - Parameter packed: all strips of B, if `packs` says that they are needed and somebody has them.
  package static func run(
    _ dtype: DType, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, packed: UnsafeRawPointer? = nil,
    _ c: UnsafeMutableRawPointer, ldc: Int, _ epilogue: ProductEpilogue, for function: StaticString
  ) throws(ThalwegError) {
    if m == 0 || n == 0 { return }
    func run() throws(ThalwegError) {
      try multiply(dtype, m, n, k, a, b, packed, c, ldc, epilogue, function)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
  }

  private static func multiply(
    _ dtype: DType, _ m: Int, _ n: Int, _ k: Int, _ a: Matrix, _ b: Matrix, _ packed: UnsafeRawPointer?,
    _ c: UnsafeMutableRawPointer, _ ldc: Int, _ epilogue: ProductEpilogue, _ function: StaticString
  ) throws(ThalwegError) {
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let product = Product(
      gemm: gemm, size: dtype.size, k: k, a: a, b: b, packed: packed, c: c, ldc: ldc, epilogue: epilogue)
    if m == 1 || n == 1 {
      // Where the matrix is read across its rows these go on for long stretches.
      let pieces = max(1, min(pieceLimit, m &* n &* k / vectorPieceSize))
      let isAlongRows = m == 1 ? b.rowStride == 1 : a.columnStride == 1
      let unit = isAlongRows ? 4 : 512
      let length = ((m &* n + pieces - 1) / pieces + unit - 1) / unit * unit
      parallel((m &* n + length - 1) / length) { piece in
        let first = piece &* length, count = min(length, m &* n &- first)
        if m == 1 { product.small(0, 1, first, count) } else { product.small(first, count, 0, 1) }
      }
    } else if k == 0 || m &* n &* k <= smallLimit {
      product.small(0, m, 0, n)
    } else {
      let (mr, nr) = (Int(gemm.mr), Int(gemm.nr))
      let slabs = (k + depthLimit - 1) / depthLimit
      let depth = (k + slabs - 1) / slabs
      let isInPlace = packed != nil || b.columnStride == 1 && n % nr == 0
      let wanted = max(1, min(isInPlace ? 2 * pieceLimit : pieceLimit, m &* n &* k / pieceSize))
      let strips = (n + nr - 1) / nr
      let stripsEach = (strips + wanted - 1) / wanted
      let columnPieces = (strips + stripsEach - 1) / stripsEach
      // Few rows would not make up for the packing of B.
      let rowPieces = max(1, min(wanted / columnPieces, m / 32))
      let rows = min((m + rowPieces - 1) / rowPieces, leftLimit / depth)
      let rowsEach = (rows + mr - 1) / mr * mr
      let rowBlocks = (m + rowsEach - 1) / rowsEach
      let scratchSize = isInPlace ? 0 : depth * nr * dtype.size
      let scratch = try Workspace(columnPieces * rowBlocks * scratchSize, for: function)
      let base = scratch.base
      // A thread has neighbouring pieces: those that share the larger operand, of which its core's cache then holds a part.
      let isByRows = m >= n
      parallel(columnPieces &* rowBlocks) { piece in
        let row = (isByRows ? piece / columnPieces : piece % rowBlocks) &* rowsEach
        let column = (isByRows ? piece % columnPieces : piece / rowBlocks) &* stripsEach &* nr
        product.tiles(
          row, min(rowsEach, m &- row), column, min(stripsEach &* nr, n &- column), depth,
          base + piece &* scratchSize)
      }
    }
  }
}

/// What all pieces of a product have in common.
private struct Product {
  let gemm: tk_gemm
  let size, k: Int
  let a, b: Matrix
  let packed: UnsafeRawPointer?
  let c: UnsafeMutableRawPointer
  let ldc: Int
  let epilogue: ProductEpilogue

  /// Rows [row, row + m) and columns [column, column + n) of C, without packing.
  func small(_ row: Int, _ m: Int, _ column: Int, _ n: Int) {
    var all = part(row, column, isFirst: true, isLast: true)
    gemm.small(
      Int64(m), Int64(n), Int64(k), a.data + row &* a.rowStride &* size, Int64(a.rowStride),
      Int64(a.columnStride), b.data + column &* b.columnStride &* size, Int64(b.rowStride),
      Int64(b.columnStride), c + (row &* ldc &+ column) &* size, Int64(ldc), &all)
  }

  /// The same a slab of at most `limit` steps of the sums, and a strip of B, at a time. `scratch` has space for one.
  func tiles(_ row: Int, _ m: Int, _ column: Int, _ n: Int, _ limit: Int, _ scratch: UnsafeMutableRawPointer)
  {
    let nr = Int(gemm.nr)
    var start = 0
    while start < k {
      let depth = min(limit, k &- start)
      let left = a.data + (row &* a.rowStride &+ start &* a.columnStride) &* size
      var place = column
      while place < column &+ n {
        let columns = min(nr, column &+ n &- place)
        var strip = UnsafeRawPointer(b.data) + (start &* b.rowStride &+ place &* b.columnStride) &* size
        var step = b.rowStride
        if let packed {
          (strip, step) = (packed + (place &* k &+ start &* nr) &* size, nr)
        } else if b.columnStride != 1 || columns < nr {
          gemm.pack_b(
            Int64(depth), Int64(columns), strip, Int64(b.rowStride), Int64(b.columnStride), scratch)
          (strip, step) = (UnsafeRawPointer(scratch), nr)
        }
        var part = part(row, place, isFirst: start == 0, isLast: start &+ depth == k)
        gemm.strips(
          Int64(m), Int64(columns), Int64(depth), left, Int64(a.rowStride), Int64(a.columnStride), strip,
          Int64(step), 0, c + (row &* ldc &+ place) &* size, Int64(ldc), &part)
        place &+= nr
      }
      start &+= depth
    }
  }

  /// The epilogue of a block that begins at (row, column), after the first and the last part of its sums.
  private func part(_ row: Int, _ column: Int, isFirst: Bool, isLast: Bool) -> tk_epilogue {
    var part = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
      accumulate: epilogue.accumulates || !isFirst ? 1 : 0)
    if isLast {
      let shift = epilogue.biasKind == Int32(TK_BIAS_ROW) ? row : column
      part.bias = epilogue.bias.map { $0 + shift &* size }
      part.bias_kind = epilogue.biasKind
      part.activation = epilogue.activation
    }
    return part
  }
}
