import CKernels

/// dropout(x, p): each element 0 with probability p, else x / (1 - p), so that means stay (Srivastava et al. 2014,
/// "Dropout: a simple way to prevent neural networks from overfitting"). Floats.
/// Derivative: the same elements of g, times the same factor. It is recorded as a product with the mask.
package enum Dropout {
  package static let name: StaticString = "dropout"

  package static func apply(
    _ x: Tensor, _ p: Double, training: Bool, _ generator: Generator
  ) throws(ThalwegError) -> Tensor {
    guard p >= 0, p <= 1 else {
      throw ThalwegError(.invalidArgument, "dropout: the probability is \(p); it must be from 0 to 1")
    }
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    if !training || p == 0 { return x }
    if x.dtype == .float32, x.isContiguous { return try apply(x, p, generator) }
    return try x * mask(x.shape, x.dtype, p, generator)
  }

  /// In one pass; the mask is kept only for a record.
  private static func apply(_ x: Tensor, _ p: Double, _ generator: Generator) throws(ThalwegError) -> Tensor {
    let mask = Node.records(x) ? try Tensor.make(like: x, .float32, for: name) : nil
    let y = try Tensor.make(like: x, .float32, for: name)
    let (from, by, to, count) = (x.address, mask?.address, y.address, x.numel)
    func run() {
      generator.dropout(
        from.assumingMemoryBound(to: Float.self), to: to.assumingMemoryBound(to: Float.self),
        mask: by?.assumingMemoryBound(to: Float.self), count: count, threshold: p,
        value: p < 1 ? 1 / (1 - p) : 0)
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    if let mask {
      let node = Node(Multiply.self)
      try node.connect(x)
      try node.connect(mask)
      node.save(x)
      node.save(mask)
      try y.attach(node)
    }
    withExtendedLifetime((x, mask)) {}
    return y
  }

  /// 0 with probability p, else 1 / (1 - p): from uniform numbers of the stream, so the same for any threads and for both
  /// dtypes.
  private static func mask(
    _ shape: Dims, _ dtype: DType, _ p: Double, _ generator: Generator
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      let scale = p < 1 ? 1 / (1 - p) : 0
      let mask = try Tensor.make(shape, .float32, for: name)
      let (target, count) = (mask.address.assumingMemoryBound(to: Float.self), mask.numel)
      func run() {
        generator.fillMask(target, count: count, threshold: p, value: dtype == .float32 ? scale : 1)
      }
      if Recording.isActive { Recording.note(run) } else { run() }
      return dtype == .float32 ? mask : try mask.to(dtype) * scale
    }
  }
}

extension Tensor {
  /// Sets elements to 0 with probability `p` and scales the others by 1 / (1 - p); nothing unless `training`.
  public func dropout(
    _ p: Double = 0.5, training: Bool = true, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    try Dropout.apply(self, p, training: training, generator)
  }
}
