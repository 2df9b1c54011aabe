/// Orders along a dimension: NaN counts as greater than all numbers. Derivatives by way of `gather`.
extension Tensor {
  /// The elements along `dim` in ascending or descending order, and where they were. Equal ones stay in their order.
  public func sort(
    _ dim: Int = -1, descending: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let axis = try Dims.resolve(dim, rank: rank, in: "sort")
    if rank == 0 { return (try clone(), try Tensor.scalar(0, dtype: .int64)) }
    let order = try Recording.tensor { () throws(ThalwegError) in
      try Order.lines(self, axis, descending: descending, in: "sort").order
    }
    let indices = try order.movedim([-1], [axis]).contiguous()
    return (try gather(axis, indices), indices)
  }

  /// The indices that sort the tensor along `dim`.
  public func argsort(_ dim: Int = -1, descending: Bool = false) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try sort(dim, descending: descending).indices }
  }

  /// The `count` largest or smallest elements along `dim`, in that order, and where they were.
  public func topk(
    _ count: Int, _ dim: Int = -1, largest: Bool = true
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let axis = try Dims.resolve(dim, rank: rank, in: "topk")
    let size = rank == 0 ? 1 : shape[axis]
    guard count >= 0, count <= size else {
      throw ThalwegError(
        .invalidArgument, "topk: k is \(count); dimension \(axis) of shape \(shape) has 0 to \(size)")
    }
    if rank == 0 {
      let y = try reshape([1]).topk(count, 0, largest: largest)
      return count == 0 ? y : (try y.values.reshape([]), try y.indices.reshape([]))
    }
    let order = try argsort(axis, descending: largest)
    let indices = try order.slice(axis, 0, count).contiguous()
    return (try gather(axis, indices), indices)
  }

  /// The `k`th smallest element along `dim`, k from 1, and its index.
  public func kthvalue(
    _ k: Int, _ dim: Int = -1, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let axis = try Dims.resolve(dim, rank: rank, in: "kthvalue")
    let size = rank == 0 ? 1 : shape[axis]
    guard k >= 1, k <= size else {
      throw ThalwegError(
        .invalidArgument, "kthvalue: k is \(k); dimension \(axis) of shape \(shape) has 1 to \(size)")
    }
    return try chosen(axis, keepDim: keepDim, in: "kthvalue") { _, _, _ in k - 1 }
  }

  /// The middle element along `dim`, the lower one of two, and its index; NaN if there is one.
  public func median(
    _ dim: Int, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try chosen(dim, keepDim: keepDim, in: "median") { key, place, length in
      if key[Int(place[length - 1])] != Order.nan { return (length - 1) / 2 }
      return (0..<length).first { key[Int(place[$0])] == Order.nan } ?? 0
    }
  }

  /// As `median`, of the elements that are not NaN; NaN where all are.
  public func nanMedian(
    _ dim: Int, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try chosen(dim, keepDim: keepDim, in: "nanmedian") { key, place, length in
      var count = length
      while count > 0, key[Int(place[count - 1])] == Order.nan { count -= 1 }
      return max(0, count - 1) / 2
    }
  }

  /// The middle of all elements; NaN of none.
  public func median() throws(ThalwegError) -> Tensor {
    numel == 0 ? try nothing("median") : try reshape([-1]).median(0).values
  }

  /// See `median()`.
  public func nanMedian() throws(ThalwegError) -> Tensor {
    numel == 0 ? try nothing("nanmedian") : try reshape([-1]).nanMedian(0).values
  }

  private func nothing(_ function: StaticString) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else {
      throw ThalwegError(.shape, "\(function): shape \(shape) has no elements to choose from")
    }
    return try sum() + .nan
  }

  /// The most frequent element along `dim`, the smallest of several, and the last index at which it is.
  public func mode(
    _ dim: Int = -1, keepDim: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try chosen(dim, keepDim: keepDim, in: "mode") { key, place, length in
      var (best, most, run) = (0, 0, 0)
      for i in 0..<length {
        run = i > 0 && key[Int(place[i])] == key[Int(place[i - 1])] ? run + 1 : 1
        if run > most { (best, most) = (i, run) }
      }
      return best
    }
  }

  /// One element of each line along `dim`: the one at the rank that `choose` says, from keys, order and length.
  private func chosen(
    _ dim: Int, keepDim: Bool, in function: StaticString,
    _ choose: @escaping (UnsafePointer<UInt64>, UnsafePointer<Int64>, Int) -> Int
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let axis = try Dims.resolve(dim, rank: rank, in: function)
    guard rank == 0 || shape[axis] > 0 else {
      throw ThalwegError(
        .shape, "\(function): shape \(shape) has no elements along \(axis) to choose from")
    }
    var kept = shape
    if rank > 0 { kept[axis] = 1 }
    let indices = try Recording.tensor { [kept] () throws(ThalwegError) in
      let lines = try Order.lines(self, axis, in: function)
      let indices = try Tensor.make(kept, .int64, for: function)
      let index = indices.data.assumingMemoryBound(to: Int64.self)
      for line in 0..<lines.count {
        let (key, place) = (lines.key + line &* lines.length, lines.place + line &* lines.length)
        index[line] = place[choose(key, place, lines.length)]
      }
      return indices
    }
    // The lines were those of the moved dimension, in the same order as the others.
    let values = rank == 0 ? try clone() : try gather(axis, indices)
    if keepDim || rank == 0 { return (values, indices) }
    kept.remove(at: axis)
    return (try values.reshape(kept), try indices.reshape(kept))
  }
}
