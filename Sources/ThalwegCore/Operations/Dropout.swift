/// dropout(x, p): each element 0 with probability p, else x / (1 - p), so that means stay (Srivastava et al. 2014,
/// "Dropout: a simple way to prevent neural networks from overfitting"). Floats.
/// Derivative: the same elements of g, times the same factor. It is recorded as a product with the mask.
package enum Dropout {
  package static let name: StaticString = "dropout"
  private static let chunk = 16 * 1024

  package static func apply(
    _ x: Tensor, _ p: Double, training: Bool, _ generator: Generator
  ) throws(ThalwegError) -> Tensor {
    guard p >= 0, p <= 1 else {
      throw ThalwegError(.invalidArgument, "dropout: the probability is \(p); it must be from 0 to 1")
    }
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    if !training || p == 0 { return x }
    return try x * mask(x.shape, x.dtype, p, generator)
  }

  /// 0 with probability p, else 1 / (1 - p): from uniform numbers of the stream, so the same for any threads.
  private static func mask(
    _ shape: Dims, _ dtype: DType, _ p: Double, _ generator: Generator
  ) throws(ThalwegError) -> Tensor {
    let mask = try Tensor.rand(shape, dtype: dtype, generator: generator)
    if dtype == .float64 {
      choose(mask.data.assumingMemoryBound(to: Double.self), mask.numel, p)
    } else {
      choose(mask.data.assumingMemoryBound(to: Float.self), mask.numel, p)
    }
    return mask
  }

  private static func choose<E: BinaryFloatingPoint>(_ u: UnsafeMutablePointer<E>, _ count: Int, _ p: Double)
  {
    let limit = E(p), scale = p < 1 ? E(1 / (1 - p)) : 0
    parallel((count &+ chunk &- 1) / chunk) { piece in
      let start = piece &* chunk
      let part = u + start
      for i in 0..<min(chunk, count &- start) { part[i] = part[i] < limit ? 0 : scale }
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
