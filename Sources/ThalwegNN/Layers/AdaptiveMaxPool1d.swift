public import ThalwegCore

/// The largest element of each of a given number of windows, of about equal size, that cover a sequence.
/// Shape: [N, C, L] to [N, C, L'], or both without N.
public final class AdaptiveMaxPool1d: Module {
  /// The result's length.
  public let outputSize: Dims

  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(_ outputSize: Dims) throws(ThalwegError) {
    _ = try windowPair(outputSize, "output_size", atLeast: 0, isLine: true, in: "AdaptiveMaxPool1d")
    self.outputSize = outputSize
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveMaxPool1d(outputSize)
  }
}

extension AdaptiveMaxPool1d: DescribedLayer {
  package var options: LayerOptions { ["output_size": .ints(Array(outputSize))] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try AdaptiveMaxPool1d(options.dims("output_size", 1...1))
  }
}
