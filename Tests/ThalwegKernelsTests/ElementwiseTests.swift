import CKernels
import Glibc
import Testing

@Suite struct ElementwiseTests {
  @Test(arguments: Build.all) func floatArithmetic(_ build: Build) {
    func run<E: TestFloat>(
      _: E.Type, _ pick: (tk_binary) -> tk_binary_loop?, _ unary: (tk_unary) -> tk_unary_loop?
    ) {
      let k = build.kernels
      let values = { (n: Int, seed: UInt64) in floats(E.self, n, seed) }
      check(pick(k.add), "add", values, 7, 9) { $0 + $1 }
      check(pick(k.sub), "sub", values, 7, 9) { $0 - $1 }
      check(pick(k.mul), "mul", values, 7, 9) { $0 * $1 }
      check(pick(k.div), "div", values, 7, 9) { $0 / $1 }
      check(pick(k.minimum), "minimum", values, 7, 9) { $0.isNaN ? $0 : $1.isNaN ? $1 : $0 < $1 ? $0 : $1 }
      check(pick(k.maximum), "maximum", values, 7, 9) { $0.isNaN ? $0 : $1.isNaN ? $1 : $0 > $1 ? $0 : $1 }
      check(unary(k.neg), "neg", values, 7, 9, { -$0 }, { same($0, $1) || ($0.isNaN && $1.isNaN) })
      check(unary(k.abs), "abs", values, 7, 9, { abs($0) }, { same($0, $1) || ($0.isNaN && $1.isNaN) })
      check(unary(k.relu), "relu", values, 7, 9) { $0 <= 0 ? 0 : $0 }
      check(unary(k.sqrt), "sqrt", values, 7, 9) { $0.squareRoot() }
      check(pick(k.relu_backward), "relu_backward", values, 7, 9) { $1 > 0 ? $0 : 0 }
      check(pick(k.tanh_backward), "tanh_backward", values, 7, 9) { $0 * (1 - $1 * $1) }
      check(pick(k.sigmoid_backward), "sigmoid_backward", values, 7, 9) { $0 * ($1 * (1 - $1)) }
    }
    run(Float.self, \.f32, \.f32)
    run(Double.self, \.f64, \.f64)
  }

  @Test(arguments: Build.all) func integerArithmetic(_ build: Build) {
    func run<E: FixedWidthInteger & BitwiseCopyable>(
      _: E.Type, _ pick: (tk_binary) -> tk_binary_loop?, _ unary: (tk_unary) -> tk_unary_loop?
    ) {
      let k = build.kernels
      let values = { (n: Int, seed: UInt64) in integers(E.self, n, seed) }
      check(pick(k.add), "add", values, 7, 9) { $0 &+ $1 }
      check(pick(k.sub), "sub", values, 7, 9) { $0 &- $1 }
      check(pick(k.mul), "mul", values, 7, 9) { $0 &* $1 }
      check(pick(k.minimum), "minimum", values, 7, 9) { min($0, $1) }
      check(pick(k.maximum), "maximum", values, 7, 9) { max($0, $1) }
      check(unary(k.neg), "neg", values, 7, 9) { 0 &- $0 }
      check(unary(k.abs), "abs", values, 7, 9) { $0 < 0 ? 0 &- $0 : $0 }
    }
    run(Int64.self, \.i64, \.i64)
    run(Int32.self, \.i32, \.i32)
    run(UInt8.self, \.u8, \.u8)
  }

  @Test(arguments: Build.all) func comparisons(_ build: Build) {
    func run<E: Comparable & BitwiseCopyable>(
      _ fill: E, _ pick: (tk_binary) -> tk_binary_loop?, _ values: (Int, UInt64) -> [E]
    ) {
      let k = build.kernels
      check(pick(k.eq), "eq", values, fill, UInt8(9)) { $0 == $1 ? 1 : 0 }
      check(pick(k.ne), "ne", values, fill, UInt8(9)) { $0 != $1 ? 1 : 0 }
      check(pick(k.lt), "lt", values, fill, UInt8(9)) { $0 < $1 ? 1 : 0 }
      check(pick(k.le), "le", values, fill, UInt8(9)) { $0 <= $1 ? 1 : 0 }
      check(pick(k.gt), "gt", values, fill, UInt8(9)) { $0 > $1 ? 1 : 0 }
      check(pick(k.ge), "ge", values, fill, UInt8(9)) { $0 >= $1 ? 1 : 0 }
    }
    run(Float(7), \.f32) { floats(Float.self, $0, $1) }
    run(Double(7), \.f64) { floats(Double.self, $0, $1) }
    run(Int64(7), \.i64) { integers(Int64.self, $0, $1) }
    run(Int32(7), \.i32) { integers(Int32.self, $0, $1) }
    run(UInt8(7), \.u8) { integers(UInt8.self, $0, $1) }
    run(UInt8(7), \.boolean) { integers(UInt8.self, $0, $1).map { $0 & 1 } }
  }

  @Test(arguments: Build.all) func logic(_ build: Build) {
    let k = build.kernels
    let values = { (n: Int, seed: UInt64) in integers(UInt8.self, n, seed).map { $0 & 1 } }
    check(k.logical_and.boolean, "and", values, 1, UInt8(9)) { $0 & $1 }
    check(k.logical_or.boolean, "or", values, 1, UInt8(9)) { $0 | $1 }
    check(k.logical_not.boolean, "not", values, 1, UInt8(9)) { 1 - $0 }
  }

  @Test(arguments: Build.all) func missingEntries(_ build: Build) {
    let k = build.kernels
    #expect(k.add.boolean == nil && k.div.i32 == nil && k.exp.i64 == nil && k.sum.u8 == nil)
    #expect(k.logical_and.f32 == nil && k.cast(6, 0) == nil && k.cast(0, -1) == nil)
    #expect(String(cString: k.name) == build.name)
  }
}
