public import ThalwegCore

/// The largest element of each of a given number of windows, of about equal size, that cover an image.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N.
public final class AdaptiveMaxPool2d: Module {
  /// The result's height and width, or one number for both. -1 stands for as many as there are pixels.
  public let outputSize: Dims

  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(_ outputSize: Dims) throws(ThalwegError) {
    _ = try windowPair(outputSize, "output_size", atLeast: -1, in: "AdaptiveMaxPool2d")
    self.outputSize = outputSize
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveMaxPool2d(outputSize)
  }
}

extension AdaptiveMaxPool2d: DescribedLayer {
  package var options: LayerOptions { ["output_size": .ints(Array(outputSize))] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try AdaptiveMaxPool2d(options.dims("output_size", 1...2))
  }
}
