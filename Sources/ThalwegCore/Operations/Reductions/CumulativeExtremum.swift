/// cummax(x, dim) and cummin: the largest, or smallest, element up to each place along `dim`, and the last index at which
/// it was; NaN from the first NaN on. Derivative: g at that index, by way of `gather`.
extension Tensor {
  public func cumulativeMaximum(_ dim: Int) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try running(dim, in: "cummax") { $0 >= $1 }
  }

  /// See `cumulativeMaximum`.
  public func cumulativeMinimum(_ dim: Int) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try running(dim, in: "cummin") { ($0 <= $1 && $1 != Order.nan) || $0 == Order.nan }
  }

  private func running(
    _ dim: Int, in function: StaticString, _ replaces: @escaping (UInt64, UInt64) -> Bool
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let axis = try Dims.resolve(dim, rank: rank, in: function)
    if rank == 0 { return (try clone(), try Tensor.scalar(0, dtype: .int64)) }
    let order = try Recording.tensor { () throws(ThalwegError) in
      let dense = try self.movedim([axis], [-1]).contiguous()
      let length = self.shape[axis]
      let keys = try Order.keys(dense, in: function)
      let order = try Tensor.make(dense.shape, .int64, for: function)
      let key = keys.base.assumingMemoryBound(to: UInt64.self)
      let place = order.data.assumingMemoryBound(to: Int64.self)
      for line in 0..<(length == 0 ? 0 : self.numel / length) {
        let start = line &* length
        var best = 0
        for i in 0..<length {
          if replaces(key[start &+ i], key[start &+ best]) { best = i }
          place[start &+ i] = Int64(best)
        }
      }
      return order
    }
    let indices = try order.movedim([-1], [axis]).contiguous()
    return (try gather(axis, indices), indices)
  }

  /// logcumsumexp(x, dim): the logarithm of the running sum of e^x, without overflow. Floats. In steps of doubling length,
  /// as `cumulativeProduct`; derivative by way of its parts.
  public func logCumulativeSumExp(_ dim: Int) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "logcumsumexp")
    guard dtype.isFloat else { throw unsupported("logcumsumexp", dtype) }
    guard rank > 0, shape[axis] > 1 else { return try clone() }
    var (y, step) = (self, 1)
    while step < shape[axis] {
      let rest = try y.slice(axis, step, shape[axis]).logAddExp(y.slice(axis, 0, shape[axis] - step))
      y = try .cat([y.slice(axis, 0, step), rest], dim: axis)
      step *= 2
    }
    return y
  }
}
