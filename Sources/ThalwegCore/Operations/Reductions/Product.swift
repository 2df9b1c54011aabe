/// prod(x, dim): the product along `dim` (nil: of all elements); integers and bools are multiplied as int64 and wrap.
/// Of no elements: 1.
/// Derivative: by way of its parts. The factors are multiplied in pairs, the products in pairs again, so the derivative,
/// of any order, is exact also where factors are 0, and rounding errors grow with log n only.
extension Tensor {
  public func product(_ dim: Int? = nil, keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    guard let dim else {
      let y = try reshape([-1]).product(0)
      return keepDim ? try y.reshape(Dims(repeating: 1, count: rank)) : y
    }
    let axis = try Dims.resolve(dim, rank: rank, in: "prod")
    let x = dtype.isFloat ? self : try to(.int64)
    if rank == 0 { return try x.clone() }
    var y = x.shape[axis] == 0 ? try x.sum([axis], keepDim: true) + 1 : x
    var odd: Tensor?
    while y.shape[axis] > 1 {
      let (count, half) = (y.shape[axis], y.shape[axis] / 2)
      if count % 2 == 1 {
        let last = try y.slice(axis, count - 1, count)
        odd = if let factor = odd { try factor * last } else { last }
      }
      y = try y.slice(axis, 0, half) * y.slice(axis, half, 2 * half)
    }
    y = if let odd { try y * odd } else { y === x ? try y.clone() : y }
    if keepDim { return y }
    var shape = y.shape
    shape.remove(at: axis)
    return try y.reshape(shape)
  }

  /// cumprod(x, dim)[i]: the product of the elements up to i along `dim`; integers and bools as int64.
  /// Derivative: by way of its parts, exact where factors are 0. Steps of doubling length: log n multiplications each.
  public func cumulativeProduct(_ dim: Int) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "cumprod")
    let x = dtype.isFloat ? self : try to(.int64)
    guard rank > 0, shape[axis] > 1 else { return try x.clone() }
    var y = x
    var step = 1
    while step < shape[axis] {
      let first = try y.slice(axis, 0, step)
      y = try .cat(
        [first, y.slice(axis, step, shape[axis]) * y.slice(axis, 0, shape[axis] - step)], dim: axis)
      step *= 2
    }
    return y
  }
}
