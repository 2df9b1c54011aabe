// Convolution of volumes [N, C, D, H, W], or [C, D, H, W] for one: of images whose channels are those of all slices under
// a filter. Each slice of the result is an image of the batch, so that one convolution of images does it all.
// Derivatives: by way of its parts.

extension Tensor {
  /// Slides the filters `weight` over volumes.
  /// - Parameters:
  ///   - weight: [out channels, in channels / groups, kernel depth, kernel height, kernel width].
  ///   - bias: [out channels].
  ///   - stride, dilation: one number, or one for depth, one for height and one for width.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func conv3d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: ConvolutionPadding = [0],
    dilation: Dims = [1], groups: Int = 1
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "conv3d"
    let volumes = try asVolumes(weight, groups, name)
    let (channels, overflow) = weight.shape[1].multipliedReportingOverflow(by: groups)
    guard !overflow, volumes.shape[1] == channels, weight.shape[0] % groups == 0 else {
      throw ThalwegError(
        .shape,
        """
        \(name): input \(shape) and weight \(weight.shape) do not fit with groups \(groups): the input's channels must be \
        the weight's second dimension times groups, and groups divide its first
        """)
    }
    let kernel = Dims(weight.shape.dropFirst(2))
    let steps = try windowNumbers(stride, "stride", atLeast: 1, directions: 3, in: name)
    let gaps = try windowNumbers(dilation, "dilation", atLeast: 1, directions: 3, in: name)
    let pads = try padding.sides(
      kernel: kernel, stride: stride, dilation: dilation, directions: 3, in: name)
    let slices = try volumes.slices(
      taps: kernel[0], step: steps[0], gap: gaps[0], before: pads[0], behind: pads[3], in: name)
    let (batch, depth) = (slices.shape[0], slices.shape[1])
    let images = try slices.reshape(
      [batch * depth, channels * kernel[0], volumes.shape[3], volumes.shape[4]])
    let filters = try weight.reshape([weight.shape[0], weight.shape[1] * kernel[0], kernel[1], kernel[2]])
    let y = try images.convolution(
      filters, bias, [steps[1], steps[2]], .zeros([pads[1], pads[2], pads[4], pads[5]]), [gaps[1], gaps[2]],
      groups, isLine: false, in: name)
    let result = try y.reshape([batch, depth, weight.shape[0], y.shape[2], y.shape[3]]).transpose(1, 2)
      .contiguous()
    return rank == 4 ? try result.squeeze([0]) : result
  }

  /// Adds the filters `weight`, times each voxel, to the windows of larger volumes.
  /// - Parameters:
  ///   - weight: [in channels, out channels / groups, kernel depth, kernel height, kernel width].
  ///   - bias: [out channels].
  ///   - stride, dilation: of the windows: one number, or one for depth, one for height and one for width.
  ///   - padding: as well; how much is taken off on all sides.
  ///   - outputPadding: as well; how much is added at the far sides, smaller than stride or dilation.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func convTranspose3d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: Dims = [0],
    outputPadding: Dims = [0], groups: Int = 1, dilation: Dims = [1]
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "conv_transpose3d"
    let volumes = try asVolumes(weight, groups, name)
    guard volumes.shape[1] == weight.shape[0], weight.shape[0] % groups == 0 else {
      throw ThalwegError(
        .shape,
        """
        \(name): input \(shape) and weight \(weight.shape) do not fit with groups \(groups): the input's channels must be \
        the weight's first dimension, and groups divide them
        """)
    }
    func numbers(_ value: Dims, _ what: StaticString, _ least: Int) throws(ThalwegError) -> Dims {
      try windowNumbers(value, what, atLeast: least, directions: 3, in: name)
    }
    let (steps, gaps) = (try numbers(stride, "stride", 1), try numbers(dilation, "dilation", 1))
    let (off, more) = (try numbers(padding, "padding", 0), try numbers(outputPadding, "output_padding", 0))
    for i in 0..<3 where more[i] >= max(steps[i], gaps[i]) {
      throw ThalwegError(
        .invalidArgument,
        "\(name): output_padding is \(more); it must be smaller than stride \(steps) or dilation \(gaps)")
    }
    let (batch, depth, taps) = (volumes.shape[0], volumes.shape[2], weight.shape[2])
    let out = weight.shape[1] &* groups
    guard bias.map({ $0.shape == [out] }) ?? true else {
      throw ThalwegError(
        .shape, "\(name): the bias must have shape [\(out)], an element for each output channel")
    }
    // Sizes and taps have elements in memory, steps and gaps are below 2^31.
    let reach = (depth - 1).multipliedReportingOverflow(by: steps[0])
    let span = (taps - 1).multipliedReportingOverflow(by: gaps[0])
    let size = reach.partialValue.addingReportingOverflow(span.partialValue &+ 1 &+ more[0])
    guard !reach.overflow, !span.overflow, span.partialValue < Int.max >> 2, !size.overflow, depth > 0,
      size.partialValue > 2 * off[0]
    else {
      throw ThalwegError(
        .shape,
        """
        \(name): input \(shape), kernel \(Dims(weight.shape.dropFirst(2))), stride \(steps), dilation \(gaps) and padding \
        \(off) leave nothing, or more than any memory
        """)
    }
    let images = try volumes.transpose(1, 2).reshape(
      [batch * depth, volumes.shape[1], volumes.shape[3], volumes.shape[4]])
    let filters = try weight.reshape(
      [weight.shape[0], weight.shape[1] * taps, weight.shape[3], weight.shape[4]])
    let y = try images.convTranspose2d(
      filters, stride: [steps[1], steps[2]], padding: [off[1], off[2]], outputPadding: [more[1], more[2]],
      groups: groups, dilation: [gaps[1], gaps[2]])
    let (height, width) = (y.shape[2], y.shape[3])
    // Each slice of each tap, to the slice of the result that it is a part of.
    let parts = try y.reshape([batch, depth, out, taps, height * width]).permute([0, 2, 1, 3, 4])
    let places = try Tensor.slicePlaces(depth, taps, steps[0], gaps[0], name)
    var result = try Tensor.zeros([batch, out, size.partialValue, height * width], dtype: y.dtype).indexAdd(
      2, places, parts.reshape([batch, out, depth * taps, height * width]))
    if off[0] > 0 { result = try result.slice(2, off[0], size.partialValue - off[0]) }
    result = try result.reshape([batch, out, size.partialValue - 2 * off[0], height, width])
    if let bias { result = try result + bias.reshape([out, 1, 1, 1]) }
    return rank == 4 ? try result.squeeze([0]) : result
  }

  /// This tensor as [N, C, D, H, W]; its rank, the weight's and the groups are right.
  private func asVolumes(
    _ weight: Tensor, _ groups: Int, _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard groups >= 1 else {
      throw ThalwegError(.invalidArgument, "\(name): groups is \(groups); it must be at least 1")
    }
    guard weight.rank == 5, weight.shape[0] > 0, Dims(weight.shape.dropFirst(2)).product > 0 else {
      throw ThalwegError(
        .shape,
        """
        \(name): the weight has shape \(weight.shape); it must be [out channels, in channels / groups, kernel depth, \
        kernel height, kernel width], or for a transposed convolution [in channels, out channels / groups, ...], and not \
        empty
        """)
    }
    guard rank == 4 || rank == 5 else {
      throw ThalwegError(
        .shape,
        "\(name): the input has shape \(shape); it must be [N, C, D, H, W], or [C, D, H, W] for one volume")
    }
    return rank == 4 ? try unsqueeze(0) : self
  }

  /// The slices under each window along the depth: [N, windows, C, taps, H, W].
  private func slices(
    taps: Int, step: Int, gap: Int, before: Int, behind: Int, in name: StaticString
  ) throws(ThalwegError) -> Tensor {
    let (reach, overflow) = gap.multipliedReportingOverflow(by: taps - 1)
    guard !overflow, reach < shape[2] + before + behind else {
      throw ThalwegError(
        .shape,
        "\(name): a kernel of depth \(taps) with dilation \(gap) is larger than the input \(shape) with padding \(before)"
      )
    }
    let padded = before + behind > 0 ? try pad([0, 0, 0, 0, before, behind]) : self
    if taps == 1 && step == 1 { return try padded.unsqueeze(3).transpose(1, 2) }
    let count = (padded.shape[2] - reach - 1) / step + 1
    let places = try Tensor.slicePlaces(count, taps, step, gap, name)
    return try padded.indexSelect(2, places).reshape(
      [shape[0], shape[1], count, taps, shape[3], shape[4]]
    ).transpose(1, 2)
  }

  /// Where the taps of windows lie, one window after the other: [windows * taps].
  private static func slicePlaces(
    _ windows: Int, _ taps: Int, _ step: Int, _ gap: Int, _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    try Recording.outside { () throws(ThalwegError) in
      let places = try Tensor.make([windows, taps], .int64, for: name)
      let place = places.data.assumingMemoryBound(to: Int64.self)
      for window in 0..<windows {
        for tap in 0..<taps { place[window &* taps &+ tap] = Int64(window &* step &+ tap &* gap) }
      }
      return try places.reshape([-1])
    }
  }
}
