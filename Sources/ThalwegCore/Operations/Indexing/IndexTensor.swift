/// Checks of the tensors that are used as indices. Those that pass live in memory of their own: backward relies on the
/// check, also when the caller's tensor has other contents by then.
package enum IndexTensor {
  /// The indices as int64, row-major, each in 0..<size; where `fromEnd`, negative ones count from the end.
  package static func checked(
    _ indices: Tensor, below size: Int, fromEnd: Bool = false, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard indices.dtype == .int64 || indices.dtype == .int32 || indices.numel == 0 else {
      throw ThalwegError(
        .dtype, "\(function): the indices are \(indices.dtype); they must be int64 or int32")
    }
    let own = try indices.dtype == .int64 ? indices.detach().clone() : indices.detach().to(.int64)
    let (index, count) = (own.address.assumingMemoryBound(to: Int64.self), own.numel)
    let (limit, lowest) = (Int64(size), fromEnd ? -Int64(size) : 0)
    func check() throws(ThalwegError) {
      for i in 0..<count {
        guard index[i] >= lowest, index[i] < limit else {
          throw ThalwegError(
            .invalidArgument,
            size == 0
              ? "\(function): index \(index[i]) at place \(i) is out of range; the dimension is empty"
              : "\(function): index \(index[i]) at place \(i) is out of range; \(lowest) to \(limit - 1) exist"
          )
        }
        if index[i] < 0 { index[i] &+= limit }
      }
    }
    if Recording.isActive { try Recording.note(throwing: check) } else { try check() }
    return own
  }

  /// As `checked`, and of one dimension at most (a scalar counts as one index).
  package static func list(
    _ indices: Tensor, below size: Int, fromEnd: Bool = false, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard indices.rank <= 1 else {
      throw ThalwegError(
        .shape, "\(function): the indices have shape \(indices.shape); they must have one dimension")
    }
    return try checked(indices, below: size, fromEnd: fromEnd, in: function).reshape([-1])
  }

  /// The indices of an advanced indexing, one a dimension of `shape`: a mask is replaced by the coordinates of its true
  /// elements, nil stays nil.
  package static func columns(
    _ indices: [Tensor?], of shape: Dims, in function: StaticString
  ) throws(ThalwegError) -> [Tensor?] {
    var result: [Tensor?] = []
    for index in indices {
      let dim = result.count
      guard let index else {
        result.append(nil)
        continue
      }
      guard dim + (index.dtype == .bool ? index.rank : 1) <= shape.count else {
        throw ThalwegError(
          .invalidArgument, "\(function): too many indices for a tensor of shape \(shape)")
      }
      if index.dtype != .bool {
        result.append(try checked(index, below: shape[dim], fromEnd: true, in: function))
        continue
      }
      guard index.rank > 0, index.shape == Dims(shape[dim..<(dim + index.rank)]) else {
        throw ThalwegError(
          .shape,
          """
          \(function): a mask of shape \(index.shape) for dimension \(dim) and following of shape \(shape); the sizes \
          must be equal
          """)
      }
      let coordinates = try Nonzero.coordinates(index)
      for i in 0..<index.rank { result.append(try coordinates.select(0, i)) }
    }
    guard result.count <= shape.count else {
      throw ThalwegError(.invalidArgument, "\(function): too many indices for a tensor of shape \(shape)")
    }
    return result
  }
}
