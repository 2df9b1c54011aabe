/// masked_fill and masked_scatter: elements replaced where a mask, of bool and broadcast, is true. Compositions of `Where`
/// and `IndexPut`.
extension Tensor {
  /// This tensor with `value`, a scalar of any dtype, where `mask` is true; x and mask are broadcast.
  public func maskedFill(_ mask: Tensor, _ value: Tensor) throws(ThalwegError) -> Tensor {
    guard mask.dtype == .bool else { throw Tensor.notAMask(mask, "masked_fill") }
    guard value.rank == 0 else {
      throw ThalwegError(
        .shape, "masked_fill: the value has shape \(value.shape); it must be a scalar")
    }
    return try Tensor.where(mask, value.to(dtype), self)
  }

  /// This tensor with the elements where `mask` is true replaced by the first ones of `source`, in row-major order.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) throws(ThalwegError) -> Tensor {
    guard mask.dtype == .bool else { throw Tensor.notAMask(mask, "masked_scatter") }
    guard source.dtype == dtype else {
      throw ThalwegError(
        .dtype, "masked_scatter: the source is \(source.dtype), the tensor \(dtype); they must be equal")
    }
    let shape = try Dims.broadcast(self.shape, mask.shape, in: "masked_scatter")
    let starts = try Nonzero.places(mask.expand(shape))
    guard starts.numel <= source.numel else {
      throw ThalwegError(
        .shape,
        "masked_scatter: the mask is true \(starts.numel) times, the source has \(source.numel) elements only"
      )
    }
    let values = try source.reshape([-1]).slice(0, 0, starts.numel)
    return try IndexPut.apply(
      expand(shape), Places(starts: starts, block: 1, shape: starts.shape), values)
  }
}
