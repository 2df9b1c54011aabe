/// The gradient of a convolution for its weight: of the input x and g [N, O, H', W'], in the weight's shape. Each tap gets the sum
/// over all windows of the gradient there times the pixel that lay under it.
/// Derivative: for an incoming v in the weight's shape, ∂L/∂x = `ConvolutionInput` of (g, v), ∂L/∂g = convolution(x, v).
package enum ConvolutionWeight: Operation {
  package static let name: StaticString = "convolution_weight"

  package static func apply(
    _ x: Tensor, _ gradient: Tensor, _ shape: Dims, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, x.dtype, for: name)
    if x.shape[0] == 0 {
      result.write(0)
    } else if result.numel > 0 {
      let (images, dense) = (try Convolution.dense(x), try Convolution.dense(gradient))
      if let product = SlidingProduct(x.dtype, geometry, x.shape, shape, gradient.shape) {
        try product.runForWeights(
          gradients: dense.data, images: images.data, weights: result.data, for: name)
      } else if let product = WinogradProduct(x.dtype, geometry, x.shape, shape, gradient.shape) {
        try product.runForWeights(
          gradients: dense.data, images: images.data, weights: result.data, for: name)
      } else if let product = LaneProduct(
        x.dtype, geometry, x.shape, shape, gradient.shape, isForWeights: true)
      {
        try product.runForWeights(
          gradients: dense.data, images: images.data, weights: result.data, for: name)
      } else if let product = PixelProduct(x.dtype, geometry, x.shape, shape, gradient.shape) {
        try product.run(gradients: dense.data, images: images.data, weights: result.data, for: name)
      } else {
        let product = Convolution.product(x.dtype, geometry, x.shape, shape, gradient.shape)
        try product.runForWeights(
          gradients: dense.data, images: images.data, weights: result.data, for: name)
      }
    }
    if Node.records(x, gradient) {
      let node = Node(Self.self, geometry.attributes(shape))
      try node.connect(x)
      try node.connect(gradient)
      node.save(x)
      node.save(gradient)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ v: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, gradient) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    if node.needs(0) {
      try pass.send(try ConvolutionInput.apply(gradient, v, nil, x.shape, geometry), from: node, to: 0)
    }
    if node.needs(1) { try pass.send(try Convolution.apply(x, v, nil, geometry), from: node, to: 1) }
  }
}
