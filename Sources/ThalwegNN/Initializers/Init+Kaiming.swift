public import ThalwegCore

/// He et al. 2015, "Delving deep into rectifiers": variance gain² / fan, for layers with a nonlinearity behind them.
extension Init {
  /// Uniform in ±gain √(3 / fan).
  /// - Parameter slope: of a leaky ReLU for negative inputs; not used by the others.
  /// - Throws: `.shape` below rank 2.
  public static func kaimingUniform(
    _ tensor: Tensor, slope: Double = 0, mode: FanMode = .input, nonlinearity: Nonlinearity = .leakyReLU,
    generator: Generator = .default
  ) throws(ThalwegError) {
    let bound =
      try 3.0.squareRoot() * kaimingDeviation(tensor, slope, mode, nonlinearity, "init_kaiming_uniform")
    try uniform(tensor, -bound, bound, generator, "init_kaiming_uniform")
  }

  /// Normal with deviation gain / √fan, the paper's equation 10 (for ReLU: √(2 / fan)).
  /// - Parameter slope: of a leaky ReLU for negative inputs; not used by the others.
  /// - Throws: `.shape` below rank 2.
  public static func kaimingNormal(
    _ tensor: Tensor, slope: Double = 0, mode: FanMode = .input, nonlinearity: Nonlinearity = .leakyReLU,
    generator: Generator = .default
  ) throws(ThalwegError) {
    let deviation = try kaimingDeviation(tensor, slope, mode, nonlinearity, "init_kaiming_normal")
    try normal(tensor, 0, deviation, generator, "init_kaiming_normal")
  }

  private static func kaimingDeviation(
    _ tensor: Tensor, _ slope: Double, _ mode: FanMode, _ nonlinearity: Nonlinearity, _ function: StaticString
  ) throws(ThalwegError) -> Double {
    let fans = try Fans(of: tensor, function)
    return try deviation(
      gain(nonlinearity, slope: slope), mode == .input ? fans.input : fans.output, function)
  }
}
