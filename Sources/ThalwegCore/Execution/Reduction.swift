package import CKernels

/// Runs a kernel's two-dimensional reduction over whole tensors.
///
/// The kept dimensions are cut into chunks for the pool; a reduction to a single value is cut into pieces of fixed
/// size whose results are reduced in order. Both depend on the shape alone, not on the number of threads.
package enum Reduction {
  private static let chunk = 16 * 1024
  private static let piece = 64 * 1024

  /// Writes the reduction of `x` over `dims` to `out`, whose elements lie in the row-major order of the kept dimensions.
  /// - Parameter splits: whether partial results may be reduced again by the same loop (not so for indices).
  package static func run(
    _ loop: tk_reduce_loop, _ x: Tensor, over dims: Dims, to out: UnsafeMutableRawPointer, outSize: Int,
    splits: Bool = true
  ) throws(ThalwegError) {
    let (base, shape, strides, size) = (UnsafeRawPointer(x.address), x.shape, x.strides, x.dtype.size)
    func run() throws(ThalwegError) {
      try reduce(loop, base, size, shape, strides, over: dims, to: out, outSize, splits)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
  }

  private static func reduce(
    _ loop: tk_reduce_loop, _ base: UnsafeRawPointer, _ size: Int, _ shape: Dims, _ strides: Dims,
    over dims: Dims, to out: UnsafeMutableRawPointer, _ outSize: Int, _ splits: Bool
  ) throws(ThalwegError) {
    var kept = Axes()
    var reduced = Axes()
    for i in shape.indices where shape[i] != 1 {
      if dims.contains(i) {
        reduced.append(shape[i], strides[i])
      } else {
        kept.append(shape[i], strides[i])
      }
    }
    let (n, sn) = kept.popLast()
    let (r, sr) = reduced.popLast()
    let (outer, passes) = (kept.count, reduced.count)

    if splits, n &* outer == 1, passes == 1, r > piece {
      try runPieces(loop, base, size, r, sr, out, outSize)
      return
    }
    if splits, sn == 1, outer &* passes == 1, r >= 2 &* rowsAPiece(n) {
      return try runStrips(loop, base, size, n, r, sr, out, outSize)
    }
    // Of columns side by side at least 2 KB a row, as memory is read best.
    let columns = min(n, max(sn == 1 ? 512 : 16, chunk / max(1, r &* passes)))
    let blocks = (n &+ columns &- 1) / max(1, columns)
    let rowsAChunk = max(1, chunk / max(1, n &* r &* passes))
    parallel((outer &+ rowsAChunk &- 1) / rowsAChunk &* blocks) { index in
      let (rows, block) = (index / blocks, index % blocks)
      let first = block &* columns
      let width = min(columns, n &- first)
      for row in (rows &* rowsAChunk)..<min(outer, (rows &+ 1) &* rowsAChunk) {
        let target = out + (row &* n &+ first) &* outSize
        let start = kept.offset(row) &+ first &* sn
        for pass in 0..<passes {
          loop(
            Int64(width), Int64(r), target, 1, base + (start &+ reduced.offset(pass)) &* size,
            Int64(sn), Int64(sr), pass == 0 ? 0 : 1)
        }
      }
    }
  }

  private static func runPieces(
    _ loop: tk_reduce_loop, _ base: UnsafeRawPointer, _ size: Int, _ r: Int, _ sr: Int,
    _ out: UnsafeMutableRawPointer, _ outSize: Int
  ) throws(ThalwegError) {
    let count = (r + piece - 1) / piece
    let partial = try Workspace(count * outSize, for: "reduction")
    parallel(count) { i in
      let start = i &* piece
      loop(
        1, Int64(min(piece, r &- start)), partial.base + i &* outSize, 1, base + start &* sr &* size, 0,
        Int64(sr), 0)
    }
    loop(1, Int64(count), out, 1, partial.base, 0, 1, 0)
  }

  /// Rows of n elements side by side that make a piece.
  private static func rowsAPiece(_ n: Int) -> Int { max(64, piece / max(1, n)) }

  /// As `runPieces`, over the rows of a matrix.
  private static func runStrips(
    _ loop: tk_reduce_loop, _ base: UnsafeRawPointer, _ size: Int, _ n: Int, _ r: Int, _ sr: Int,
    _ out: UnsafeMutableRawPointer, _ outSize: Int
  ) throws(ThalwegError) {
    let strip = rowsAPiece(n), count = (r + strip - 1) / strip
    let partial = try Workspace(count * n * outSize, for: "reduction")
    parallel(count) { i in
      let start = i &* strip
      loop(
        Int64(n), Int64(min(strip, r &- start)), partial.base + i &* n &* outSize, 1,
        base + start &* sr &* size, 1, Int64(sr), 0)
    }
    loop(Int64(n), Int64(count), out, 1, partial.base, 1, Int64(n), 0)
  }

  /// Dimensions with their strides, neighbours merged where one continues the other.
  private struct Axes {
    private var sizes = Dims()
    private var strides = Dims()
    private(set) var count = 1  // the product of the sizes

    mutating func append(_ size: Int, _ stride: Int) {
      count &*= size
      let last = sizes.count - 1
      if last >= 0, strides[last] == stride &* size {
        sizes[last] &*= size
        strides[last] = stride
      } else {
        sizes.append(size)
        strides.append(stride)
      }
    }

    /// The innermost axis; (1, 0) where there is none.
    mutating func popLast() -> (size: Int, stride: Int) {
      guard sizes.count > 0 else { return (1, 0) }
      let last = sizes.count - 1
      let result = (sizes[last], strides[last])
      sizes.remove(at: last)
      strides.remove(at: last)
      count = sizes.product
      return result
    }

    func offset(_ index: Int) -> Int {
      var rest = index
      var offset = 0
      for i in sizes.indices.reversed() {
        offset &+= rest % sizes[i] &* strides[i]
        rest /= sizes[i]
      }
      return offset
    }
  }
}
