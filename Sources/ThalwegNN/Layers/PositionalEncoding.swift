import Glibc
public import ThalwegCore

/// Sines and cosines of a sequence's positions, added to its vectors or put behind them (Vaswani et al. 2017, "Attention is
/// all you need", 3.5): for position t
///
///     p(t, 2 i) = sin(t / 10000^(2 i / size)),  p(t, 2 i + 1) = cos(t / 10000^(2 i / size)).
///
/// It has no parameters. Shape: see `PositionalLayer`.
public final class PositionalEncoding: PositionalLayer, DescribedLayer {
  private let lock = SpinLock()
  /// The vectors that were needed so far.
  private var known: Tensor?

  /// - Throws: `.invalidArgument` for numbers below 1.
  public init(
    _ size: Int, longest: Int = 5000, concatenates: Bool = false, isBatchFirst: Bool = true
  ) throws(ThalwegError) {
    try super.init(size, longest, concatenates, isBatchFirst)
  }

  override func vectors(_ length: Int, _ dtype: DType) throws(ThalwegError) -> Tensor {
    if let known = exchange(nil), known.dtype == dtype, known.shape[0] >= length {
      return try known.slice(0, 0, length)
    }
    let table = try Self.table(min(longest, max(64, length &+ length / 2)), size, dtype: dtype)
    _ = exchange(table)
    return try table.slice(0, 0, length)
  }

  /// What is known, and `table` in its place if that is not nil.
  private func exchange(_ table: Tensor?) -> Tensor? {
    lock.lock()
    defer { lock.unlock() }
    let old = known
    if table != nil { known = table }
    return old
  }

  /// The vectors [length, size] of the positions from `first` on.
  /// - Throws: `.shape` or `.invalidArgument` for negative numbers, `.dtype` unless float.
  public static func table(
    _ length: Int, _ size: Int, from first: Int = 0, dtype: DType = .float32
  ) throws(ThalwegError) -> Tensor {
    guard first >= 0 else {
      throw ThalwegError(
        .invalidArgument, "sinusoidal_positions: start is \(first); positions are counted from 0")
    }
    guard dtype.isFloat else { throw unsupported("sinusoidal_positions", dtype) }
    let table = try Tensor.make([length, size], dtype, for: "sinusoidal_positions")
    let rates = (0..<(length == 0 ? 0 : size)).map { i in
      Glibc.exp(-Glibc.log(10000) * Double(i - i % 2) / Double(size))
    }
    table.withElements { elements in
      for t in 0..<length {
        let position = Double(first) + Double(t)
        for i in 0..<size {
          let angle = position * rates[i]
          elements.store(i % 2 == 0 ? Glibc.sin(angle) : Glibc.cos(angle), at: t &* size &+ i)
        }
      }
    }
    return table
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try PositionalEncoding(
      options.size("embedding_dim"), longest: options.size("max_length"),
      concatenates: options.bool("concatenate"), isBatchFirst: options.bool("batch_first"))
  }
}
