public import ThalwegCore
import Glibc

extension Init {
  /// Independent elements of the normal distribution, of which only what lies in [low, high] counts: the distribution's
  /// inverse at uniform numbers.
  /// - Throws: `.invalidArgument` unless low <= high and mean and deviation are finite, the deviation above 0.
  public static func truncatedNormal(
    _ tensor: Tensor, mean: Double = 0, deviation: Double = 1, low: Double = -2, high: Double = 2,
    generator: Generator = .default
  ) throws(ThalwegError) {
    let name: StaticString = "init_truncated_normal"
    guard mean.isFinite, deviation.isFinite, deviation > 0, low <= high else {
      throw ThalwegError(
        .invalidArgument,
        """
        \(name): mean \(mean), standard deviation \(deviation), from \(low) to \(high); all must be finite and in order, the \
        deviation above 0
        """)
    }
    // Twice the distribution minus 1, which is odd and so exact on both sides.
    let scale = 2.0.squareRoot() * deviation
    let (from, to) = (erf((low - mean) / scale), erf((high - mean) / scale))
    try uniform(tensor, 0, 1, generator, name)
    try overwrite(tensor, name) { dense in
      func draw(_ u: Double) -> Double {
        min(max(mean + scale * inverseErf(from + u * (to - from)), low), high)
      }
      if dense.dtype == .float64 {
        let x = dense.data.assumingMemoryBound(to: Double.self)
        for i in 0..<dense.numel { x[i] = draw(x[i]) }
      } else {
        let x = dense.data.assumingMemoryBound(to: Float.self)
        for i in 0..<dense.numel { x[i] = Float(draw(Double(x[i]))) }
      }
    }
  }

  /// The x with erf(x) = y: Winitzki's approximation (2008), then three of Newton's steps.
  private static func inverseErf(_ y: Double) -> Double {
    if abs(y) >= 1 { return y < 0 ? -.infinity : .infinity }
    let logarithm = log1p(-y * y)
    let half = 2 / (Double.pi * 0.147) + logarithm / 2
    var x = copysign(((half * half - logarithm / 0.147).squareRoot() - half).squareRoot(), y)
    for _ in 0..<3 { x -= (erf(x) - y) * exp(x * x) * Double.pi.squareRoot() / 2 }
    return x
  }
}
