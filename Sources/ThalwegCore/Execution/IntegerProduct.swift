/// The matrix product of integers, which wraps: exact, and without blocks or threads.
package enum IntegerProduct {
  /// c[m, n] = a[m, k] b[k, n] of an integer dtype; c row-major.
  package static func run(
    _ dtype: DType, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, _ c: UnsafeMutableRawPointer
  ) {
    func multiply() {
      switch dtype {
      case .int64: run(m, n, k, a, b, c, Int64.self)
      case .int32: run(m, n, k, a, b, c, Int32.self)
      default: run(m, n, k, a, b, c, UInt8.self)
      }
    }
    if Recording.isActive { Recording.note(multiply) } else { multiply() }
  }

  private static func run<E: FixedWidthInteger & BitwiseCopyable>(
    _ m: Int, _ n: Int, _ k: Int, _ a: Matrix, _ b: Matrix, _ c: UnsafeMutableRawPointer, _: E.Type
  ) {
    let left = a.data.assumingMemoryBound(to: E.self)
    let right = b.data.assumingMemoryBound(to: E.self)
    let target = c.assumingMemoryBound(to: E.self)
    for i in 0..<m {
      let row = target + i &* n
      for j in 0..<n { row[j] = 0 }
      for l in 0..<k {
        let factor = left[i &* a.rowStride &+ l &* a.columnStride]
        let line = right + l &* b.rowStride
        for j in 0..<n { row[j] &+= factor &* line[j &* b.columnStride] }
      }
    }
  }
}
