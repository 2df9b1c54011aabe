import CKernels

/// sum(x, dims): the sum over `dims` (none given: all); integers and bools are summed as int64.
/// Shape: x's without `dims`, or with 1 in their places (`keepDim`). Of no elements: 0.
/// Derivative: g repeated along `dims`.
package enum Sum: Operation {
  package static let name: StaticString = "sum"

  package static func apply(_ input: Tensor, _ dims: Dims, keepDim: Bool) throws(ThalwegError) -> Tensor {
    let x = input.dtype.isFloat ? input : try input.to(.int64)
    guard let loop = kernels.pointee.sum[x.dtype] else { throw unsupported(name, x.dtype) }
    let over = try ReducedDims(x.shape, dims, in: name)
    let y = try Tensor.make(over.shape(keepDim: keepDim), x.dtype, for: name)
    if x.numel == 0 {
      y.write(0)
    } else {
      try Reduction.run(loop, x, over: over.dims, to: y.address, outSize: y.dtype.size)
    }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: over.shape(keepDim: true)))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let spread = try gradient.reshape(node.attributes.dims).expand(node.inputShape(0))
    try pass.send(spread, from: node, to: 0)
  }
}

extension Tensor {
  public func sum(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try Sum.apply(self, dims, keepDim: keepDim)
  }
}

/// The dimensions that a reduction is over, and the shapes that it leaves.
package struct ReducedDims {
  /// From the front; all of them where none were given.
  package let dims: Dims
  private let full: Dims

  package init(_ shape: Dims, _ dims: Dims, in function: StaticString) throws(ThalwegError) {
    full = shape
    self.dims = dims.isEmpty ? Dims(shape.indices) : try Dims.resolve(dims, rank: shape.count, in: function)
  }

  package func shape(keepDim: Bool) -> Dims {
    var result = Dims()
    for i in full.indices {
      if !dims.contains(i) { result.append(full[i]) } else if keepDim { result.append(1) }
    }
    return result
  }

  /// Elements that each result is made of.
  package var count: Int { dims.reduce(1) { $0 &* ($1 < full.count ? full[$1] : 1) } }
}
