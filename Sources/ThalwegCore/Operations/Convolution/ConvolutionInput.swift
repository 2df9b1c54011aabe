/// The gradient of a convolution for its input: of g [N, O, H', W'] and the weight, in the input's shape. Each pixel gets,
/// from every window that it was in, the gradient there times the weight's tap that lay over it; and a bias [C], if any.
/// Derivative: for an incoming h in the input's shape, ∂L/∂g = convolution(h, w), ∂L/∂w = `ConvolutionWeight` of (h, g),
/// ∂L/∂b = Σ over n, p, q of h.
package enum ConvolutionInput: Operation {
  package static let name: StaticString = "convolution_input"

  /// - Parameter operation: what the node says it is.
  package static func apply(
    _ gradient: Tensor, _ weight: Tensor, _ bias: Tensor?, _ shape: Dims, _ geometry: ConvolutionGeometry,
    as operation: any Operation.Type = Self.self
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, gradient.dtype, for: operation.name)
    if result.numel > 0, result.dtype == .int64 {
      let windows = try Convolution.dense(gradient)
      try IntegerConvolution.run(image: result, weight, windows: windows, bias, geometry, isTransposed: true)
    } else if result.numel > 0 {
      try run(gradient, weight, bias, result, geometry)
    }
    if Node.records(gradient, weight) || bias.map(Node.records) ?? false {
      let node = Node(operation, geometry.attributes(shape))
      try node.connect(gradient)
      try node.connect(weight)
      if let bias { try node.connect(bias) }
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
    if node.inputCount > 2, node.needs(2) {
      try pass.send(try Convolution.biasGradient(h, node), from: node, to: 2)
    }
  }

  private static func run(
    _ gradient: Tensor, _ weight: Tensor, _ bias: Tensor?, _ result: Tensor, _ geometry: ConvolutionGeometry
  ) throws(ThalwegError) {
    let (filters, groups, shape) = (weight.shape, geometry.groups, result.shape)
    let (dense, denseBias) = (try Convolution.dense(gradient), try bias.map(Convolution.dense))
    let denseWeight = try Convolution.dense(weight)  // kept: its address alone would not keep it
    let biasData = denseBias.map { UnsafeRawPointer($0.address) }
    defer { withExtendedLifetime((dense, denseBias, denseWeight)) {} }
    let (weights, source, out) = (denseWeight.address, dense.address, result.address)
    if let product = SlidingProduct(gradient.dtype, geometry, shape, filters, gradient.shape) {
      func run() throws(ThalwegError) {
        try product.runSpreading(weights: weights, gradients: source, bias: biasData, images: out, for: name)
      }
      return Recording.isActive ? try Recording.note(throwing: run) : try run()
    }
    if let product = WinogradProduct(
      gradient.dtype, geometry, shape, filters, gradient.shape, isBackward: true)
    {
      func run() throws(ThalwegError) {
        let packed = try Workspace(product.packedBytes, for: name)
        try product.pack(weights, to: packed.base, for: name)
        try product.run(packed: packed.base, source: source, bias: biasData, out: out, for: name)
      }
      return Recording.isActive ? try Recording.note(throwing: run) : try run()
    }
    if let product = LaneProduct(
      gradient.dtype, geometry, shape, filters, gradient.shape, isBackward: true)
    {
      func run() throws(ThalwegError) {
        try product.run(weights: weights, source: source, bias: biasData, out: out, for: name)
      }
      return Recording.isActive ? try Recording.note(throwing: run) : try run()
    }
    if geometry.spreads(filters) {
      let product = Convolution.product(gradient.dtype, geometry, shape, filters, gradient.shape)
      func run() throws(ThalwegError) {
        try product.runSpreading(weights: weights, gradients: source, bias: biasData, images: out, for: name)
      }
      return Recording.isActive ? try Recording.note(throwing: run) : try run()
    }
    // [O, C / groups, ...] as [groups, C / groups, O / groups, ...]
    let taps = Dims(filters.dropFirst(2)).product
    let turned = try noGrad { () throws(ThalwegError) in
      let split: Dims = [groups, filters[0] / groups, filters[1], taps]
      return try denseWeight.reshape(split).permute([0, 2, 1, 3]).contiguous()
    }
    let product = ImageProduct(
      gradient.dtype, m: filters[1], k: filters[0] / groups * taps, n: Dims(shape.dropFirst(2)).product,
      batch: shape[0], groups: groups, geometry.windowsBack(shape, filters, gradient.shape))
    let turnedWeights = turned.address
    func run() throws(ThalwegError) {
      try product.run(weights: turnedWeights, images: source, bias: biasData, out: out, for: name)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    withExtendedLifetime(turned) {}
  }
}
