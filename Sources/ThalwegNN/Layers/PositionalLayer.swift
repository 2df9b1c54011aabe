public import ThalwegCore

/// What the layers share that tell a net where in a sequence it is.
/// Shape: [..., T, E], or [T, ..., E] where time comes first, to the same with the vectors of the positions added, or
/// behind them [..., E + size].
public class PositionalLayer: Module {
  /// The length of a position's vector.
  public let size: Int
  /// The longest sequence.
  public let longest: Int
  /// Whether the vectors are put behind the input's rather than added to them.
  public let concatenates: Bool
  /// Whether positions are counted along the last dimension but one, rather than the first.
  public let isBatchFirst: Bool

  init(_ size: Int, _ longest: Int, _ concatenates: Bool, _ isBatchFirst: Bool) throws(ThalwegError) {
    (self.size, self.longest) = (size, longest)
    (self.concatenates, self.isBatchFirst) = (concatenates, isBatchFirst)
    super.init()
    try Self.require(
      size >= 1 && longest >= 1,
      "embedding_dim is \(size) and max_length \(longest); both must be at least 1")
  }

  /// The vectors [length, size] of the first positions, of a float dtype. `length` is at most `longest`.
  func vectors(_ length: Int, _ dtype: DType) throws(ThalwegError) -> Tensor {
    throw ThalwegError(.internal, "\(typeName): has no vectors")
  }

  /// - Throws: `.shape` for a sequence longer than `longest`, or vectors to add to that are not of `size`.
  public final override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    guard input.rank >= 2 else {
      throw ThalwegError(
        .shape, "\(typeName): the input has shape \(input.shape); it must have time and features")
    }
    guard input.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(typeName): the input is \(input.dtype); it must be float32 or float64")
    }
    let last = input.rank - 1
    let length = input.shape[isBatchFirst ? last - 1 : 0]
    guard length <= longest else {
      throw ThalwegError(
        .shape,
        "\(typeName): the sequence of shape \(input.shape) has \(length) steps; max_length is \(longest)")
    }
    guard concatenates || input.shape[last] == size else {
      throw ThalwegError(
        .shape,
        "\(typeName): the input has shape \(input.shape); \(size) features are needed to add positions to")
    }
    var positions = try vectors(length, input.dtype)
    if !isBatchFirst, last > 1 {
      var shape = Dims(repeating: 1, count: input.rank)
      (shape[0], shape[last]) = (length, size)
      positions = try positions.reshape(shape)
    }
    if !concatenates { return try input + positions }
    var whole = input.shape
    whole[last] = size
    return try Tensor.cat([input, positions.expand(whole)], dim: last)
  }

  package final var options: LayerOptions {
    [
      "embedding_dim": .int(size), "max_length": .int(longest), "concatenate": .bool(concatenates),
      "batch_first": .bool(isBatchFirst),
    ]
  }
}
