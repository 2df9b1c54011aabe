/// conv_transpose(x, w, b): the windows of a convolution the other way round: each element of x, times the weight, is
/// added to the window that a convolution would have read it from (as PyTorch's conv_transpose1d and conv_transpose2d).
/// Zeiler et al. 2010, "Deconvolutional networks".
/// Shape: x [N, C, H, W], w [C, O / groups, kernel height, kernel width], b [O] or none; the result is [N, O, H', W'] with
/// H' = (H - 1) s - 2 pad + d (kernel height - 1) + output padding + 1. Floats of one dtype, or int64.
/// Derivative: it is `ConvolutionInput`, and has its derivatives.
package enum TransposedConvolution: Operation {
  package static let name: StaticString = "conv_transpose"

  package static func apply(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let shape = try geometry.transposedShape(x.shape, weight.shape, in: function)
    try Convolution.check(x, weight, bias, channels: shape[1], in: function)
    return try ConvolutionInput.apply(x, weight, bias, shape, geometry, as: Self.self)
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try ConvolutionInput.backward(node, gradient, pass)
  }
}
