public import ThalwegCore

extension Init {
  /// Independent elements of the normal distribution.
  /// - Throws: `.invalidArgument` unless both are finite and the deviation is not negative.
  public static func normal(
    _ tensor: Tensor, mean: Double = 0, deviation: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) {
    try normal(tensor, mean, deviation, generator, "init_normal")
  }

  static func normal(
    _ tensor: Tensor, _ mean: Double, _ deviation: Double, _ generator: Generator, _ function: StaticString
  ) throws(ThalwegError) {
    guard mean.isFinite, deviation.isFinite, deviation >= 0 else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): mean \(mean) and standard deviation \(deviation) must be finite, the deviation not negative"
      )
    }
    try overwrite(tensor, function) { dense in
      let count = dense.numel
      if dense.dtype == .float64 {
        let start = dense.data.assumingMemoryBound(to: Double.self)
        generator.fillNormal(start, count: count, mean: mean, deviation: deviation)
      } else {
        let start = dense.data.assumingMemoryBound(to: Float.self)
        generator.fillNormal(start, count: count, mean: mean, deviation: deviation)
      }
    }
  }
}
