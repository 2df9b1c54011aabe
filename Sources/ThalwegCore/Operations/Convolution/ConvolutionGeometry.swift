package import CKernels

/// How the window of a convolution moves over an image, or, with one direction alone, over a sequence: that is an image
/// of height 1 whose shape does not mention it.
package struct ConvolutionGeometry: Equatable {
  package struct Axis: Equatable {
    package var stride = 1
    package var dilation = 1
    /// Zeros before and behind the image. Behind it may be negative: pixels that no window sees.
    package var before = 0
    package var behind = 0
  }

  package var y = Axis()
  package var x = Axis()
  package var groups = 1
  /// Shapes are [N, C, L] rather than [N, C, H, W].
  package var isLine = false

  /// - Parameters:
  ///   - stride, dilation: one number, or one for height and one for width.
  ///   - kernel: height and width, for 'same' padding.
  package init(
    stride: Dims, padding: ConvolutionPadding, dilation: Dims, groups: Int, kernel: Dims, isLine: Bool,
    in function: StaticString
  ) throws(ThalwegError) {
    (y.stride, x.stride) = try windowPair(stride, "stride", atLeast: 1, isLine: isLine, in: function)
    (y.dilation, x.dilation) = try windowPair(dilation, "dilation", atLeast: 1, isLine: isLine, in: function)
    let sides = try padding.sides(
      kernel: kernel, stride: stride, dilation: dilation, directions: isLine ? 1 : 2, in: function)
    if isLine {
      (x.before, x.behind) = (sides[0], sides[1])
    } else {
      (y.before, x.before, y.behind, x.behind) = (sides[0], sides[1], sides[2], sides[3])
    }
    guard groups >= 1 else {
      throw ThalwegError(.invalidArgument, "\(function): groups is \(groups); it must be at least 1")
    }
    self.groups = groups
    self.isLine = isLine
  }

  /// Of the convolution whose input's gradient a transposed convolution is.
  /// - Parameter outputPadding: rows and columns more than windows reach, at the far edges.
  package init(
    transposed stride: Dims, padding: Dims, outputPadding: Dims, dilation: Dims, groups: Int, isLine: Bool,
    in function: StaticString
  ) throws(ThalwegError) {
    let both = try windowPair(padding, "padding", atLeast: 0, isLine: isLine, in: function)
    try self.init(
      stride: stride, padding: .zeros(isLine ? [both.1] : [both.0, both.1]), dilation: dilation,
      groups: groups, kernel: [], isLine: isLine, in: function)
    let more = try windowPair(outputPadding, "output_padding", atLeast: 0, isLine: isLine, in: function)
    guard more.0 < max(y.stride, y.dilation), more.1 < max(x.stride, x.dilation) else {
      throw ThalwegError(
        .invalidArgument,
        """
        \(function): output_padding is \(outputPadding); it must be smaller than stride \(stride) or dilation \
        \(dilation)
        """)
    }
    y.behind -= more.0
    x.behind -= more.1
  }

  // MARK: - In a node

  /// With the shape of the operation's result.
  package func attributes(_ shape: Dims) -> Attributes {
    Attributes(
      dims: [y.stride, x.stride, y.dilation, x.dilation, y.before, x.before, y.behind, x.behind],
      extra: shape, index: groups, flag: isLine)
  }

  package init(_ attributes: Attributes) {
    let d = attributes.dims
    y = Axis(stride: d[0], dilation: d[2], before: d[4], behind: d[6])
    x = Axis(stride: d[1], dilation: d[3], before: d[5], behind: d[7])
    groups = attributes.index
    isLine = attributes.flag
  }

  // MARK: - Shapes

  /// The shape of a convolution's result: input [N, C, H, W], weight [O, C / groups, kernel height, kernel width]. No
  /// channels stay none (as PyTorch's).
  package func outputShape(
    _ input: Dims, _ weight: Dims, in function: StaticString
  ) throws(ThalwegError) -> Dims {
    try checkRanks(input, weight, in: function)
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
    let (size, taps) = (planar(input), planar(weight))
    guard let height = y.places(size[2], taps[2]), let width = x.places(size[3], taps[3]) else {
      throw ThalwegError(
        .shape,
        """
        \(function): the kernel \(Dims(weight.dropFirst(2))) with dilation \(entries(\.dilation)) is larger than the \
        input \(input) with padding \(entries(\.before)); it must fit in at least once
        """)
    }
    return linear([size[0], channels == 0 ? 0 : weight[0], height, width])
  }

  /// The shape of a transposed convolution's result: input [N, O, H, W], weight as above; then [N, C, H', W'].
  package func transposedShape(
    _ input: Dims, _ weight: Dims, in function: StaticString
  ) throws(ThalwegError) -> Dims {
    try checkRanks(input, weight, in: function)
    guard input[1] == weight[0], weight[0] % groups == 0 else {
      throw ThalwegError(
        .shape,
        """
        \(function): input \(input) and weight \(weight) do not fit with groups \(groups): the input's channels \
        (\(input[1])) must be the weight's first dimension (\(weight[0])), and groups divide them
        """)
    }
    let (channels, overflow) = weight[1].multipliedReportingOverflow(by: groups)
    let (size, taps) = (planar(input), planar(weight))
    guard !overflow, let height = y.reach(size[2], taps[2]), let width = x.reach(size[3], taps[3]) else {
      throw ThalwegError(
        .shape,
        """
        \(function): input \(input), kernel \(Dims(weight.dropFirst(2))), stride \(entries(\.stride)), dilation \
        \(entries(\.dilation)) and padding \(entries(\.before)) leave nothing, or more than any memory; the result \
        spans (size - 1) stride + dilation (kernel - 1) + 1 + output_padding - 2 padding
        """)
    }
    return linear([size[0], channels, height, width])
  }

  private func checkRanks(
    _ input: Dims, _ weight: Dims, in function: StaticString
  ) throws(ThalwegError) {
    let rank = isLine ? 3 : 4
    guard weight.count == rank, weight[0] > 0, Dims(weight.dropFirst(2)).product > 0 else {
      throw ThalwegError(
        .shape,
        """
        \(function): the weight has shape \(weight); it must be [out channels, in channels / groups, \
        \(isLine ? "kernel" : "kernel height, kernel width")], or for a transposed convolution [in channels, out \
        channels / groups, ...], and not empty
        """)
    }
    guard input.count == rank else {
      throw ThalwegError(
        .shape,
        """
        \(function): the input has shape \(input); it must be \
        \(isLine ? "[N, C, L], or [C, L] for one sequence" : "[N, C, H, W], or [C, H, W] for one image")
        """)
    }
  }

  /// With the height of 1 that a sequence's shape does not mention.
  package func planar(_ shape: Dims) -> Dims {
    var result = shape
    if isLine { result.insert(1, at: 2) }
    return result
  }

  /// The other way round.
  private func linear(_ shape: Dims) -> Dims {
    var result = shape
    if isLine { result.remove(at: 2) }
    return result
  }

  /// For messages, a number a direction.
  private func entries(_ number: KeyPath<Axis, Int>) -> Dims {
    isLine ? [x[keyPath: number]] : [y[keyPath: number], x[keyPath: number]]
  }

  // MARK: - Windows

  /// Windows over the input [N, C, H, W], `output` [N, O, H', W'] of them.
  package func windows(_ input: Dims, _ weight: Dims, _ output: Dims) -> tk_image {
    if isPixelwise(weight) { return Self.pixels(input) }
    let (input, weight, output) = (planar(input), planar(weight), planar(output))
    return tk_image(
      y: y.reading(input[2], weight[2]), x: x.reading(input[3], weight[3]), columns: Int64(output[3]))
  }

  /// What of the output each pixel of the input has gone to.
  package func windowsBack(_ input: Dims, _ weight: Dims, _ output: Dims) -> tk_image {
    if isPixelwise(weight) { return Self.pixels(input) }
    let (input, weight, output) = (planar(input), planar(weight), planar(output))
    return tk_image(
      y: y.readingBack(output[2], weight[2]), x: x.readingBack(output[3], weight[3]), columns: Int64(input[3])
    )
  }

  /// Whether each pixel is a window of its own.
  package func isPixelwise(_ weight: Dims) -> Bool {
    Dims(weight.dropFirst(2)).product == 1 && y == Axis() && x == Axis()
  }

  /// Whether the gradient of the input is to be spread from windows to pixels, rather than read from the windows over
  /// each pixel: the matrix that goes through memory is smaller.
  package func spreads(_ weight: Dims) -> Bool {
    y.stride > 1 || x.stride > 1 || weight[1] < weight[0] / groups && !isPixelwise(weight)
  }

  /// The image as one long row of windows.
  private static func pixels(_ image: Dims) -> tk_image {
    let count = Int64(Dims(image.dropFirst(2)).product)
    let none = tk_axis(size: 1, taps: 1, step: 1, tap: 1, start: 0, divisor: 1)
    let all = tk_axis(size: count, taps: 1, step: 1, tap: 1, start: 0, divisor: 1)
    return tk_image(y: none, x: all, columns: count)
  }
}

extension ConvolutionGeometry.Axis {
  /// How often a window of `taps` fits into `size`; nil if not once, or if numbers overflow.
  fileprivate func places(_ size: Int, _ taps: Int) -> Int? {
    let (reach, overflow) = dilation.multipliedReportingOverflow(by: taps - 1)
    // Sizes are below 2^60, padding and strides below 2^31.
    guard !overflow, reach < size + before + behind, size < Int.max / 2 / stride else { return nil }
    return (size + before + behind - reach - 1) / stride + 1
  }

  /// The size into which `places` windows of `taps` fit exactly; nil if that is negative, or if numbers overflow.
  fileprivate func reach(_ places: Int, _ taps: Int) -> Int? {
    let (window, overflow) = dilation.multipliedReportingOverflow(by: taps - 1)
    guard places > 0, !overflow, window < Int.max / 4, places < Int.max / 4 / stride else { return nil }
    let size = (places - 1) * stride + window + 1 - before - behind
    return size < 0 ? nil : size
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

/// One number for both directions, or one for height and one for width; for a sequence one number, the other is `least`.
package func windowPair(
  _ value: Dims, _ name: StaticString, atLeast least: Int, isLine: Bool = false, in function: StaticString
) throws(ThalwegError) -> (Int, Int) {
  let numbers = try windowNumbers(
    value, name, atLeast: least, directions: isLine ? 1 : 2, in: function)
  return (isLine ? least : numbers[0], numbers[numbers.count - 1])
}

/// One number for all directions, or one for each: length; height and width; depth, height and width.
/// - Parameter function: who asks, for the message.
package func windowNumbers(
  _ value: Dims, _ name: StaticString, atLeast least: Int, directions: Int,
  in function: some CustomStringConvertible
) throws(ThalwegError) -> Dims {
  guard value.count == 1 || value.count == directions else {
    let wanted =
      switch directions {
      case 1: "one number"
      case 2: "one for height and one for width, or one for both"
      default: "one for depth, one for height and one for width, or one for all"
      }
    throw ThalwegError(
      .invalidArgument, "\(function): \(name) has \(value.count) entries; give \(wanted)")
  }
  for entry in value where entry < least || entry > Int(Int32.max) {
    throw ThalwegError(
      .invalidArgument, "\(function): \(name) is \(value); each entry must be from \(least) to \(Int32.max)")
  }
  return value.count == directions ? value : Dims(repeating: value[0], count: directions)
}
