/// reshape(x, shape): the same elements in row-major order; one size may be -1 and is worked out. A view where the
/// strides allow it, else a copy.
/// Derivative: g reshaped back.
package enum Reshape: Operation {
  package static let name: StaticString = "reshape"

  /// - Parameter copies: whether to copy where no view is possible, or to throw.
  package static func apply(
    _ x: Tensor, _ requested: Dims, copies: Bool = true
  ) throws(ThalwegError) -> Tensor {
    let shape = try complete(requested, for: x)
    if shape == x.shape { return x }
    guard let strides = viewStrides(of: x, shape) else {
      guard copies else {
        throw ThalwegError(
          .shape,
          "view: shape \(x.shape) with strides \(x.strides) cannot be seen at \(shape) without a copy; use reshape"
        )
      }
      return try apply(x.contiguous(), shape)
    }
    let y = Tensor(storage: x.storage, shape: shape, strides: strides, offset: x.offset, dtype: x.dtype)
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try gradient.reshape(node.inputShape(0)), from: node, to: 0)
  }

  private static func complete(_ requested: Dims, for x: Tensor) throws(ThalwegError) -> Dims {
    var shape = requested
    if requested.count <= Dims.maxRank, let open = requested.firstIndex(of: -1) {
      shape[open] = 1
      let known = try shape.checkedElementCount(of: x.dtype, in: name)
      guard known > 0, x.numel % known == 0 else {
        throw ThalwegError(
          .shape, "reshape: \(requested) cannot be completed for shape \(x.shape) of \(x.numel) elements")
      }
      shape[open] = x.numel / known
    }
    guard try shape.checkedElementCount(of: x.dtype, in: name) == x.numel else {
      throw ThalwegError(
        .shape,
        "reshape: shape \(x.shape) has \(x.numel) elements, \(requested) does not; the numbers must be equal")
    }
    return shape
  }

  /// Strides that show x's elements at `shape`, or nil if no strides do.
  private static func viewStrides(of x: Tensor, _ shape: Dims) -> Dims? {
    if x.isContiguous { return shape.contiguousStrides }
    // Runs of x's dimensions that lie behind each other, each to be cut into dimensions of `shape`.
    var strides = Dims(repeating: 0, count: shape.count)
    var target = shape.count - 1
    var i = x.rank - 1
    while i >= 0 {
      var run = x.shape[i]
      let step = x.strides[i]
      while i > 0, x.shape[i - 1] == 1 || x.strides[i - 1] == step &* run {
        run &*= x.shape[i - 1]
        i -= 1
      }
      var filled = 1
      while target >= 0, filled < run || shape[target] == 1 {
        strides[target] = step &* filled
        filled &*= shape[target]
        target -= 1
      }
      if filled != run { return nil }
      i -= 1
    }
    return target < 0 ? strides : nil
  }
}

extension Tensor {
  public func reshape(_ shape: Dims) throws(ThalwegError) -> Tensor { try Reshape.apply(self, shape) }

  /// As `reshape`, but never a copy.
  /// - Throws: `.shape` where the strides do not allow it.
  public func view(_ shape: Dims) throws(ThalwegError) -> Tensor {
    try Reshape.apply(self, shape, copies: false)
  }

  /// Dimension `dim` split into several; one size may be -1.
  public func unflatten(_ dim: Int, _ sizes: Dims) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "unflatten")
    guard rank > 0, !sizes.isEmpty, rank - 1 + sizes.count <= Dims.maxRank else {
      throw ThalwegError(
        .shape, "unflatten: the sizes \(sizes) cannot stand for dimension \(dim) of shape \(shape)")
    }
    var whole = sizes
    if let open = sizes.firstIndex(of: -1) {
      whole[open] = 1
      let known = try whole.checkedElementCount(of: dtype, in: "unflatten")
      if known > 0 { whole[open] = shape[axis] / known }
    }
    guard try whole.checkedElementCount(of: dtype, in: "unflatten") == shape[axis] else {
      throw ThalwegError(
        .shape,
        "unflatten: the sizes \(sizes) do not multiply to \(shape[axis]), dimension \(dim) of \(shape)")
    }
    return try reshape(Dims(Array(shape[..<axis]) + Array(whole) + Array(shape[(axis + 1)...])))
  }

  /// Merges the dimensions from `start` to `end` (both included) into one; a scalar becomes one element.
  public func flatten(_ start: Int = 0, _ end: Int = -1) throws(ThalwegError) -> Tensor {
    let first = try Dims.resolve(start, rank: rank, in: "flatten")
    let last = try Dims.resolve(end, rank: rank, in: "flatten")
    guard first <= last else {
      throw ThalwegError(.invalidArgument, "flatten: the start dimension \(start) lies behind the end \(end)")
    }
    if rank == 0 { return try reshape([1]) }
    var merged = 1
    for i in first...last { merged &*= shape[i] }
    return try reshape(Dims(Array(shape[..<first]) + [merged] + Array(shape[(last + 1)...])))
  }

  /// Drops dimensions of size 1: those of `dims` that are, or all.
  public func squeeze(_ dims: Dims = []) throws(ThalwegError) -> Tensor {
    let chosen = dims.isEmpty ? Dims(shape.indices) : try Dims.resolve(dims, rank: rank, in: "squeeze")
    var result = Dims()
    for i in shape.indices where shape[i] != 1 || !chosen.contains(i) { result.append(shape[i]) }
    return try reshape(result)
  }

  /// Puts a dimension of size 1 before dimension `dim`; -1 puts it last.
  public func unsqueeze(_ dim: Int) throws(ThalwegError) -> Tensor {
    guard rank < Dims.maxRank else {
      throw ThalwegError(
        .shape, "unsqueeze: shape \(shape) has \(rank) dimensions already, the most there can be")
    }
    let place = try Dims.resolve(dim, rank: rank + 1, in: "unsqueeze")
    var result = shape
    result.insert(1, at: place)
    return try reshape(result)
  }
}
