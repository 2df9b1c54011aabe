import CKernels

/// A type by whose size elements are moved in squares of packs.
protocol TransposableWord: BitwiseCopyable {
  static func transpose(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int)
  /// Whether a pack is a line of memory, so that squares can be written past the caches.
  static var hasLineSquares: Bool { get }
  static func transposeStreamed(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int)
}

extension TransposableWord {
  @inline(__always)
  static var hasLineSquares: Bool { false }
  @inline(__always)
  static func transposeStreamed(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int) {
    transpose(out, so, a, sa)
  }
}

extension UInt8: TransposableWord {
  @inline(__always)
  static func transpose(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int) {
    tk_transpose_u8(out, Int64(so), a, Int64(sa))
  }
}

extension Int32: TransposableWord {
  @inline(__always)
  static func transpose(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int) {
    tk_transpose_i32(out, Int64(so), a, Int64(sa))
  }
  @inline(__always)
  static var hasLineSquares: Bool { width &* 4 == 64 }
  @inline(__always)
  static func transposeStreamed(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int) {
    tk_transpose_streamed_i32(out, Int64(so), a, Int64(sa))
  }
}

extension Int64: TransposableWord {
  @inline(__always)
  static func transpose(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int) {
    tk_transpose_i64(out, Int64(so), a, Int64(sa))
  }
}

/// out[i so + j] = a[j sa + i]
enum Transpose<Word: TransposableWord> {
  /// Elements of a block's side: so many rows of both matrices are in reach of the first level of address translation.
  @inline(__always)
  private static var block: Int { 64 }

  @inline(never)
  static func loop(
    _ rows: Int64, _ columns: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64,
    _ isStreamed: Int32
  ) {
    guard let out = out?.assumingMemoryBound(to: Word.self), let a = a?.assumingMemoryBound(to: Word.self)
    else { return }
    let rows = Int(rows), columns = Int(columns), so = Int(so), sa = Int(sa)
    if isStreamed != 0, Word.hasLineSquares, (rows | columns | so) % width == 0,
      UInt(bitPattern: out) & 63 == 0
    {
      return streamed(rows, columns, out, so, a, sa)
    }
    for top in stride(from: 0, to: rows, by: block) {
      let bottom = min(rows, top &+ block)
      for left in stride(from: 0, to: columns, by: block) {
        let right = min(columns, left &+ block)
        var i = top
        while i < bottom {
          var j = left
          if i &+ width <= bottom {
            while j &+ width <= right {
              Word.transpose(out + i &* so + j, so, a + j &* sa + i, sa)
              j &+= width
            }
          }
          for row in i..<min(bottom, i &+ width) {
            for column in j..<right { out[row &* so &+ column] = a[column &* sa &+ row] }
          }
          i &+= width
        }
      }
    }
  }

  /// Past the caches: as what is written is not waited for, the order is that in which `a` is read best, a few rows from
  /// their beginning to their end; fetched is what lies two packs of rows further on, which may be the next matrix.
  @inline(never)
  private static func streamed(
    _ rows: Int, _ columns: Int, _ out: UnsafeMutablePointer<Word>, _ so: Int, _ a: UnsafePointer<Word>,
    _ sa: Int
  ) {
    for j in stride(from: 0, to: columns, by: width) {
      for i in stride(from: 0, to: rows, by: width) {
        let from = a + j &* sa + i, next = from + 2 &* width &* sa
        for line in 0..<width { tk_prefetch(next + line &* sa) }
        Word.transposeStreamed(out + i &* so + j, so, from, sa)
      }
    }
    tk_stream_end()
  }
}
