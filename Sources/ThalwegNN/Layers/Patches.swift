public import ThalwegCore

/// What `Unfold` and `Fold` share: how windows lie over images.
public class PatchLayer: Module {
  public let kernel, dilation, padding, stride: Dims
  final let geometry: PatchGeometry

  /// - Throws: `.invalidArgument` unless there are two positive numbers of each; the padding may be 0.
  fileprivate init(
    _ name: StaticString, kernel: Dims, dilation: Dims, padding: Dims, stride: Dims
  ) throws(ThalwegError) {
    geometry = try PatchGeometry(
      kernel: kernel, dilation: dilation, padding: padding, stride: stride, in: name)
    (self.kernel, self.dilation, self.padding, self.stride) = (kernel, dilation, padding, stride)
    super.init()
  }

  package var options: LayerOptions {
    [
      "kernel_size": .ints(Array(kernel)), "dilation": .ints(Array(dilation)),
      "padding": .ints(Array(padding)), "stride": .ints(Array(stride)),
    ]
  }
}

/// The windows of images as columns.
/// Shape: [N, C, H, W] to [N, C kernel height kernel width, windows], or both without N.
public final class Unfold: PatchLayer, DescribedLayer {
  public init(
    kernel: Dims, dilation: Dims = [1, 1], padding: Dims = [0, 0], stride: Dims = [1, 1]
  ) throws(ThalwegError) {
    try super.init("Unfold", kernel: kernel, dilation: dilation, padding: padding, stride: stride)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.unfoldPatches(geometry)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Unfold(
      kernel: options.dims("kernel_size", 2...2), dilation: options.dims("dilation", 2...2),
      padding: options.dims("padding", 2...2), stride: options.dims("stride", 2...2))
  }
}

/// Images from columns as `Unfold` makes them, added up where windows overlap.
/// Shape: [N, C kernel height kernel width, windows] to [N, C, height, width], or both without N.
public final class Fold: PatchLayer, DescribedLayer {
  /// Height and width.
  public let outputSize: Dims

  public init(
    outputSize: Dims, kernel: Dims, dilation: Dims = [1, 1], padding: Dims = [0, 0], stride: Dims = [1, 1]
  ) throws(ThalwegError) {
    guard outputSize.count == 2, outputSize.allSatisfy({ $0 >= 1 && $0 < 1 << 31 }) else {
      throw ThalwegError(
        .invalidArgument, "Fold: the output size is \(outputSize); two positive numbers are needed")
    }
    self.outputSize = outputSize
    try super.init("Fold", kernel: kernel, dilation: dilation, padding: padding, stride: stride)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.foldPatches(outputSize[0], outputSize[1], geometry)
  }

  package override var options: LayerOptions {
    LayerOptions([("output_size", .ints(Array(outputSize)))] + super.options.pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Fold(
      outputSize: options.dims("output_size", 2...2), kernel: options.dims("kernel_size", 2...2),
      dilation: options.dims("dilation", 2...2), padding: options.dims("padding", 2...2),
      stride: options.dims("stride", 2...2))
  }
}
