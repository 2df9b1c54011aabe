public import ThalwegCore

extension Init {
  /// Independent elements, uniform in [low, high).
  /// - Throws: `.invalidArgument` unless low <= high and both, as well as their distance, are finite.
  public static func uniform(
    _ tensor: Tensor, _ low: Double = 0, _ high: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) {
    try uniform(tensor, low, high, generator, "init_uniform")
  }

  static func uniform(
    _ tensor: Tensor, _ low: Double, _ high: Double, _ generator: Generator, _ function: StaticString
  ) throws(ThalwegError) {
    guard low <= high, (high - low).isFinite else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): from \(low) to \(high) is no interval; the bounds must be finite and in order")
    }
    try overwrite(tensor, function) { dense in
      let count = dense.numel
      if dense.dtype == .float64 {
        let start = dense.data.assumingMemoryBound(to: Double.self)
        generator.fillUniform(start, count: count, low: low, high: high)
      } else {
        let start = dense.data.assumingMemoryBound(to: Float.self)
        generator.fillUniform(start, count: count, low: low, high: high)
      }
    }
  }
}
