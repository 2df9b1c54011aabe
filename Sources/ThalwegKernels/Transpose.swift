import CKernels

/// A type by whose size elements are moved in squares of packs.
protocol TransposableWord: BitwiseCopyable {
  static func transpose(_ out: MutableAddress, _ so: Int, _ a: Address, _ sa: Int)
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
    _ rows: Int64, _ columns: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: Word.self), let a = a?.assumingMemoryBound(to: Word.self)
    else { return }
    let rows = Int(rows), columns = Int(columns), so = Int(so), sa = Int(sa)
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
}
