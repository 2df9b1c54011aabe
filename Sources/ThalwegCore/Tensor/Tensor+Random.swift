extension Tensor {
  /// Uniform random numbers in [low, high), of a float dtype.
  public static func rand(
    _ shape: Dims, low: Double = 0, high: Double = 1, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    let result = try make(shape, dtype, for: "rand")
    guard dtype.isFloat else { throw unsupported("rand", dtype) }
    let (target, count) = (result.address, result.numel)
    func fill() {
      if dtype == .float32 {
        generator.fillUniform(
          target.assumingMemoryBound(to: Float.self), count: count, low: low, high: high)
      } else {
        generator.fillUniform(
          target.assumingMemoryBound(to: Double.self), count: count, low: low, high: high)
      }
    }
    if Recording.isActive { Recording.note(fill) } else { fill() }
    return result
  }

  /// Normal random numbers of a float dtype.
  public static func randn(
    _ shape: Dims, mean: Double = 0, deviation: Double = 1, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    let result = try make(shape, dtype, for: "randn")
    guard dtype.isFloat else { throw unsupported("randn", dtype) }
    let (target, count) = (result.address, result.numel)
    func fill() {
      if dtype == .float32 {
        generator.fillNormal(
          target.assumingMemoryBound(to: Float.self), count: count, mean: mean, deviation: deviation)
      } else {
        generator.fillNormal(
          target.assumingMemoryBound(to: Double.self), count: count, mean: mean, deviation: deviation)
      }
    }
    if Recording.isActive { Recording.note(fill) } else { fill() }
    return result
  }

  /// Random whole numbers, low ..< high, each as likely as any other, of any dtype but bool.
  /// - Throws: `.invalidArgument` unless low < high, with at most 2^53 between them.
  public static func randint(
    _ low: Int, _ high: Int, _ shape: Dims, dtype: DType = .int64, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    let (range, overflow) = high.subtractingReportingOverflow(low)
    guard range > 0, !overflow, range <= 1 << 53 else {
      throw ThalwegError(
        .invalidArgument, "randint: low is \(low), high \(high); low must be less, by at most 2^53")
    }
    guard dtype != .bool else { throw unsupported("randint", dtype) }
    let uniforms = try rand(shape, dtype: .float64, generator: generator)
    let whole = try make(shape, .int64, for: "randint")
    let (u, values) = (
      uniforms.address.assumingMemoryBound(to: Double.self),
      whole.address.assumingMemoryBound(to: Int64.self)
    )
    let count = whole.numel
    func round() {
      for i in 0..<count { values[i] = Int64(low + min(range - 1, Int(u[i] * Double(range)))) }
    }
    if Recording.isActive { Recording.note(round) } else { round() }
    withExtendedLifetime(uniforms) {}
    return try whole.to(dtype)
  }

  /// 1 with the probability that `self` gives for each element, else 0; of its float dtype.
  /// - Throws: `.invalidArgument` unless all are from 0 to 1.
  public func bernoulli(generator: Generator = .default) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      guard dtype.isFloat else { throw unsupported("bernoulli", dtype) }
      let below = try less(try Tensor.scalar(0, dtype: dtype)).any()
      let within = try lessOrEqual(try Tensor.scalar(1, dtype: dtype)).all()
      let (isBelow, isWithin) = (below.address, within.address)
      func check() throws(ThalwegError) {
        guard isBelow.load(as: UInt8.self) == 0, isWithin.load(as: UInt8.self) == 1 else {
          throw ThalwegError(.invalidArgument, "bernoulli: the probabilities must be from 0 to 1")
        }
      }
      if Recording.isActive { try Recording.note(throwing: check) } else { try check() }
      withExtendedLifetime((below, within)) {}
      let uniforms = try Tensor.rand(shape, dtype: dtype, generator: generator)
      return try uniforms.less(self).to(dtype)
    }
  }

  /// A random order of 0 ..< n, int64: Fisher and Yates's shuffle, with 53 random bits a step.
  public static func randperm(_ n: Int, generator: Generator = .default) throws(ThalwegError) -> Tensor {
    guard n >= 0 else { throw ThalwegError(.invalidArgument, "randperm: n is \(n); it must not be negative") }
    return try Recording.tensor { () throws(ThalwegError) in
      let uniforms = try rand([n], dtype: .float64, generator: generator)
      let order = try make([n], .int64, for: "randperm")
      let u = uniforms.data.assumingMemoryBound(to: Double.self)
      let index = order.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<n { index[i] = Int64(i) }
      var i = n - 1
      while i > 0 {
        let j = min(i, Int(u[i] * Double(i + 1)))
        (index[i], index[j]) = (index[j], index[i])
        i -= 1
      }
      return order
    }
  }
}
