package import CKernels

/// max(x, dim) and min(x, dim): the largest and the smallest elements along `dim` and the indices, int64, of the first
/// ones; NaN if there is one. Bools and integers as well.
/// Derivative: g at the index (so not shared among equals, as `amax` does it, but as PyTorch).
package enum MaximumAlong: ExtremumAlong {
  package static let name: StaticString = "max"
  package static var valueKernel: tk_reduce { kernels.pointee.amax }
  package static var indexKernel: tk_reduce { kernels.pointee.argmax }
}

/// See `MaximumAlong`.
package enum MinimumAlong: ExtremumAlong {
  package static let name: StaticString = "min"
  package static var valueKernel: tk_reduce { kernels.pointee.amin }
  package static var indexKernel: tk_reduce { kernels.pointee.argmin }
}

package protocol ExtremumAlong: Operation {
  static var valueKernel: tk_reduce { get }
  static var indexKernel: tk_reduce { get }
}

extension ExtremumAlong {
  package static func apply(
    _ x: Tensor, _ dim: Int, keepDim: Bool
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let indices = try Argument.apply(name, indexKernel, x, dim, keepDim: keepDim)
    guard let loop = valueKernel[x.dtype] else { throw unsupported(name, x.dtype) }
    let over = try ReducedDims(x.shape, [dim], in: name)
    let values = try Tensor.make(indices.shape, x.dtype, for: name)
    if values.numel > 0 {
      try Reduction.run(loop, x, over: over.dims, to: values.address, outSize: x.dtype.size)
    }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: over.shape(keepDim: true), extra: over.dims))
      try node.connect(x)
      node.save(try indices.reshape(over.shape(keepDim: true)))
      try values.attach(node)
    }
    return (values, indices)
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let shape = node.inputShape(0)
    if shape.count == 0 { return try pass.send(gradient, from: node, to: 0) }
    let axis = node.attributes.extra[0]
    var line = Dims(repeating: 1, count: shape.count)
    line[axis] = shape[axis]
    let isChosen = try Tensor.arange(0, Double(shape[axis])).reshape(line).equal(node.saved(0))
    let zero = try Tensor.scalar(0, dtype: gradient.dtype)
    let g = try gradient.reshape(node.attributes.dims)
    try pass.send(try Tensor.where(isChosen, g, zero), from: node, to: 0)
  }
}

extension Tensor {
  public func maximum(
    along dim: Int, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try MaximumAlong.apply(self, dim, keepDim: keepDim)
  }

  public func minimum(
    along dim: Int, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try MinimumAlong.apply(self, dim, keepDim: keepDim)
  }
}
