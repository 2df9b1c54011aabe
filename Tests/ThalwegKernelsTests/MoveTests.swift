import CKernels
import Testing

@Suite struct MoveTests {
  @Test(arguments: Build.all) func copies(_ build: Build) {
    let k = build.kernels
    check(k.copy1, "copy1", { integers(UInt8.self, $0, $1) }, 1, 2) { $0 }
    check(k.copy4, "copy4", { integers(Int32.self, $0, $1) }, 1, 2) { $0 }
    check(k.copy8, "copy8", { integers(Int64.self, $0, $1) }, 1, 2) { $0 }
  }

  @Test(arguments: Build.all) func transposes(_ build: Build) {
    for (rows, columns) in [(16, 16), (64, 64), (32, 48), (48, 17), (5, 80)] {
      for streamed in [Int32(0), 1] {
        let from = integers(Int32.self, rows * columns, 6)
        let to = UnsafeMutableRawPointer.allocate(byteCount: rows * columns * 4, alignment: 64)
        defer { to.deallocate() }
        build.kernels.transpose4(
          Int64(rows), Int64(columns), to, Int64(columns), from, Int64(rows), streamed)
        let turned = (0..<(rows * columns)).map { to.load(fromByteOffset: $0 * 4, as: Int32.self) }
        let expected = (0..<(rows * columns)).map { from[$0 % columns * rows + $0 / columns] }
        #expect(turned == expected, "\(rows) x \(columns), streamed \(streamed)")
      }
    }
  }

  @Test(arguments: Build.all) func choices(_ build: Build) {
    func run<E: FixedWidthInteger & BitwiseCopyable>(_ loop: tk_where_loop, _: E.Type) {
      for n in sizes {
        for (so, sc, sa, sb) in [(1, 1, 1, 1), (2, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (-1, 1, 2, 0)] {
          let condition = integers(UInt8.self, max(n, 1), 3).map { $0 & 1 }
          let x = integers(E.self, max(n, 1), 4), y = integers(E.self, max(n, 1), 5)
          func input<T>(_ v: [T], _ step: Int) -> [T] { step == 0 ? [v[0]] : Array(v.prefix(n)) }
          var c = Strided(input(condition, sc), step: sc, fill: 0)
          var a = Strided(input(x, sa), step: sa, fill: 1), b = Strided(input(y, sb), step: sb, fill: 1)
          var out = Strided([E](repeating: 0, count: n), step: so, fill: 0)
          c.withAddress { c in
            a.withAddress { a in
              b.withAddress { b in
                out.withAddress {
                  loop(Int64(n), $0, Int64(so), c, Int64(sc), a, Int64(sa), b, Int64(sb))
                }
              }
            }
          }
          #expect(out.marginsIntact)
          let expected = (0..<n).map {
            condition[sc == 0 ? 0 : $0] != 0 ? x[sa == 0 ? 0 : $0] : y[sb == 0 ? 0 : $0]
          }
          #expect(out.values == expected, "where, n \(n)")
        }
      }
    }
    run(build.kernels.where1, UInt8.self)
    run(build.kernels.where4, Int32.self)
    run(build.kernels.where8, Int64.self)
  }

  @Test(arguments: Build.all) func casts(_ build: Build) {
    func cast<A: BitwiseCopyable & Equatable, B: BitwiseCopyable & Equatable>(
      _ from: Int32, _ to: Int32, _ values: (Int, UInt64) -> [A], _ fillA: A, _ fillB: B, _ f: (A) -> B
    ) {
      check(build.kernels.cast(from, to), "cast(\(from), \(to))", values, fillA, fillB, f)
    }
    func fromFloat<E: TestFloat>(_ code: Int32, _: E.Type) {
      let values = { (n: Int, seed: UInt64) in
        floats(E.self, n, seed).map { x in [1, 1e3, 1e9, 1e18].map { x * $0 }[abs(x.exponent.hashValue) % 4] }
      }
      cast(code, 0, values, 1, Float(2)) { Float($0) }
      cast(code, 1, values, 1, Double(2)) { Double($0) }
      cast(code, 2, values, 1, Int64(2)) { saturated($0) }
      cast(code, 3, values, 1, Int32(2)) { saturated($0) }
      cast(code, 4, values, 1, UInt8(2)) { UInt8(truncatingIfNeeded: saturated($0) as Int32) }
      cast(code, 5, values, 1, UInt8(2)) { $0 != 0 ? 1 : 0 }
    }
    func fromInteger<E: FixedWidthInteger & BitwiseCopyable>(_ code: Int32, _: E.Type, _ mask: E = ~0) {
      let values = { (n: Int, seed: UInt64) in integers(E.self, n, seed).map { $0 & mask } }
      cast(code, 0, values, 1, Float(2)) { Float($0) }
      cast(code, 1, values, 1, Double(2)) { Double($0) }
      cast(code, 2, values, 1, Int64(2)) { Int64(truncatingIfNeeded: $0) }
      cast(code, 3, values, 1, Int32(2)) { Int32(truncatingIfNeeded: $0) }
      cast(code, 4, values, 1, UInt8(2)) { UInt8(truncatingIfNeeded: $0) }
      cast(code, 5, values, 1, UInt8(2)) { $0 != 0 ? 1 : 0 }
    }
    fromFloat(0, Float.self)
    fromFloat(1, Double.self)
    fromInteger(2, Int64.self)
    fromInteger(3, Int32.self)
    fromInteger(4, UInt8.self)
    fromInteger(5, UInt8.self, 1)
  }
}

/// Cut towards zero, within the integer's range; NaN is 0.
private func saturated<E: TestFloat, I: FixedWidthInteger>(_ x: E) -> I {
  if x.isNaN { return 0 }
  if x <= E(I.min) { return .min }
  if x >= E(I.max) { return .max }
  return I(x)
}
