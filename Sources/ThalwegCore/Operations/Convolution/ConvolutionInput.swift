/// The gradient of conv2d for its input: of g [N, O, H', W'] and the weight, in the input's shape. Each pixel gets, from
/// every window that it was in, the gradient there times the weight's tap that lay over it.
/// Derivative: for an incoming h in the input's shape, ∂L/∂g = conv2d(h, w), ∂L/∂w = `ConvolutionWeight` of (h, g).
package enum ConvolutionInput: Operation {
  package static let name: StaticString = "conv2d_input"

  package static func apply(
    _ gradient: Tensor, _ weight: Tensor, _ shape: Dims, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) -> Tensor {
    let (filters, groups) = (weight.shape, geometry.groups)
    let result = try Tensor.make(shape, gradient.dtype, for: name)
    let dense = try Convolution.dense(gradient)
    if geometry.spreads(filters) {
      let product = Convolution.product(gradient.dtype, geometry, shape, filters, gradient.shape)
      try product.runSpreading(
        weights: Convolution.dense(weight).data, gradients: dense.data, images: result.data, for: name)
      return try record(result, gradient, weight, geometry)
    }
    // [O, C / groups, ...] as [groups, C / groups, O / groups, ...]
    let turned = try noGrad { () throws(ThalwegError) in
      let split: Dims = [groups, filters[0] / groups, filters[1], filters[2] * filters[3]]
      return try weight.reshape(split).permute([0, 2, 1, 3]).contiguous()
    }
    let product = ImageProduct(
      gradient.dtype, m: filters[1], k: filters[0] / groups * filters[2] * filters[3], n: shape[2] * shape[3],
      batch: shape[0], groups: groups, geometry.windowsBack(shape, filters, gradient.shape))
    try product.run(weights: turned.data, images: dense.data, bias: nil, out: result.data, for: name)
    return try record(result, gradient, weight, geometry)
  }

  private static func record(
    _ result: Tensor, _ gradient: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) -> Tensor {
    if Node.records(gradient, weight) {
      let node = Node(Self.self, geometry.attributes(result.shape))
      try node.connect(gradient)
      try node.connect(weight)
      node.save(gradient)
      node.save(weight)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ h: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (gradient, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    if node.needs(0) { try pass.send(try Convolution.apply(h, weight, nil, geometry), from: node, to: 0) }
    if node.needs(1) {
      try pass.send(try ConvolutionWeight.apply(h, gradient, weight.shape, geometry), from: node, to: 1)
    }
  }
}
