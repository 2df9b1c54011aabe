/// max_unpool(x, indices): zeros, with each element of x at its index in the place of its plane or volume, which is what a
/// max pooling with indices took apart. Where an index occurs twice, one of its elements stands there.
/// Shape: x and indices [N, C, ...] or [C, ...] to the same with other sizes behind the channels.
/// Derivative: the elements of g at the indices, by way of `scatter`.
extension Tensor {
  /// - Parameters:
  ///   - indices: int64, of this tensor's shape, row-major places.
  ///   - outputSize: one to three sizes: length; height and width; depth, height and width.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func maxUnpool(_ indices: Tensor, outputSize: Dims) throws(ThalwegError) -> Tensor {
    let directions = outputSize.count
    guard (1...3).contains(directions), rank == directions + 1 || rank == directions + 2 else {
      throw ThalwegError(
        .shape,
        "max_unpool: \(outputSize) for input \(shape); a size is needed for each of one to three dimensions behind [N, C] or [C]"
      )
    }
    guard indices.shape == shape, indices.dtype == .int64 else {
      throw ThalwegError(
        .shape,
        "max_unpool: the indices are \(indices.dtype) \(indices.shape); they must be int64 \(shape), as the input"
      )
    }
    for size in outputSize where size < 0 {
      throw ThalwegError(
        .invalidArgument, "max_unpool: output_size is \(outputSize); no entry may be negative")
    }
    let lead = Array(shape.dropLast(directions))
    let planes = Dims(lead).product
    // Of the result's shape first: its size may overflow.
    let zeros = try Tensor.zeros(Dims(lead + Array(outputSize)), dtype: dtype)
    if numel == 0 { return zeros }
    let windows = numel / planes
    return try zeros.reshape([planes, outputSize.product]).scatter(
      1, indices.reshape([planes, windows]), reshape([planes, windows])
    ).reshape(zeros.shape)
  }
}
