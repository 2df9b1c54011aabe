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
      try run(images, dense, result, shape, geometry)
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

  private static func run(
    _ x: Tensor, _ gradient: Tensor, _ result: Tensor, _ shape: Dims, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) {
    let (images, gradients, weights) = (x.address, gradient.address, result.address)
    let (dtype, input, output) = (x.dtype, x.shape, gradient.shape)
    func run() throws(ThalwegError) {
      if let product = SlidingProduct(dtype, geometry, input, shape, output) {
        try product.runForWeights(gradients: gradients, images: images, weights: weights, for: name)
      } else if let product = WinogradProduct(dtype, geometry, input, shape, output) {
        try product.runForWeights(gradients: gradients, images: images, weights: weights, for: name)
      } else if let product = LaneProduct(dtype, geometry, input, shape, output, isForWeights: true) {
        try product.runForWeights(gradients: gradients, images: images, weights: weights, for: name)
      } else if let product = PixelProduct(dtype, geometry, input, shape, output) {
        try product.run(gradients: gradients, images: images, weights: weights, for: name)
      } else {
        let product = Convolution.product(dtype, geometry, input, shape, output)
        try product.runForWeights(gradients: gradients, images: images, weights: weights, for: name)
      }
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
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
