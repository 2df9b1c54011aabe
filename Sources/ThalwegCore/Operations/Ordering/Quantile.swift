/// How a quantile between two elements is found. Raw values are the C interface's `TW_QUANTILE_LINEAR` ...
public enum QuantileMode: Int32, Sendable {
  case linear = 0
  case lower = 1
  case higher = 2
  case midpoint = 3
  case nearest = 4
}

/// quantile(x, q, dim): the elements below which shares q of a line lie, between two by interpolation; NaN where one is.
/// Derivative: by way of `sort` and `gather`, and for q of the straight line between two elements.
extension Tensor {
  /// - Parameters:
  ///   - q: a number or a vector, in [0, 1], of x's dtype; a vector makes a first dimension.
  ///   - dim: nil for all elements.
  public func quantile(
    _ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, mode: QuantileMode = .linear
  ) throws(ThalwegError) -> Tensor {
    try quantiles(q, dim, keepDim, mode, ignoresNaN: false, in: "quantile")
  }

  /// As `quantile`, of the elements that are not NaN; NaN where all are.
  public func nanQuantile(
    _ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, mode: QuantileMode = .linear
  ) throws(ThalwegError) -> Tensor {
    try quantiles(q, dim, keepDim, mode, ignoresNaN: true, in: "nanquantile")
  }

  private func quantiles(
    _ q: Tensor, _ dim: Int?, _ keepDim: Bool, _ mode: QuantileMode, ignoresNaN: Bool,
    in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported(function, dtype) }
    guard q.dtype == dtype, q.rank <= 1 else {
      throw ThalwegError(
        .dtype,
        "\(function): q is \(q.dtype) of shape \(q.shape), the tensor \(dtype); a number or vector of its dtype is needed"
      )
    }
    func check() throws(ThalwegError) {
      if let wrong = try q.toArray().first(where: { !($0 >= 0 && $0 <= 1) }) {
        throw ThalwegError(.invalidArgument, "\(function): q holds \(wrong); it must be in [0, 1]")
      }
    }
    if Recording.isActive { try Recording.note(throwing: check) } else { try check() }
    let axis = try Dims.resolve(dim ?? 0, rank: rank, in: function)
    let lines = try dim == nil || rank == 0 ? reshape([-1]) : movedim([axis], [-1])
    let length = lines.shape[lines.rank - 1]
    guard length > 0 else {
      throw ThalwegError(.shape, "\(function): shape \(shape) has no elements to choose from")
    }
    // [..., length] and, of the places, [..., shares].
    let sorted = try lines.sort(-1).values
    let last = try noGrad { () throws(ThalwegError) in
      let counts =
        ignoresNaN
        ? try sorted.equal(sorted).to(.float64).sum([-1], keepDim: true)
        : try Tensor.scalar(Double(length), dtype: .float64)
      return try (counts - 1).clamp(min: 0)
    }
    var full = sorted.shape
    full[full.count - 1] = q.numel
    var places = try (last * q.to(.float64).reshape([-1])).expand(full)
    if !ignoresNaN {
      // Where the line ends with NaN, all is.
      let isNaN = try sorted.slice(-1, length - 1, length).isNaN()
      places = try Tensor.where(isNaN, Tensor.scalar(Double(length - 1), dtype: .float64), places)
    }
    var result = try sorted.between(places, mode)
    if let dim = q.rank == 0 ? nil : Optional(0) {
      result = try result.movedim([-1], [dim])
    } else {
      result = try result.squeeze([-1])
    }
    if keepDim && rank > 0 {
      let first = q.rank
      if dim == nil {
        return try result.reshape(Dims(Array(q.shape) + Array(repeating: 1, count: rank)))
      }
      return try result.unsqueeze(axis + first)
    }
    return try result.contiguous()
  }

  /// The elements at fractional places along the last dimension.
  private func between(_ places: Tensor, _ mode: QuantileMode) throws(ThalwegError) -> Tensor {
    func at(_ place: Tensor) throws(ThalwegError) -> Tensor { try gather(-1, place.detach().to(.int64)) }
    switch mode {
    case .lower: return try at(places.floor())
    case .higher: return try at(places.ceil())
    case .nearest: return try at(places.round())
    case .midpoint: return try at(places.floor()).lerp(at(places.ceil()), 0.5)
    case .linear:
      let below = try places.detach().floor()
      let weight = try (places - below).to(dtype)
      let (a, b) = (try at(below), try at(places.ceil()))
      // An infinite neighbour that has no weight would make NaN.
      let isAtElement = try weight.equal(Tensor.scalar(0, dtype: dtype)).logicalAnd(b.isFinite().logicalNot())
      return try Tensor.where(isAtElement, a, a.lerp(b, weight))
    }
  }
}
