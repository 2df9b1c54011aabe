/// bilinear(x, y, w, b): Σ over i, j of x_i w_kij y_j, plus b_k, for x [..., I], y [..., J], w [K, I, J] and b [K].
/// Derivative: by way of its parts.
extension Tensor {
  /// - Throws: `.shape` where sizes do not fit.
  public func bilinear(
    _ other: Tensor, _ weight: Tensor, _ bias: Tensor? = nil
  ) throws(ThalwegError) -> Tensor {
    guard rank >= 1, rank == other.rank, weight.rank == 3, shape.dropLast() == other.shape.dropLast(),
      shape[rank - 1] == weight.shape[1], other.shape[rank - 1] == weight.shape[2],
      bias?.shape ?? [weight.shape[0]] == [weight.shape[0]]
    else {
      throw ThalwegError(
        .shape,
        "bilinear: inputs \(shape) and \(other.shape) with a weight of \(weight.shape); [..., I], [..., J] and [K, I, J] fit"
      )
    }
    let (k, i, j) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let rows = Dims(shape.dropLast()).product
    // x W as one product [rows, K J], then its rows times y.
    let products = try reshape([rows, i]).matmul(weight.permute([1, 0, 2]).reshape([i, k * j]))
    let sums = try products.reshape([rows, k, j]).matmul(other.reshape([rows, j, 1]))
    let result = try sums.reshape(Dims(Array(shape.dropLast()) + [k]))
    return if let bias { try result + bias } else { result }
  }
}
