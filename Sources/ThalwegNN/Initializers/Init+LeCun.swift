public import ThalwegCore

/// LeCun et al. 1998, "Efficient backprop": variance 1 / fan in, for layers with tanh or SELU behind them.
extension Init {
  /// Uniform in ±√(3 / fan in).
  /// - Throws: `.shape` below rank 2.
  public static func lecunUniform(
    _ tensor: Tensor, generator: Generator = .default
  ) throws(ThalwegError) {
    let name: StaticString = "init_lecun_uniform"
    let bound = try 3.0.squareRoot() * deviation(1, Fans(of: tensor, name).input, name)
    try uniform(tensor, -bound, bound, generator, name)
  }

  /// Normal with deviation 1 / √fan in.
  /// - Throws: `.shape` below rank 2.
  public static func lecunNormal(_ tensor: Tensor, generator: Generator = .default) throws(ThalwegError) {
    let name: StaticString = "init_lecun_normal"
    try normal(tensor, 0, deviation(1, Fans(of: tensor, name).input, name), generator, name)
  }
}
