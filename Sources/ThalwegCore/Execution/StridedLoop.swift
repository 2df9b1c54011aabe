package import CKernels

/// Runs a kernel's one-dimensional loop over whole tensors: merges dimensions that lie behind each other in every
/// operand, gives the innermost to the kernel, walks the others, and cuts the work into chunks for the pool.
///
/// Chunks depend on the shape alone, so results do not depend on the number of threads.
package enum StridedLoop {
  /// Elements a chunk: about 100 KB of traffic, above a microsecond's hand-over and below a core's L2.
  private static let chunk = 16 * 1024

  /// Elements a chunk of so many side by side: more where the results are larger than caches are, as kernels write long
  /// runs past them.
  package static func chunk(of total: Int) -> Int { isBeyondCaches(total) ? Int(TK_STREAM) : chunk }

  /// Whether so many results are larger than caches are.
  package static func isBeyondCaches(_ total: Int) -> Bool { total >= 8 << 20 }

  package static func unary(
    _ loop: tk_unary_loop, _ shape: Dims,
    _ out: UnsafeMutableRawPointer, _ outStrides: Dims, _ outSize: Int,
    _ a: UnsafeRawPointer, _ aStrides: Dims, _ aSize: Int
  ) {
    func run() {
      walk(shape, outStrides, aStrides, Dims(), Dims(), operands: 2) { n, o0, o1, _, _, s0, s1, _, _ in
        loop(Int64(n), out + o0 &* outSize, Int64(s0), a + o1 &* aSize, Int64(s1))
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  package static func binary(
    _ loop: tk_binary_loop, _ shape: Dims,
    _ out: UnsafeMutableRawPointer, _ outStrides: Dims, _ outSize: Int,
    _ a: UnsafeRawPointer, _ aStrides: Dims,
    _ b: UnsafeRawPointer, _ bStrides: Dims, _ size: Int
  ) {
    // Few elements are sooner added than described.
    if !Recording.isActive, let count = flatCount(shape, outStrides, aStrides, bStrides, bStrides, 3),
      count > 0, count <= chunk
    {
      return parallel(1) { _ in loop(Int64(count), out, 1, a, 1, b, 1) }
    }
    func run() {
      walk(shape, outStrides, aStrides, bStrides, Dims(), operands: 3) { n, o0, o1, o2, _, s0, s1, s2, _ in
        loop(
          Int64(n), out + o0 &* outSize, Int64(s0), a + o1 &* size, Int64(s1), b + o2 &* size, Int64(s2))
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  package static func choose(
    _ loop: tk_where_loop, _ shape: Dims,
    _ out: UnsafeMutableRawPointer, _ outStrides: Dims,
    _ condition: UnsafeRawPointer, _ conditionStrides: Dims,
    _ a: UnsafeRawPointer, _ aStrides: Dims,
    _ b: UnsafeRawPointer, _ bStrides: Dims, _ size: Int
  ) {
    func run() {
      walk(shape, outStrides, conditionStrides, aStrides, bStrides, operands: 4) {
        n, o0, o1, o2, o3, s0, s1, s2, s3 in
        loop(
          Int64(n), out + o0 &* size, Int64(s0), condition + o1, Int64(s1), a + o2 &* size, Int64(s2),
          b + o3 &* size, Int64(s3))
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  /// Copies elements between layouts.
  package static func copy(
    _ shape: Dims, to out: UnsafeMutableRawPointer, _ outStrides: Dims,
    from a: UnsafeRawPointer, _ aStrides: Dims, elementSize: Int
  ) {
    func run() { move(shape, out, outStrides, a, aStrides, elementSize) }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  private static func move(
    _ shape: Dims, _ out: UnsafeMutableRawPointer, _ outStrides: Dims, _ a: UnsafeRawPointer,
    _ aStrides: Dims, _ elementSize: Int
  ) {
    let table = kernels.pointee
    let loop = elementSize == 4 ? table.copy4 : elementSize == 8 ? table.copy8 : table.copy1
    guard let loop else { return }
    if let count = flatCount(shape, outStrides, aStrides, aStrides, aStrides, 2) {
      if count <= chunk { return out.copyMemory(from: a, byteCount: count &* elementSize) }
      return unary(loop, shape, out, outStrides, elementSize, a, aStrides, elementSize)
    }
    let across = elementSize == 4 ? table.transpose4 : elementSize == 8 ? table.transpose8 : table.transpose1
    let layout = Layout(shape, outStrides, aStrides, Dims(), Dims(), operands: 2)
    if let across, let turned = layout.turned() {
      return transpose(across, turned, out, a, elementSize)
    }
    unary(loop, shape, out, outStrides, elementSize, a, aStrides, elementSize)
  }

  /// Copies matrices whose rows are side by side in one layout, their columns in the other.
  private static func transpose(
    _ loop: tk_transpose_loop, _ turned: Layout.Turned, _ out: UnsafeMutableRawPointer,
    _ a: UnsafeRawPointer, _ size: Int
  ) {
    let (layout, rows, columns) = (turned.matrices, turned.rows, turned.matrices.innerCount)
    let strip = min(rows, max(64, chunk / columns & ~63))
    let strips = (rows &+ strip &- 1) / strip
    let matricesAChunk = max(1, chunk / (rows &* columns))
    let streamed: Int32 = isBeyondCaches(layout.total &* rows) ? 1 : 0
    parallel((layout.outerCount &+ matricesAChunk &- 1) / matricesAChunk &* strips) { piece in
      let first = piece / strips &* matricesAChunk, top = piece % strips &* strip
      var place = layout.place(ofRow: first)
      for _ in first..<min(first &+ matricesAChunk, layout.outerCount) {
        loop(
          Int64(min(strip, rows &- top)), Int64(columns),
          out + (place.offsets.0 &+ top &* turned.step) &* size, Int64(turned.step),
          a + (place.offsets.1 &+ top) &* size, Int64(layout.inner.1), streamed)
        layout.advance(&place)
      }
    }
  }

  /// The number of elements, if all operands have them in row-major order without gaps.
  @inline(__always)
  private static func flatCount(
    _ shape: Dims, _ s0: Dims, _ s1: Dims, _ s2: Dims, _ s3: Dims, _ operands: Int
  ) -> Int? {
    var step = 1
    var i = shape.count
    while i > 0 {
      i &-= 1
      let size = shape[i]
      if size != 1 {
        if s0[i] != step || s1[i] != step { return nil }
        if (operands > 2 && s2[i] != step) || (operands > 3 && s3[i] != step) { return nil }
      }
      step &*= size
    }
    return step
  }

  /// Calls `row(n, offsets..., steps...)` for every innermost run of elements, in parallel.
  @inline(__always)
  private static func walk(
    _ shape: Dims, _ s0: Dims, _ s1: Dims, _ s2: Dims, _ s3: Dims, operands: Int,
    _ row: (Int, Int, Int, Int, Int, Int, Int, Int, Int) -> Void
  ) {
    if let total = flatCount(shape, s0, s1, s2, s3, operands) {
      let chunk = chunk(of: total)
      return parallel((total &+ chunk &- 1) / chunk) { piece in
        let start = piece &* chunk
        row(min(chunk, total &- start), start, start, start, start, 1, 1, 1, 1)
      }
    }
    let layout = Layout(shape, s0, s1, s2, s3, operands: operands)
    if layout.total == 0 { return }
    let (inner, innerCount) = (layout.inner, layout.innerCount)
    if layout.outerCount == 1 {
      let chunk = chunk(of: innerCount)
      parallel((innerCount &+ chunk &- 1) / chunk) { piece in
        let start = piece &* chunk
        let n = min(chunk, innerCount &- start)
        row(
          n, start &* inner.0, start &* inner.1, start &* inner.2, start &* inner.3,
          inner.0, inner.1, inner.2, inner.3)
      }
      return
    }
    let rowsAChunk = max(1, chunk / innerCount)
    parallel((layout.outerCount &+ rowsAChunk &- 1) / rowsAChunk) { piece in
      let first = piece &* rowsAChunk
      var place = layout.place(ofRow: first)
      for _ in first..<min(first &+ rowsAChunk, layout.outerCount) {
        let o = place.offsets
        row(innerCount, o.0, o.1, o.2, o.3, inner.0, inner.1, inner.2, inner.3)
        layout.advance(&place)
      }
    }
  }
}

/// The dimensions of a loop over up to four operands, merged where they can be.
private struct Layout {
  private var shape = Dims()
  private var strides: (Dims, Dims, Dims, Dims) = (Dims(), Dims(), Dims(), Dims())
  private(set) var total: Int

  init(_ full: Dims, _ s0: Dims, _ s1: Dims, _ s2: Dims, _ s3: Dims, operands: Int) {
    total = full.product
    for i in full.indices where full[i] != 1 {
      let step = (s0[i], s1[i], operands > 2 ? s2[i] : 0, operands > 3 ? s3[i] : 0)
      let last = shape.count - 1
      if last >= 0, strides.0[last] == step.0 &* full[i], strides.1[last] == step.1 &* full[i],
        strides.2[last] == step.2 &* full[i], strides.3[last] == step.3 &* full[i]
      {
        shape[last] &*= full[i]
        (strides.0[last], strides.1[last], strides.2[last], strides.3[last]) = step
      } else {
        shape.append(full[i])
        strides.0.append(step.0)
        strides.1.append(step.1)
        strides.2.append(step.2)
        strides.3.append(step.3)
      }
    }
  }

  var innerCount: Int { shape.count == 0 ? 1 : shape[shape.count - 1] }
  var outerCount: Int { innerCount == 0 ? 0 : total / innerCount }

  var inner: (Int, Int, Int, Int) {
    guard shape.count > 0 else { return (0, 0, 0, 0) }
    let last = shape.count - 1
    return (strides.0[last], strides.1[last], strides.2[last], strides.3[last])
  }

  /// Matrices of which the first operand has the rows side by side, the second the columns.
  struct Turned {
    var matrices: Layout
    var rows: Int
    /// From row to row of the first operand.
    var step: Int
  }

  /// This loop over two operands as one over such matrices, if they are large enough to be moved in squares.
  func turned() -> Turned? {
    let last = shape.count - 1
    guard last > 0, strides.0[last] == 1, strides.1[last] > 1, shape[last] >= 8 else { return nil }
    for i in 0..<last where strides.1[i] == 1 && strides.0[i] > 1 && shape[i] >= 8 {
      var rest = self
      rest.total /= shape[i]
      rest.shape.remove(at: i)
      rest.strides.0.remove(at: i)
      rest.strides.1.remove(at: i)
      rest.strides.2.remove(at: i)
      rest.strides.3.remove(at: i)
      return Turned(matrices: rest, rows: shape[i], step: strides.0[i])
    }
    return nil
  }

  struct Place {
    var index = Dims()
    var offsets = (0, 0, 0, 0)
  }

  func place(ofRow row: Int) -> Place {
    var place = Place()
    place.index = Dims(repeating: 0, count: shape.count)
    var rest = row
    for i in stride(from: shape.count - 2, through: 0, by: -1) {
      let index = rest % shape[i]
      rest /= shape[i]
      place.index[i] = index
      place.offsets.0 &+= index &* strides.0[i]
      place.offsets.1 &+= index &* strides.1[i]
      place.offsets.2 &+= index &* strides.2[i]
      place.offsets.3 &+= index &* strides.3[i]
    }
    return place
  }

  func advance(_ place: inout Place) {
    var i = shape.count - 2
    while i >= 0 {
      place.index[i] &+= 1
      place.offsets.0 &+= strides.0[i]
      place.offsets.1 &+= strides.1[i]
      place.offsets.2 &+= strides.2[i]
      place.offsets.3 &+= strides.3[i]
      if place.index[i] < shape[i] { return }
      place.offsets.0 &-= shape[i] &* strides.0[i]
      place.offsets.1 &-= shape[i] &* strides.1[i]
      place.offsets.2 &-= shape[i] &* strides.2[i]
      place.offsets.3 &-= shape[i] &* strides.3[i]
      place.index[i] = 0
      i -= 1
    }
  }
}
