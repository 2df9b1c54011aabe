package import CKernels

/// amax(x, dims) and amin(x, dims): the largest and the smallest element over `dims` (none given: all); NaN if there
/// is one.
/// Derivative: g shared evenly among the elements that are equal to the result (as PyTorch's amax).
package enum Amax: ExtremumOperation {
  package static let name: StaticString = "amax"
  package static var kernel: tk_reduce { kernels.pointee.amax }
}

/// See `Amax`.
package enum Amin: ExtremumOperation {
  package static let name: StaticString = "amin"
  package static var kernel: tk_reduce { kernels.pointee.amin }
}

package protocol ExtremumOperation: SlopedReduction {
  static var kernel: tk_reduce { get }
}

extension ExtremumOperation {
  package static func apply(_ x: Tensor, _ dims: Dims, keepDim: Bool) throws(ThalwegError) -> Tensor {
    guard let loop = kernel[x.dtype] else { throw unsupported(name, x.dtype) }
    let over = try ReducedDims(x.shape, dims, in: name)
    let shape = over.shape(keepDim: keepDim)
    guard over.count > 0 || shape.product == 0 else {
      throw ThalwegError(
        .shape, "\(name): shape \(x.shape) has no elements along \(over.dims) to choose from")
    }
    let y = try Tensor.make(shape, x.dtype, for: name)
    if y.numel > 0 { try Reduction.run(loop, x, over: over.dims, to: y.address, outSize: y.dtype.size) }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: over.shape(keepDim: true), extra: over.dims))
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
    let chosen = try x.equal(y.reshape(kept)).to(gradient.dtype)
    let share = try chosen / chosen.sum(node.attributes.extra, keepDim: true)
    try pass.send(try share * gradient.reshape(kept), from: node, to: 0)
  }
}

/// argmax and argmin: the first index, int64, of the largest or smallest element along `dim`, or in the flattened
/// tensor; of the first NaN if there is one. No derivative.
package enum Argument {
  package static func apply(
    _ name: StaticString, _ kernel: tk_reduce, _ input: Tensor, _ dim: Int?, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      guard let loop = kernel[input.dtype] else { throw unsupported(name, input.dtype) }
      let x = dim == nil ? try input.contiguous().reshape([-1]) : input
      let over = try ReducedDims(x.shape, [dim ?? 0], in: name)
      var shape = over.shape(keepDim: keepDim)
      if dim == nil { shape = keepDim ? Dims(repeating: 1, count: input.rank) : [] }
      guard over.count > 0 || shape.product == 0 else {
        throw ThalwegError(.shape, "\(name): shape \(input.shape) has no elements to choose from")
      }
      let y = try Tensor.make(shape, .int64, for: name)
      if y.numel == 0 { return y }
      if over.count == 1 {
        y.write(0)
      } else {
        try Reduction.run(loop, x, over: over.dims, to: y.address, outSize: 8, splits: false)
      }
      return y
    }
  }
}

extension Tensor {
  public func amax(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try Amax.apply(self, dims, keepDim: keepDim)
  }
  public func amin(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try Amin.apply(self, dims, keepDim: keepDim)
  }
  /// - Parameter dim: nil for the flattened tensor.
  public func argmax(_ dim: Int? = nil, keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try Argument.apply("argmax", kernels.pointee.argmax, self, dim, keepDim: keepDim)
  }
  public func argmin(_ dim: Int? = nil, keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try Argument.apply("argmin", kernels.pointee.argmin, self, dim, keepDim: keepDim)
  }
}

extension tk_reduce {
  package subscript(_ dtype: DType) -> tk_reduce_loop? {
    switch dtype {
    case .float32: f32
    case .float64: f64
    case .int64: i64
    case .int32: i32
    case .uint8: u8
    case .bool: boolean
    }
  }
}
