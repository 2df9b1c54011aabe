import CKernels

/// convolution(x, w, b): y[n, o, p, q] = b[o] + Σ over c, i, j of w[o, c, i, j] x[n, c', p s + i d - pad, q s + j d - pad],
/// where c' runs over the channels of o's group and x is 0 outside: what deep learning calls a convolution (as PyTorch's
/// conv2d, and with one direction less its conv1d).
/// Shape: x [N, C, H, W], w [O, C / groups, kernel height, kernel width], b [O] or none; the result is [N, O, H', W'] with
/// H' = ⌊(H + 2 pad - d (kernel height - 1) - 1) / s⌋ + 1. Floats of one dtype, or int64.
/// Derivative: `ConvolutionInput` of (g, w) for x, `ConvolutionWeight` of (x, g) for w, Σ over n, p, q of g for b. The
/// three are linear in both arguments, and each one's derivatives are the other two. How the sums are made depends on
/// shapes alone; see `WinogradProduct` for what its way means for rounding, Inf and NaN.
package enum Convolution: Operation {
  package static let name: StaticString = "convolution"
  /// From so many on filters of one pixel are better multiplied with the images as they lie.
  private static let manyImages = 8

  /// - Parameters:
  ///   - addend: is added to the result, of whose shape it is,
  ///   - activation: one of TK_ACTIVATION_*, and then this is applied; both only where nothing is recorded.
  package static func apply(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, addend: Tensor? = nil,
    activation: Int32 = Int32(TK_ACTIVATION_NONE), in function: StaticString = name
  ) throws(ThalwegError) -> Tensor {
    let shape = try geometry.outputShape(x.shape, weight.shape, in: function)
    try check(x, weight, bias, channels: weight.shape[0], in: function)
    let y = try values(x, weight, bias, shape, geometry, addend: addend, activation: activation, in: function)
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

  /// Without a place in the graph; something may be added to float results, and they activated, on their way to memory.
  /// - Parameters:
  ///   - shape: the result's, which fits.
  ///   - addend: of this shape.
  ///   - activation: one of TK_ACTIVATION_*.
  package static func values(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ shape: Dims, _ geometry: ConvolutionGeometry,
    addend: Tensor? = nil, activation: Int32 = Int32(TK_ACTIVATION_NONE), in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    if let addend, addend.shape != shape || addend.dtype != x.dtype {
      throw ThalwegError(
        .shape,
        """
        \(function): the result is \(shape) of \(x.dtype), what is added to it \(addend.shape) of \(addend.dtype); \
        they must be equal
        """)
    }
    let y = try Tensor.make(shape, x.dtype, for: function)
    if y.numel == 0 { return y }
    if x.dtype == .int64 {
      try IntegerConvolution.run(image: dense(x), weight, windows: y, bias, geometry, isTransposed: false)
      return y
    }
    if let addend, addend.shape != shape || addend.dtype != x.dtype {
      throw ThalwegError(
        .shape,
        """
        \(function): the result is \(shape) of \(x.dtype), what is added to it \(addend.shape) of \(addend.dtype); \
        they must be equal
        """)
    }
    let (images, filters, denseBias) = (try dense(x), try dense(weight), try bias.map(dense))
    let denseAddend = try addend.map(dense)
    let (biasData, addendData) = (
      denseBias.map { UnsafeRawPointer($0.address) }, denseAddend.map { UnsafeRawPointer($0.address) }
    )
    defer { withExtendedLifetime((images, filters, denseBias, denseAddend)) {} }
    let (weights, source, out, keeps) = (filters.address, images.address, y.address, PackedWeight.isKept)
    let single = addend == nil ? activation : Int32(TK_ACTIVATION_NONE)
    if let product = SlidingProduct(x.dtype, geometry, x.shape, weight.shape, shape) {
      func run() throws(ThalwegError) {
        try product.run(
          weights: weights, images: source, bias: biasData, activation: single, out: out, for: function)
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
      return try finished(y, addend, activation)
    }
    if let product = WinogradProduct(x.dtype, geometry, x.shape, weight.shape, shape) {
      func run() throws(ThalwegError) {
        let packed = try PackedWeight.of(
          filters, .tiles(groups: geometry.groups), bytes: product.packedBytes, keeps: keeps, for: function
        ) { (to) throws(ThalwegError) in try product.pack(weights, to: to, for: function) }
        try product.run(
          packed: packed.base, source: source, bias: biasData, addend: addendData, activation: activation,
          out: out, for: function)
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
      return y
    }
    let besideImages = LaneProduct(x.dtype, geometry, x.shape, weight.shape, shape)
    let besideFilters = ChannelProduct(x.dtype, geometry, x.shape, weight.shape, shape)
    let isProductOfMany = geometry.isPixelwise(weight.shape) && x.shape[0] > manyImages
    if let product = besideFilters, besideImages == nil && !isProductOfMany || product.fillsRegisters {
      func run() throws(ThalwegError) {
        let packed = try PackedWeight.of(
          filters, .convolution(groups: geometry.groups), bytes: product.packedBytes, keeps: keeps,
          for: function
        ) { product.pack(weights, to: $0) }
        try product.run(
          packed: packed.base, source: source, bias: biasData, addend: addendData, activation: activation,
          out: out, for: function)
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
      return y
    }
    if let product = besideImages {
      func run() throws(ThalwegError) {
        try product.run(
          weights: weights, source: source, bias: biasData, addend: addendData, activation: activation,
          out: out, for: function)
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
      return y
    }
    let product = product(x.dtype, geometry, x.shape, weight.shape, shape)
    func run() throws(ThalwegError) {
      try product.run(
        weights: weights, images: source, bias: biasData, activation: single, out: out, for: function)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    return try finished(y, addend, activation)
  }

  /// What ways without a place for an addend have left to do.
  private static func finished(
    _ y: Tensor, _ addend: Tensor?, _ activation: Int32
  ) throws(ThalwegError) -> Tensor {
    guard let addend else { return y }
    let sum = try y + addend
    return switch Int(activation) {
    case TK_ACTIVATION_RELU: try sum.relu()
    case TK_ACTIVATION_TANH: try sum.tanh()
    case TK_ACTIVATION_SIGMOID: try sum.sigmoid()
    default: sum
    }
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    if node.needs(0) {
      try pass.send(
        try ConvolutionInput.apply(gradient, weight, nil, x.shape, geometry), from: node, to: 0)
    }
    if node.needs(1) {
      try pass.send(try ConvolutionWeight.apply(x, gradient, weight.shape, geometry), from: node, to: 1)
    }
    if node.inputCount > 2, node.needs(2) {
      try pass.send(try biasGradient(gradient, node), from: node, to: 2)
    }
  }

  /// The sum over all but the channels; zeros where the result has none.
  static func biasGradient(_ gradient: Tensor, _ node: Node) throws(ThalwegError) -> Tensor {
    let shape = node.inputShape(2)
    if gradient.shape[1] != shape[0] { return try Tensor.zeros(shape, dtype: gradient.dtype) }
    return try gradient.sum(gradient.rank == 3 ? [0, 2] : [0, 2, 3])
  }

  /// Of the filters [groups, O / groups, taps] with the windows of the images.
  static func product(
    _ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims
  ) -> ImageProduct {
    ImageProduct(
      dtype, m: weight[0] / geometry.groups, k: Dims(weight.dropFirst()).product,
      n: Dims(output.dropFirst(2)).product, batch: input[0], groups: geometry.groups,
      geometry.windows(input, weight, output))
  }

  /// Row-major elements, without a place in the graph.
  static func dense(_ x: Tensor) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try x.contiguous() }
  }

  static func check(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, channels: Int, in function: StaticString
  ) throws(ThalwegError) {
    if let bias, bias.shape != [channels] {
      throw ThalwegError(
        .shape,
        "\(function): the bias has shape \(bias.shape); for weight \(weight.shape) it must be [\(channels)]"
      )
    }
    guard x.dtype.isFloat || x.dtype == .int64, weight.dtype == x.dtype,
      bias.map({ $0.dtype == x.dtype }) ?? true
    else {
      throw ThalwegError(
        .dtype,
        """
        \(function): input \(x.dtype), weight \(weight.dtype)\(bias.map { ", bias \($0.dtype)" } ?? ""); all must be \
        float32, all float64 or all int64; convert with to()
        """)
    }
  }
}
