extension Tensor {
  /// Uniform random numbers in [low, high), of a float dtype.
  public static func rand(
    _ shape: Dims, low: Double = 0, high: Double = 1, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    let result = try make(shape, dtype, for: "rand")
    switch dtype {
    case .float32:
      generator.fillUniform(
        result.data.assumingMemoryBound(to: Float.self), count: result.numel, low: low, high: high)
    case .float64:
      generator.fillUniform(
        result.data.assumingMemoryBound(to: Double.self), count: result.numel, low: low, high: high)
    default: throw unsupported("rand", dtype)
    }
    return result
  }

  /// Normal random numbers of a float dtype.
  public static func randn(
    _ shape: Dims, mean: Double = 0, deviation: Double = 1, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    let result = try make(shape, dtype, for: "randn")
    switch dtype {
    case .float32:
      generator.fillNormal(
        result.data.assumingMemoryBound(to: Float.self), count: result.numel, mean: mean, deviation: deviation
      )
    case .float64:
      generator.fillNormal(
        result.data.assumingMemoryBound(to: Double.self), count: result.numel, mean: mean,
        deviation: deviation)
    default: throw unsupported("randn", dtype)
    }
    return result
  }

  /// A random order of 0 ..< n, int64: Fisher and Yates's shuffle, with 53 random bits a step.
  public static func randperm(_ n: Int, generator: Generator = .default) throws(ThalwegError) -> Tensor {
    guard n >= 0 else { throw ThalwegError(.invalidArgument, "randperm: n is \(n); it must not be negative") }
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
