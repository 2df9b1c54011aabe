public import ThalwegCore

/// The largest element of each of a given number of windows of one size, about evenly apart at places that random numbers
/// choose (Graham 2014, "Fractional max-pooling").
/// Shape: [N, C, ...] to the same with other sizes behind the channels, or both without N.
public class FractionalMaxPoolLayer: Module {
  public let kernel: Dims
  /// How many windows there are; nothing where the ratio says it.
  public let outputSize: Dims
  /// The number of windows to the input's size, for each direction; empty where `outputSize` says it.
  public let outputRatio: [Double]
  let generator: Generator

  /// Of the input [N, C, ...], behind the channels.
  package class var directions: Int { 2 }

  package required init(
    window kernel: Dims, outputSize: Dims, outputRatio: [Double], _ generator: Generator
  ) throws(ThalwegError) {
    (self.kernel, self.outputSize, self.outputRatio) = (kernel, outputSize, outputRatio)
    self.generator = generator
    super.init()
    let directions = Self.directions
    _ = try windowNumbers(
      kernel, "kernel_size", atLeast: 1, directions: directions, in: "\(Self.self)")
    try Self.require(outputSize.isEmpty != outputRatio.isEmpty, "give one of output_size and output_ratio")
    if outputRatio.isEmpty {
      _ = try windowNumbers(
        outputSize, "output_size", atLeast: 1, directions: directions, in: "\(Self.self)")
    } else {
      try Self.require(
        (outputRatio.count == 1 || outputRatio.count == directions)
          && outputRatio.allSatisfy { $0 > 0 && $0 < 1 },
        "output_ratio is \(outputRatio); it must be between 0 and 1, one or \(directions)")
    }
  }

  /// - Parameters:
  ///   - kernel: one number, or one for each direction.
  ///   - outputSize, outputRatio: as well; one of the two.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ kernel: Dims, outputSize: Dims = [], outputRatio: [Double] = [], generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(window: kernel, outputSize: outputSize, outputRatio: outputRatio, generator)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let directions = Self.directions
    try Self.require(input, rank: directions + 1...directions + 2)
    let sizes = Array(input.shape.suffix(directions))
    func each(_ value: Dims) -> Dims {
      value.count == 1 ? Dims(repeating: value[0], count: directions) : value
    }
    let ratio = outputRatio.count == 1 ? Array(repeating: outputRatio[0], count: directions) : outputRatio
    let places =
      ratio.isEmpty ? each(outputSize) : Dims(sizes.indices.map { Int(Double(sizes[$0]) * ratio[$0]) })
    return try input.fractionalMaxPool(each(kernel), outputSize: places, generator: generator).values
  }
}

extension FractionalMaxPoolLayer: DescribedLayer {
  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [("kernel_size", .ints(Array(kernel)))]
    if outputRatio.isEmpty {
      pairs.append(("output_size", .ints(Array(outputSize))))
    } else {
      for (i, ratio) in outputRatio.enumerated() { pairs.append(("output_ratio_\(i)", .double(ratio))) }
    }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    var ratios: [Double] = []
    while ratios.count < directions, options["output_ratio_\(ratios.count)"] != nil {
      ratios.append(try options.double("output_ratio_\(ratios.count)"))
    }
    return try Self(
      window: options.dims("kernel_size", 1...directions),
      outputSize: ratios.isEmpty ? options.dims("output_size", 1...directions) : [], outputRatio: ratios,
      .default)
  }
}

/// `FractionalMaxPoolLayer` of images [N, C, H, W].
public final class FractionalMaxPool2d: FractionalMaxPoolLayer {}

/// `FractionalMaxPoolLayer` of volumes [N, C, D, H, W].
public final class FractionalMaxPool3d: FractionalMaxPoolLayer {
  package override class var directions: Int { 3 }
}
