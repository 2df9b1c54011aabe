import Testing
import ThalwegCore
import ThalwegNN

@Suite struct InitializerTests {
  /// Checks mean and deviation of 60000 samples to about four standard errors, and that a bound is kept and reached.
  private func check(
    _ shape: Dims = [200, 300], dtype: DType = .float32, deviation: Double, bound: Double? = nil,
    _ initialise: (Tensor, Generator) throws -> Void
  ) throws {
    let tensor = try Tensor.empty(shape, dtype: dtype)
    try initialise(tensor, Generator(seed: 7))
    let values = try tensor.toArray()
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) < 4 * deviation / Double(values.count).squareRoot())
    #expect(abs(variance.squareRoot() / deviation - 1) < 0.012)
    if let bound {
      let largest = values.map(abs).max() ?? 0
      #expect(largest <= bound * (1 + 1e-7))
      #expect(largest > bound * 0.999)
    }
  }

  @Test func published() throws {
    // fan in 300, fan out 200
    let xavier = (2.0 / 500).squareRoot()
    try check(deviation: xavier, bound: 3.0.squareRoot() * xavier) {
      try Init.xavierUniform($0, generator: $1)
    }
    try check(deviation: xavier * 5 / 3) { try Init.xavierNormal($0, gain: 5 / 3, generator: $1) }
    let he = (2.0 / 300).squareRoot()
    try check(deviation: he, bound: (6.0 / 300).squareRoot()) { try Init.kaimingUniform($0, generator: $1) }
    try check(deviation: he) { try Init.kaimingNormal($0, nonlinearity: .relu, generator: $1) }
    try check(deviation: (2.0 / 200).squareRoot()) {
      try Init.kaimingNormal($0, mode: .output, nonlinearity: .relu, generator: $1)
    }
    try check(deviation: (1.0 / 3 / 300).squareRoot(), bound: 1 / 300.0.squareRoot()) {
      try Init.kaimingUniform($0, slope: 5.0.squareRoot(), generator: $1)
    }
  }

  @Test func fansOfConvolutions() throws {
    // [out 40, in 60, 5, 5]: fan in 1500, fan out 1000
    try check([40, 60, 5, 5], deviation: (2.0 / 1500).squareRoot()) {
      try Init.kaimingNormal($0, nonlinearity: .relu, generator: $1)
    }
    try check([40, 60, 5, 5], deviation: (2.0 / 2500).squareRoot()) {
      try Init.xavierNormal($0, generator: $1)
    }
  }

  @Test func float64() throws {
    try check(dtype: .float64, deviation: 2) { try Init.normal($0, deviation: 2, generator: $1) }
    try check(dtype: .float64, deviation: 1 / 3.0.squareRoot(), bound: 1) {
      try Init.uniform($0, -1, 1, generator: $1)
    }
  }

  @Test func gains() throws {
    #expect(Init.gain(.linear) == 1)
    #expect(Init.gain(.sigmoid) == 1)
    #expect(Init.gain(.tanh) == 5.0 / 3)
    #expect(Init.gain(.relu) == 2.0.squareRoot())
    #expect(Init.gain(.leakyReLU) == (2 / (1 + 0.01 * 0.01)).squareRoot())
    #expect(Init.gain(.leakyReLU, slope: 0) == Init.gain(.relu))
    #expect(Init.gain(.selu) == 0.75)
  }

  @Test func viewsAreFilledInPlace() throws {
    let whole = try Tensor.zeros([3, 4])
    try Init.uniform(whole.transpose(0, 1).slice(0, 1, 3), 1, 2)
    let values = try whole.toArray()
    for row in 0..<3 {
      #expect(values[row * 4] == 0 && values[row * 4 + 3] == 0)
      #expect(values[row * 4 + 1] >= 1 && values[row * 4 + 2] >= 1)
    }
    try Init.constant(whole.select(0, 1), 9)
    #expect(try whole.select(0, 1).toArray() == [9, 9, 9, 9])
  }

  @Test func leavesMayBeFilledThoughTheyRequireGradients() throws {
    let p = try leaf([0, 0], [1, 2])
    try Init.constant(p, 4)
    #expect(try p.toArray() == [4, 4])
    #expect(p.isLeaf && p.requiresGrad)
  }

  @Test func refuses() throws {
    let p = try leaf([1, 2], [2])
    let bad: [(ThalwegError.Code, () throws -> Void)] = [
      (.shape, { try Init.xavierUniform(p) }),
      (.shape, { try Init.kaimingNormal(p) }),
      (.invalidArgument, { try Init.uniform(p, 1, 0) }),
      (.invalidArgument, { try Init.uniform(p, .nan, 1) }),
      (.invalidArgument, { try Init.uniform(p, -.greatestFiniteMagnitude, .greatestFiniteMagnitude) }),
      (.invalidArgument, { try Init.normal(p, deviation: -1) }),
      (.invalidArgument, { try Init.xavierNormal(Tensor.ones([2, 2]), gain: .infinity) }),
      (.dtype, { try Init.constant(Tensor.zeros([2], dtype: .int32), 1) }),
      (.autograd, { try Init.uniform(p * 2) }),
    ]
    for (i, (code, body)) in bad.enumerated() { #expect(failure(body)?.code == code, "case \(i)") }
    try Init.kaimingUniform(Tensor.empty([0, 3]))
    try Init.kaimingUniform(Tensor.empty([3, 0]))
  }
}
