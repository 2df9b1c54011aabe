import CKernels

extension Generator {
  /// Elements a chunk: a multiple of four, so that every chunk starts at a block of the stream.
  private static let chunk = 8192

  /// Fills with independent numbers, uniform in [low, high).
  package func fillUniform(_ out: UnsafeMutablePointer<Float>, count: Int, low: Double, high: Double) {
    fill(out, count, wordsPerElement: 1, kernels.pointee.f32.random.uniform, low, high)
  }

  package func fillUniform(_ out: UnsafeMutablePointer<Double>, count: Int, low: Double, high: Double) {
    fill(out, count, wordsPerElement: 2, kernels.pointee.f64.random.uniform, low, high)
  }

  /// Fills with independent numbers of the normal distribution.
  package func fillNormal(
    _ out: UnsafeMutablePointer<Float>, count: Int, mean: Double, deviation: Double
  ) {
    fill(out, count, wordsPerElement: 1, kernels.pointee.f32.random.normal, mean, deviation)
  }

  package func fillNormal(
    _ out: UnsafeMutablePointer<Double>, count: Int, mean: Double, deviation: Double
  ) {
    fill(out, count, wordsPerElement: 2, kernels.pointee.f64.random.normal, mean, deviation)
  }

  /// Fills with 0 where a number in [0, 1) is below `threshold`, else with `value`.
  package func fillMask(
    _ out: UnsafeMutablePointer<Float>, count: Int, threshold: Double, value: Double
  ) {
    fill(out, count, wordsPerElement: 1, kernels.pointee.f32.random.mask, threshold, value)
  }

  /// y = x times the mask that `fillMask` would write, in one pass; the mask is written only if it is wanted.
  package func dropout(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<Float>?,
    count: Int, threshold: Double, value: Double
  ) {
    guard count > 0, let kernel = kernels.pointee.f32.random.dropout else { return }
    let (seed, offset) = reserve((count &+ 1))
    let chunk = StridedLoop.isBeyondCaches(count) ? Int(TK_STREAM) : Self.chunk
    parallel((count &+ chunk &- 1) / chunk) { index in
      let first = index &* chunk
      kernel(
        Int64(min(chunk, count &- first)), x + first, y + first, mask.map { $0 + first }, seed,
        offset &+ UInt64(truncatingIfNeeded: first), threshold, value)
    }
  }

  private typealias Kernel =
    @convention(c) (Int64, UnsafeMutableRawPointer?, UInt64, UInt64, Double, Double) -> Void

  private func fill<Element>(
    _ out: UnsafeMutablePointer<Element>, _ count: Int, wordsPerElement: Int, _ kernel: Kernel?, _ a: Double,
    _ b: Double
  ) {
    guard count > 0, let kernel else { return }
    // Normal numbers come in pairs that share their words.
    let (seed, offset) = reserve((count &+ 1) &* wordsPerElement)
    let chunk = Self.chunk
    // The kernel counts elements of its type, the stream words.
    let start = offset / UInt64(truncatingIfNeeded: wordsPerElement)
    parallel((count &+ chunk &- 1) / chunk) { index in
      let first = index &* chunk
      let element = start &+ UInt64(truncatingIfNeeded: first)
      let length = min(chunk, count &- first)
      kernel(Int64(length), out + first, seed, element, a, b)
    }
  }
}
