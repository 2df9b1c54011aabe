public import ThalwegCore

/// Nets that are known by name, made of this library's layers.
public enum Models {
  /// Dense layers with an activation between them: sizes from the input's to the output's.
  /// Shape: [N, sizes.first] to [N, sizes.last].
  /// - Throws: `.invalidArgument` for fewer than two sizes, or sizes below 1.
  public static func mlp(
    _ sizes: [Int], activation: () -> Module = { ReLU() }, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Sequential {
    guard sizes.count >= 2 else {
      throw ThalwegError(.invalidArgument, "mlp: there are \(sizes.count) sizes; at least two are needed")
    }
    let net = try Sequential()
    for i in 1..<sizes.count {
      if i > 1 { try net.append(activation()) }
      try net.append(Linear(sizes[i - 1], sizes[i], dtype: dtype, generator: generator))
    }
    return net
  }

  /// LeNet-5 for images of 28 x 28 pixels (LeCun et al. 1998, "Gradient-based learning applied to document recognition"),
  /// with tanh, averages and a dense last layer; `modern`: with ReLU and maxima instead.
  /// Shape: [N, channels, 28, 28] to [N, classes].
  public static func lenet5(
    channels: Int = 1, classes: Int = 10, modern: Bool = false, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Sequential {
    func activation() -> Module { modern ? ReLU() : Tanh() }
    func pool() throws(ThalwegError) -> Module { modern ? try MaxPool2d([2]) : try AvgPool2d([2]) }
    let net = try Sequential()
    for layer in [
      try Conv2d(channels, 6, kernel: [5], padding: [2], dtype: dtype, generator: generator), activation(),
      try pool(), try Conv2d(6, 16, kernel: [5], dtype: dtype, generator: generator), activation(),
      try pool(), Flatten(), try Linear(400, 120, dtype: dtype, generator: generator), activation(),
      try Linear(120, 84, dtype: dtype, generator: generator), activation(),
      try Linear(84, classes, dtype: dtype, generator: generator),
    ] { try net.append(layer) }
    return net
  }
}
