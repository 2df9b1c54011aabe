public import ThalwegCore

/// Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks": variance
/// 2 / (fan in + fan out), between what keeps the activations' variance and what keeps the gradients'.
extension Init {
  /// Uniform in ±gain √(6 / (fan in + fan out)), the paper's equation 16.
  /// - Throws: `.shape` below rank 2.
  public static func xavierUniform(
    _ tensor: Tensor, gain: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) {
    let bound = try 3.0.squareRoot() * xavierDeviation(tensor, gain, "init_xavier_uniform")
    try uniform(tensor, -bound, bound, generator, "init_xavier_uniform")
  }

  /// Normal with deviation gain √(2 / (fan in + fan out)).
  /// - Throws: `.shape` below rank 2.
  public static func xavierNormal(
    _ tensor: Tensor, gain: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) {
    let deviation = try xavierDeviation(tensor, gain, "init_xavier_normal")
    try normal(tensor, 0, deviation, generator, "init_xavier_normal")
  }

  private static func xavierDeviation(
    _ tensor: Tensor, _ gain: Double, _ function: StaticString
  ) throws(ThalwegError) -> Double {
    let fans = try Fans(of: tensor, function)
    return try deviation(gain, (fans.input + fans.output) / 2, function)
  }

  /// gain / √fan; 0 for a tensor without elements, whose fan may be 0.
  static func deviation(
    _ gain: Double, _ fan: Double, _ function: StaticString
  ) throws(ThalwegError) -> Double {
    guard gain.isFinite, gain >= 0 else {
      throw ThalwegError(.invalidArgument, "\(function): the gain \(gain) must be finite and not negative")
    }
    return fan > 0 ? gain / fan.squareRoot() : 0
  }
}
