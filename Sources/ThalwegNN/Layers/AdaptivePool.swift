public import ThalwegCore

/// A given number of windows, of about equal size, that cover the input.
/// Shape: [N, C, ...] to the same with `outputSize` behind the channels, or both without N.
public class AdaptivePoolLayer: Module {
  /// One number for all directions, or one for each. For images and volumes -1 stands for as many as there are elements.
  public let outputSize: Dims

  /// Of the input [N, C, ...], behind the channels.
  package class var directions: Int { 1 }

  package required init(windows outputSize: Dims) throws(ThalwegError) {
    self.outputSize = outputSize
    super.init()
    _ = try windowNumbers(
      outputSize, "output_size", atLeast: Self.directions == 1 ? 0 : -1, directions: Self.directions,
      in: "\(Self.self)")
  }

  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(_ outputSize: Dims) throws(ThalwegError) { try self.init(windows: outputSize) }
}

extension AdaptivePoolLayer: DescribedLayer {
  package var options: LayerOptions { ["output_size": .ints(Array(outputSize))] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(windows: options.dims("output_size", 1...directions))
  }
}

/// The average of each of `outputSize` windows of sequences [N, C, L].
public final class AdaptiveAvgPool1d: AdaptivePoolLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveAvgPool1d(outputSize)
  }
}

/// The average of each of `outputSize` windows of images [N, C, H, W].
public final class AdaptiveAvgPool2d: AdaptivePoolLayer {
  package override class var directions: Int { 2 }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveAvgPool2d(outputSize)
  }
}

/// The average of each of `outputSize` windows of volumes [N, C, D, H, W].
public final class AdaptiveAvgPool3d: AdaptivePoolLayer {
  package override class var directions: Int { 3 }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveAvgPool3d(outputSize)
  }
}

/// The largest element of each of `outputSize` windows of sequences [N, C, L].
public final class AdaptiveMaxPool1d: AdaptivePoolLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveMaxPool1d(outputSize)
  }
}

/// The largest element of each of `outputSize` windows of images [N, C, H, W].
public final class AdaptiveMaxPool2d: AdaptivePoolLayer {
  package override class var directions: Int { 2 }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveMaxPool2d(outputSize)
  }
}

/// The largest element of each of `outputSize` windows of volumes [N, C, D, H, W].
public final class AdaptiveMaxPool3d: AdaptivePoolLayer {
  package override class var directions: Int { 3 }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.adaptiveMaxPool3d(outputSize)
  }
}
