public import ThalwegCore

/// The Euclidean norm of a float tensor, and how many of its elements are not finite.
///
/// Sums run in double, where squares of float32 neither overflow nor vanish; float64 is scaled by its largest element
/// first, so that gradients of 1e-200, which vanishing ones reach, keep their norm. The result does not depend on the
/// number of threads.
public struct Magnitude: Equatable, Sendable {
  /// √(Σ x²). NaN if an element is NaN, else infinite if one is.
  public let norm: Double
  /// The number of elements that are infinite or NaN.
  public let nonFiniteCount: Int

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  public init(of tensor: Tensor) throws(ThalwegError) {
    guard tensor.dtype.isFloat else {
      throw ThalwegError(.dtype, "norm: the tensor is \(tensor.dtype); it must be float32 or float64")
    }
    let dense = try noGrad { () throws(ThalwegError) in try tensor.contiguous() }
    let squares =
      dense.dtype == .float64
      ? SquareSum(UnsafePointer(dense.data.assumingMemoryBound(to: Double.self)), dense.numel)
      : SquareSum(UnsafePointer(dense.data.assumingMemoryBound(to: Float.self)), dense.numel)
    norm = squares.root
    nonFiniteCount = squares.nonFiniteCount
  }

  /// The magnitude of several tensors as if they were one; of none: 0.
  public init(joining parts: [Magnitude]) {
    var squares = SquareSum()
    for part in parts { squares.add(SquareSum(part.norm)) }
    norm = squares.root
    nonFiniteCount = parts.reduce(0) { $0 + $1.nonFiniteCount }
  }
}

/// Σ (x / scale)² over some elements, the finite ones, and what is known of the others.
private struct SquareSum {
  private var sum = 0.0
  private var scale = 0.0
  private(set) var nonFiniteCount = 0
  private var hasNaN = false

  /// Elements a chunk.
  private static let chunk = 16 * 1024

  init() {}

  init(_ value: Double) {
    self = withUnsafePointer(to: value) { SquareSum(chunk: $0, 1) }
  }

  init<Element: BinaryFloatingPoint>(_ values: UnsafePointer<Element>, _ count: Int) {
    let chunks = (count + Self.chunk - 1) / Self.chunk
    var parts = [SquareSum](repeating: SquareSum(), count: chunks)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts  // each chunk writes its own
      parallel(chunks) { i in
        let first = i * Self.chunk
        parts[i] = SquareSum(chunk: values + first, min(Self.chunk, count - first))
      }
    }
    for part in parts { add(part) }
  }

  private init<Element: BinaryFloatingPoint>(chunk values: UnsafePointer<Element>, _ count: Int) {
    if Element.self == Double.self {
      for i in 0..<count where values[i].isFinite { scale = max(scale, Double(values[i].magnitude)) }
      if scale == 0 { scale = 1 }
    } else {
      scale = 1
    }
    for i in 0..<count {
      let value = Double(values[i])
      if value.isFinite {
        let ratio = value / scale
        sum += ratio * ratio
      } else {
        nonFiniteCount += 1
        if value.isNaN { hasNaN = true }
      }
    }
  }

  mutating func add(_ other: SquareSum) {
    nonFiniteCount += other.nonFiniteCount
    hasNaN = hasNaN || other.hasNaN
    if other.sum == 0 { return }
    let common = max(scale, other.scale)
    let (mine, theirs) = (scale / common, other.scale / common)
    sum = sum * mine * mine + other.sum * theirs * theirs
    scale = common
  }

  var root: Double { hasNaN ? .nan : nonFiniteCount > 0 ? .infinity : sum.squareRoot() * scale }
}
