/// conv2d(x, w, b): y[n, o, p, q] = b[o] + Σ over c, i, j of w[o, c, i, j] x[n, c', p s + i d - pad, q s + j d - pad], where
/// c' runs over the channels of o's group and x is 0 outside: what deep learning calls a convolution (as PyTorch's conv2d).
/// Shape: x [N, C, H, W] or [C, H, W], w [O, C / groups, kernel height, kernel width], b [O] or none; the result is
/// [N, O, H', W'] with H' = ⌊(H + 2 pad - d (kernel height - 1) - 1) / s⌋ + 1. Floats of one dtype.
/// Derivative: `ConvolutionInput` of (g, w) for x, `ConvolutionWeight` of (x, g) for w, Σ over n, p, q of g for b. The
/// three are linear in both arguments, and each one's derivatives are the other two.
package enum Convolution: Operation {
  package static let name: StaticString = "conv2d"

  package static func apply(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) -> Tensor {
    if x.rank == 3 { return try apply(x.unsqueeze(0), weight, bias, geometry).squeeze([0]) }
    let shape = try geometry.outputShape(x.shape, weight.shape, in: name)
    try check(x, weight, bias)
    let (images, filters) = (try dense(x), try dense(weight))
    let denseBias = try bias.map(dense)
    let y = try Tensor.make(shape, x.dtype, for: name)
    let product = product(x.dtype, geometry, x.shape, weight.shape, shape)
    try product.run(
      weights: filters.data, images: images.data, bias: denseBias.map { UnsafeRawPointer($0.data) },
      out: y.data,
      for: name)
    if Node.records(x, weight) || bias.map(Node.records) ?? false {
      let node = Node(Self.self, geometry.attributes(shape))
      try node.connect(x)
      try node.connect(weight)
      if let bias { try node.connect(bias) }
      node.save(x)
      node.save(weight)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    if node.needs(0) {
      try pass.send(try ConvolutionInput.apply(gradient, weight, x.shape, geometry), from: node, to: 0)
    }
    if node.needs(1) {
      try pass.send(try ConvolutionWeight.apply(x, gradient, weight.shape, geometry), from: node, to: 1)
    }
    if node.inputCount > 2, node.needs(2) { try pass.send(try gradient.sum([0, 2, 3]), from: node, to: 2) }
  }

  /// Of the filters [groups, O / groups, taps] with the windows of the images.
  static func product(
    _ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims
  ) -> ImageProduct {
    ImageProduct(
      dtype, m: weight[0] / geometry.groups, k: weight[1] * weight[2] * weight[3], n: output[2] * output[3],
      batch: input[0], groups: geometry.groups, geometry.windows(input, weight, output))
  }

  /// Row-major elements, without a place in the graph.
  static func dense(_ x: Tensor) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try x.contiguous() }
  }

  private static func check(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws(ThalwegError) {
    if let bias, bias.shape != [weight.shape[0]] {
      throw ThalwegError(
        .shape,
        "conv2d: the bias has shape \(bias.shape); for weight \(weight.shape) it must be [\(weight.shape[0])]"
      )
    }
    guard x.dtype.isFloat, weight.dtype == x.dtype, bias.map({ $0.dtype == x.dtype }) ?? true else {
      throw ThalwegError(
        .dtype,
        """
        conv2d: input \(x.dtype), weight \(weight.dtype)\(bias.map { ", bias \($0.dtype)" } ?? ""); all must be \
        float32 or all float64, convert with to()
        """)
    }
  }
}

extension Tensor {
  /// Slides the filters `weight` over the images.
  /// - Parameters:
  ///   - weight: [out channels, in channels / groups, kernel height, kernel width].
  ///   - bias: [out channels].
  ///   - stride, dilation: one number, or one for height and one for width.
  ///   - padding: as well, or top, left, bottom and right.
  public func conv2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Dims = [1], padding: Dims = [0], dilation: Dims = [1],
    groups: Int = 1
  ) throws(ThalwegError) -> Tensor {
    let geometry = try ConvolutionGeometry(
      stride: stride, padding: padding, dilation: dilation, groups: groups, in: Convolution.name)
    return try Convolution.apply(self, weight, bias, geometry)
  }
}
