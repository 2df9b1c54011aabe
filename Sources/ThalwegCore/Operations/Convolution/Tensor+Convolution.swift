import CKernels

extension Tensor {
  /// Slides the filters `weight` over sequences [N, C, L], or [C, L] for one.
  /// - Parameters:
  ///   - weight: [out channels, in channels / groups, kernel].
  ///   - bias: [out channels].
  ///   - stride, dilation: one number.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func conv1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: ConvolutionPadding = [0],
    dilation: Dims = [1], groups: Int = 1
  ) throws(ThalwegError) -> Tensor {
    try convolution(weight, bias, stride, padding, dilation, groups, isLine: true, in: "conv1d")
  }

  /// Slides the filters `weight` over images [N, C, H, W], or [C, H, W] for one.
  /// - Parameters:
  ///   - weight: [out channels, in channels / groups, kernel height, kernel width].
  ///   - bias: [out channels].
  ///   - stride, dilation: one number, or one for height and one for width.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func conv2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: ConvolutionPadding = [0],
    dilation: Dims = [1], groups: Int = 1
  ) throws(ThalwegError) -> Tensor {
    try convolution(weight, bias, stride, padding, dilation, groups, isLine: false, in: "conv2d")
  }

  /// Adds the filters `weight`, times each element of sequences [N, C, L] or [C, L], to the windows of a larger sequence.
  /// - Parameters:
  ///   - weight: [in channels, out channels / groups, kernel].
  ///   - bias: [out channels].
  ///   - stride, dilation: of the windows, one number.
  ///   - padding: how much is taken off at both ends, one number.
  ///   - outputPadding: how much is added at the end, smaller than stride or dilation.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func convTranspose1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: Dims = [0],
    outputPadding: Dims = [0], groups: Int = 1, dilation: Dims = [1]
  ) throws(ThalwegError) -> Tensor {
    let geometry = try ConvolutionGeometry(
      transposed: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups,
      isLine: true, in: "conv_transpose1d")
    return try batched(rank: 3) { x throws(ThalwegError) in
      try TransposedConvolution.apply(x, weight, bias, geometry, in: "conv_transpose1d")
    }
  }

  /// Adds the filters `weight`, times each pixel of images [N, C, H, W] or [C, H, W], to the windows of a larger image.
  /// - Parameters:
  ///   - weight: [in channels, out channels / groups, kernel height, kernel width].
  ///   - bias: [out channels].
  ///   - stride, dilation: of the windows: one number, or one for height and one for width.
  ///   - padding: as well; how much is taken off on all sides.
  ///   - outputPadding: as well; how much is added below and on the right, smaller than stride or dilation.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func convTranspose2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: Dims = [0],
    outputPadding: Dims = [0], groups: Int = 1, dilation: Dims = [1]
  ) throws(ThalwegError) -> Tensor {
    let geometry = try ConvolutionGeometry(
      transposed: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups,
      isLine: false, in: "conv_transpose2d")
    return try batched(rank: 4) { x throws(ThalwegError) in
      try TransposedConvolution.apply(x, weight, bias, geometry, in: "conv_transpose2d")
    }
  }

  /// - Parameter addend, activation: as `Convolution.apply` has them.
  package func convolution(
    _ weight: Tensor, _ bias: Tensor?, _ stride: Dims, _ padding: ConvolutionPadding, _ dilation: Dims,
    _ groups: Int, isLine: Bool, addend: Tensor? = nil, activation: Int32 = Int32(TK_ACTIVATION_NONE),
    in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let rank = isLine ? 3 : 4
    let kernel = weight.rank == rank ? Dims(weight.shape.dropFirst(2)) : [1]
    let geometry = try ConvolutionGeometry(
      stride: stride, padding: padding, dilation: dilation, groups: groups, kernel: kernel, isLine: isLine,
      in: function)
    return try batched(rank: rank) { x throws(ThalwegError) in
      try Convolution.apply(x, weight, bias, geometry, addend: addend, activation: activation, in: function)
    }
  }

  /// Runs `body` on a tensor of `rank` dimensions; what has one less is a batch of one.
  private func batched(
    rank: Int, _ body: (Tensor) throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) -> Tensor {
    if self.rank == rank - 1 { return try body(unsqueeze(0)).squeeze([0]) }
    return try body(self)
  }
}
