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
      check(pick(k.relu_backward), "relu_backward", values, 7, 9) { $1 <= 0 ? 0 : $0 }
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

  @Test(arguments: Build.all) func integerDivision(_ build: Build) {
    func run<E: FixedWidthInteger & BitwiseCopyable>(
      _: E.Type, _ pick: (tk_binary) -> tk_binary_loop?, _ unary: (tk_unary) -> tk_unary_loop?
    ) {
      let k = build.kernels
      let values = { (n: Int, seed: UInt64) in integers(E.self, n, seed).map { $0 == 0 ? 3 : $0 } }
      let floored = { (a: E, b: E) -> (E, E) in
        let (quotient, rest) = b.dividingKeepingSign(a)
        return rest != 0 && (rest < 0) != (b < 0) ? (quotient &- 1, rest &+ b) : (quotient, rest)
      }
      check(pick(k.div_trunc), "div_trunc", values, 7, 9) { $1.dividingKeepingSign($0).0 }
      check(pick(k.fmod), "fmod", values, 7, 9) { $1.dividingKeepingSign($0).1 }
      check(pick(k.div_floor), "div_floor", values, 7, 9) { floored($0, $1).0 }
      check(pick(k.remainder), "remainder", values, 7, 9) { floored($0, $1).1 }
      check(pick(k.bit_and), "bit_and", values, 7, 9) { $0 & $1 }
      check(pick(k.bit_or), "bit_or", values, 7, 9) { $0 | $1 }
      check(pick(k.bit_xor), "bit_xor", values, 7, 9) { $0 ^ $1 }
      check(unary(k.bit_not), "bit_not", values, 7, 9) { ~$0 }
      check(unary(k.sign), "sign", values, 7, 9) { $0.signum() }
      let small = { (n: Int, seed: UInt64) in integers(E.self, n, seed).map { $0 & 7 } }
      check(pick(k.pow), "pow", small, 7, 9) { a, b in (0..<Int(b)).reduce(1) { power, _ in power &* a } }
      // Division by 0 gives anything, but never traps.
      var out: E = 0
      for loop in [k.div_trunc, k.div_floor, k.remainder, k.fmod] {
        pick(loop)?(1, &out, 1, [E(5)], 1, [E(0)], 1)
      }
    }
    run(Int64.self, \.i64, \.i64)
    run(Int32.self, \.i32, \.i32)
    run(UInt8.self, \.u8, \.u8)
    var powers: [Int64] = [0, 0, 0, 0]
    build.kernels.pow.i64(4, &powers, 1, [Int64(1), -1, -1, 2], 1, [Int64(-3), -3, -2, -1], 1)
    #expect(powers == [1, -1, 1, 0])
  }

  @Test(arguments: Build.all) func floatDivisionAndRounding(_ build: Build) {
    func run<E: TestFloat>(
      _: E.Type, _ pick: (tk_binary) -> tk_binary_loop?, _ unary: (tk_unary) -> tk_unary_loop?
    ) {
      let k = build.kernels
      let values = { (n: Int, seed: UInt64) in floats(E.self, n, seed) }
      let exactly = { (a: E, b: E) in same(a, b) || (a.isNaN && b.isNaN) }
      check(pick(k.fmod), "fmod", values, 7, 9, { $0.truncatingRemainder(dividingBy: $1) }, exactly)
      check(pick(k.div_trunc), "div_trunc", values, 7, 9, { ($0 / $1).rounded(.towardZero) }, exactly)
      check(
        pick(k.remainder), "remainder", values, 7, 9,
        { a, b in
          let rest = a.truncatingRemainder(dividingBy: b)
          return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
        }, exactly)
      check(unary(k.floor), "floor", values, 7, 9, { $0.rounded(.down) }, exactly)
      check(unary(k.ceil), "ceil", values, 7, 9, { $0.rounded(.up) }, exactly)
      check(unary(k.trunc), "trunc", values, 7, 9, { $0.rounded(.towardZero) }, exactly)
      check(unary(k.round), "round", values, 7, 9, { $0.rounded(.toNearestOrEven) }, exactly)
      check(unary(k.sign), "sign", values, 7, 9) { (x: E) -> E in x > 0 ? 1 : x < 0 ? -1 : 0 }
      var quotients = [E](repeating: 0, count: 5)
      let (a, b): ([E], [E]) = ([7, -7, 7, -7, 1], [2, 2, -2, 0, 0.1])
      pick(k.div_floor)?(5, &quotients, 1, a, 1, b, 1)
      #expect(quotients == [3, -4, -4, -.infinity, 9])  // the floats next to 0.1 are above it
    }
    run(Float.self, \.f32, \.f32)
    run(Double.self, \.f64, \.f64)
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
    #expect(k.sub.boolean == nil && k.div.i32 == nil && k.exp.i64 == nil && k.sum.u8 == nil)
    #expect(k.logical_and.f32 == nil && k.cast(6, 0) == nil && k.cast(0, -1) == nil)
    #expect(String(cString: k.name) == build.name)
  }
}

extension FixedWidthInteger {
  /// `dividend` divided by this number, towards 0, and the remainder; wrapping.
  fileprivate func dividingKeepingSign(_ dividend: Self) -> (Self, Self) {
    (
      dividend.dividedReportingOverflow(by: self).partialValue,
      dividend.remainderReportingOverflow(dividingBy: self).partialValue
    )
  }
}
