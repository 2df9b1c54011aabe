public import ThalwegCore

/// Another size behind the channels: see `Tensor.interpolate`.
/// Shape: [N, C, ...] to [N, C, sizes].
public final class Upsample: Module, DescribedLayer {
  /// One for each dimension behind the channels, or one for all; nothing where `scales` says them.
  public let sizes: Dims
  /// How many times as large; one, or one for each dimension.
  public let scales: [Double]
  /// PyTorch's word for it: "nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact", "area".
  public let mode: String
  public let alignsCorners: Bool
  private let kind: InterpolationMode

  /// - Throws: `.invalidArgument` unless sizes or scales are given, and for a mode that does not exist.
  public init(
    _ sizes: Dims = [], scales: [Double] = [], mode: String = "nearest", alignsCorners: Bool = false
  ) throws(ThalwegError) {
    (self.sizes, self.scales, self.mode, self.alignsCorners) = (sizes, scales, mode, alignsCorners)
    kind = try InterpolationMode(mode)
    super.init()
    try Self.require(
      sizes.isEmpty != scales.isEmpty, "sizes are \(sizes) and scales \(scales); one of both must be given")
    try Self.require(
      sizes.allSatisfy { $0 >= 1 } && scales.allSatisfy { $0 > 0 && $0.isFinite },
      "sizes are \(sizes) and scales \(scales); they must be positive")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.resized(
      to: sizes, scales: scales, mode: kind, alignsCorners: alignsCorners)
  }

  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [("mode", .string(mode))]
    if !sizes.isEmpty { pairs.append(("size", .ints(Array(sizes)))) }
    for (i, scale) in scales.enumerated() { pairs.append(("scale_factor_\(i)", .double(scale))) }
    pairs.append(("align_corners", .bool(alignsCorners)))
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    var scales: [Double] = []
    while options["scale_factor_\(scales.count)"] != nil, scales.count < 3 {
      scales.append(try options.double("scale_factor_\(scales.count)"))
    }
    return try Upsample(
      options["size"] == nil ? [] : options.dims("size", 1...3), scales: scales,
      mode: options.string("mode"), alignsCorners: options.bool("align_corners"))
  }
}
