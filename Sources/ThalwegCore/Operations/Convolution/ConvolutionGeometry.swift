package import CKernels

/// How the window of a convolution moves over an image.
package struct ConvolutionGeometry: Equatable {
  package struct Axis: Equatable {
    package var stride = 1
    package var dilation = 1
    /// Zeros before and behind the image.
    package var before = 0
    package var behind = 0
  }

  package var y = Axis()
  package var x = Axis()
  package var groups = 1

  package init() {}

  /// - Parameters:
  ///   - stride, dilation: one number, or one for height and one for width.
  ///   - padding: as well, or four numbers: top, left, bottom, right.
  package init(
    stride: Dims, padding: Dims, dilation: Dims, groups: Int, in function: StaticString
  ) throws(ThalwegError) {
    (y.stride, x.stride) = try windowPair(stride, "stride", atLeast: 1, in: function)
    (y.dilation, x.dilation) = try windowPair(dilation, "dilation", atLeast: 1, in: function)
    let (before, behind) = try paddingPairs(padding, in: function)
    (y.before, x.before) = before
    (y.behind, x.behind) = behind
    guard groups >= 1 else {
      throw ThalwegError(.invalidArgument, "\(function): groups is \(groups); it must be at least 1")
    }
    self.groups = groups
  }

  // MARK: - In a node

  /// With the shape of the operation's result.
  package func attributes(_ shape: Dims) -> Attributes {
    Attributes(
      dims: [y.stride, x.stride, y.dilation, x.dilation, y.before, x.before, y.behind, x.behind],
      extra: shape, index: groups)
  }

  package init(_ attributes: Attributes) {
    let d = attributes.dims
    y = Axis(stride: d[0], dilation: d[2], before: d[4], behind: d[6])
    x = Axis(stride: d[1], dilation: d[3], before: d[5], behind: d[7])
    groups = attributes.index
  }

  // MARK: - Shapes

  /// The shape of conv2d's result: input [N, C, H, W], weight [O, C / groups, kernel height, kernel width].
  package func outputShape(_ input: Dims, _ weight: Dims, in function: StaticString) throws(ThalwegError)
    -> Dims
  {
    guard weight.count == 4, weight.product > 0 else {
      throw ThalwegError(
        .shape,
        """
        \(function): the weight has shape \(weight); it must be [out channels, in channels / groups, kernel height, \
        kernel width], none of them 0
        """)
    }
    guard input.count == 4 else {
      throw ThalwegError(
        .shape,
        "\(function): the input has shape \(input); it must be [N, C, H, W], or [C, H, W] for one image")
    }
    guard weight[0] % groups == 0 else {
      throw ThalwegError(
        .shape,
        "\(function): groups is \(groups), and weight \(weight) has \(weight[0]) output channels; groups must divide them"
      )
    }
    let (channels, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    guard !overflow, input[1] == channels else {
      throw ThalwegError(
        .shape,
        """
        \(function): input \(input) and weight \(weight) do not fit with groups \(groups): the input's channels \
        (\(input[1])) must be the weight's second dimension times groups (\(weight[1]) x \(groups))
        """)
    }
    guard let height = y.places(input[2], weight[2]), let width = x.places(input[3], weight[3]) else {
      throw ThalwegError(
        .shape,
        """
        \(function): the kernel [\(weight[2]), \(weight[3])] with dilation [\(y.dilation), \(x.dilation)] is larger \
        than the input \(input) with padding [\(y.before), \(x.before)]; it must fit in at least once
        """)
    }
    return [input[0], weight[0], height, width]
  }

  /// Windows over the input [N, C, H, W], `output` [N, O, H', W'] of them.
  package func windows(_ input: Dims, _ weight: Dims, _ output: Dims) -> tk_image {
    if isPixelwise(weight) { return Self.pixels(input) }
    return tk_image(
      y: y.reading(input[2], weight[2]), x: x.reading(input[3], weight[3]), columns: Int64(output[3]))
  }

  /// What of the output each pixel of the input has gone to.
  package func windowsBack(_ input: Dims, _ weight: Dims, _ output: Dims) -> tk_image {
    if isPixelwise(weight) { return Self.pixels(input) }
    return tk_image(
      y: y.readingBack(output[2], weight[2]), x: x.readingBack(output[3], weight[3]), columns: Int64(input[3])
    )
  }

  /// Whether each pixel is a window of its own.
  private func isPixelwise(_ weight: Dims) -> Bool {
    weight[2] == 1 && weight[3] == 1 && self == ConvolutionGeometry(groups: groups)
  }

  /// Whether the gradient of the input is to be spread from windows to pixels, rather than read from the windows over
  /// each pixel: the matrix that goes through memory is smaller.
  package func spreads(_ weight: Dims) -> Bool {
    y.stride > 1 || x.stride > 1 || weight[1] < weight[0] / groups && !isPixelwise(weight)
  }

  /// The image as one long row of windows.
  private static func pixels(_ image: Dims) -> tk_image {
    let count = Int64(image[2] * image[3])
    let none = tk_axis(size: 1, taps: 1, step: 1, tap: 1, start: 0, divisor: 1)
    let all = tk_axis(size: count, taps: 1, step: 1, tap: 1, start: 0, divisor: 1)
    return tk_image(y: none, x: all, columns: count)
  }

  private init(groups: Int) { self.groups = groups }
}

extension ConvolutionGeometry.Axis {
  /// How often a window of `taps` fits into `size`; nil if not once, or if numbers overflow.
  fileprivate func places(_ size: Int, _ taps: Int) -> Int? {
    let (reach, overflow) = dilation.multipliedReportingOverflow(by: taps - 1)
    // Sizes are below 2^60, padding and strides below 2^31.
    guard !overflow, reach < size + before + behind, size < Int.max / 2 / stride else { return nil }
    return (size + before + behind - reach - 1) / stride + 1
  }

  fileprivate func reading(_ size: Int, _ taps: Int) -> tk_axis {
    tk_axis(
      size: Int64(size), taps: Int64(taps), step: Int64(stride), tap: Int64(dilation), start: -Int64(before),
      divisor: 1)
  }

  fileprivate func readingBack(_ size: Int, _ taps: Int) -> tk_axis {
    tk_axis(
      size: Int64(size), taps: Int64(taps), step: 1, tap: -Int64(dilation), start: Int64(before),
      divisor: Int64(stride))
  }
}

/// One number for both directions, or one for height and one for width.
package func windowPair(
  _ value: Dims, _ name: StaticString, atLeast least: Int, in function: StaticString
) throws(ThalwegError) -> (Int, Int) {
  guard value.count == 1 || value.count == 2 else {
    throw ThalwegError(
      .invalidArgument,
      "\(function): \(name) has \(value.count) entries; give one for height and one for width, or one for both"
    )
  }
  for entry in value where entry < least || entry > Int(Int32.max) {
    throw ThalwegError(
      .invalidArgument, "\(function): \(name) is \(value); each entry must be from \(least) to \(Int32.max)")
  }
  return (value[0], value[value.count - 1])
}

/// Before and behind the image: one number, or one for height and one for width, or top, left, bottom and right.
package func paddingPairs(
  _ padding: Dims, in function: StaticString
) throws(ThalwegError) -> (before: (Int, Int), behind: (Int, Int)) {
  if padding.count != 4 {
    let both = try windowPair(padding, "padding", atLeast: 0, in: function)
    return (both, both)
  }
  return (
    try windowPair([padding[0], padding[1]], "padding", atLeast: 0, in: function),
    try windowPair([padding[2], padding[3]], "padding", atLeast: 0, in: function)
  )
}
