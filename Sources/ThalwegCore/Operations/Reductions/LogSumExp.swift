/// logsumexp(x, dims) = log Σ e^x over `dims` (none given: all), the greatest element taken out first, so that no
/// exponential overflows. Integers are computed as float32. Of no elements, or of -∞ alone: -∞.
/// Derivative: g e^(x - y), NaN where x = y = ±∞ (as PyTorch).
package enum LogSumExp: Operation {
  package static let name: StaticString = "logsumexp"

  package static func apply(_ input: Tensor, _ dims: Dims, keepDim: Bool) throws(ThalwegError) -> Tensor {
    let x = input.dtype.isFloat ? input : try input.to(.float32)
    let over = try ReducedDims(x.shape, dims, in: name)
    let y = try noGrad { () throws(ThalwegError) in
      if x.numel == 0 { return try x.sum(over.dims, keepDim: keepDim).log() }
      let greatest = try x.amax(over.dims, keepDim: true)
      let infinity = try Tensor.scalar(.infinity, dtype: x.dtype)
      let shift = try Tensor.where(
        greatest.abs().equal(infinity), Tensor.scalar(0, dtype: x.dtype), greatest)
      return try ((x - shift).exp().sum(over.dims, keepDim: true).log() + shift)
        .reshape(over.shape(keepDim: keepDim))
    }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: over.shape(keepDim: true)))
      try node.connect(x)
      node.save(x)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, y) = (try node.saved(0), try node.saved(1))
    let kept = node.attributes.dims
    try pass.send(try gradient.reshape(kept) * (x - y.reshape(kept)).exp(), from: node, to: 0)
  }
}

extension Tensor {
  public func logSumExp(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try LogSumExp.apply(self, dims, keepDim: keepDim)
  }
}
