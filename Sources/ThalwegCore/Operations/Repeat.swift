/// repeat, repeat_interleave and unfold: elements that occur several times. Compositions of `Expand`, `IndexSelect` and
/// `Reshape`, always a copy.
extension Tensor {
  /// The tensor laid side by side with itself, `counts[i]` times along dimension i; more counts than dimensions make new
  /// ones in front.
  public func `repeat`(_ counts: Dims) throws(ThalwegError) -> Tensor {
    guard counts.count >= rank, counts.count <= Dims.maxRank, !counts.contains(where: { $0 < 0 }) else {
      throw ThalwegError(
        .invalidArgument,
        "repeat: the counts \(counts) for shape \(shape); at least one a dimension, none negative, is needed")
    }
    let shift = counts.count - rank
    var result = Dims(Array(repeating: 1, count: shift) + Array(shape))
    var x = try reshape(result)
    for dim in counts.indices where counts[dim] != 1 {
      let (product, overflow) = result[dim].multipliedReportingOverflow(by: counts[dim])
      let outer = Dims(result[..<dim]).product
      result[dim] = overflow ? .max : product
      _ = try result.checkedElementCount(of: dtype, in: "repeat")
      let inner = Dims(x.shape[dim...]).product
      x = try x.reshape([outer, 1, inner]).expand([outer, counts[dim], inner]).reshape(result)
    }
    return x.storage === storage ? try x.clone() : x
  }

  /// Each element, or part along `dim`, `count` times in a row; without `dim` of the flattened tensor.
  public func repeatInterleave(_ count: Int, _ dim: Int? = nil) throws(ThalwegError) -> Tensor {
    guard let dim else { return try reshape([-1]).repeatInterleave(count, 0) }
    let (x, axis) = try indexed(along: dim, in: "repeat_interleave")
    guard count >= 0 else {
      throw ThalwegError(.invalidArgument, "repeat_interleave: the count \(count) is negative")
    }
    let (product, overflow) = x.shape[axis].multipliedReportingOverflow(by: count)
    var result = x.shape
    result[axis] = overflow ? .max : product
    _ = try result.checkedElementCount(of: dtype, in: "repeat_interleave")
    let outer = Dims(x.shape[...axis]).product
    let inner = Dims(x.shape[(axis + 1)...]).product
    let y = try x.reshape([outer, 1, inner]).expand([outer, count, inner]).reshape(result)
    return y.storage === storage ? try y.clone() : y
  }

  /// The part i along `dim` counts[i] times; one count stands for all. Without `dim` of the flattened tensor.
  public func repeatInterleave(_ counts: Tensor, _ dim: Int? = nil) throws(ThalwegError) -> Tensor {
    guard let dim else { return try reshape([-1]).repeatInterleave(counts, 0) }
    let (x, axis) = try indexed(along: dim, in: "repeat_interleave")
    guard counts.dtype == .int64 || counts.dtype == .int32, counts.rank <= 1 else {
      throw ThalwegError(
        .dtype,
        "repeat_interleave: the counts are \(counts.dtype) of shape \(counts.shape); they must be int64 or int32 in one dimension"
      )
    }
    if counts.numel == 1 { return try x.repeatInterleave(Int(counts.itemInt64()), axis) }
    guard counts.numel == x.shape[axis] else {
      throw ThalwegError(
        .shape,
        "repeat_interleave: \(counts.numel) counts for dimension \(axis) of shape \(shape); their number must be its size"
      )
    }
    let own = try counts.to(.int64).contiguous()
    let count = own.data.assumingMemoryBound(to: Int64.self)
    var total = 0
    for i in 0..<own.numel {
      let (sum, overflow) = total.addingReportingOverflow(Int(count[i]))
      guard count[i] >= 0, !overflow else {
        throw ThalwegError(
          .invalidArgument, "repeat_interleave: count \(count[i]) at place \(i) is negative or too large")
      }
      total = sum
    }
    let rows = try Tensor.make([total], .int64, for: "repeat_interleave")
    let row = rows.data.assumingMemoryBound(to: Int64.self)
    var next = 0
    for i in 0..<own.numel {
      for _ in 0..<count[i] {
        row[next] = Int64(i)
        next += 1
      }
    }
    return try x.indexSelect(axis, rows)
  }

  /// All windows of `size` elements along `dim`, `step` apart: their number in the place of the dimension, their elements
  /// as a new last one. A copy.
  public func unfold(_ dim: Int, _ size: Int, _ step: Int) throws(ThalwegError) -> Tensor {
    let (x, axis) = try indexed(along: dim, in: "unfold")
    guard size >= 0, size <= x.shape[axis], step > 0 else {
      throw ThalwegError(
        .invalidArgument,
        "unfold: windows of \(size), \(step) apart, along dimension \(axis) of shape \(shape); the size must not be larger than the dimension, the step positive"
      )
    }
    let count = (x.shape[axis] - size) / step + 1
    let places = try Tensor.make([count * size], .int64, for: "unfold")
    let place = places.data.assumingMemoryBound(to: Int64.self)
    for i in 0..<count {
      for j in 0..<size { place[i * size + j] = Int64(i * step + j) }
    }
    if rank == 0 { return try reshape([1]).indexSelect(0, places) }
    guard rank < Dims.maxRank else {
      throw ThalwegError(.shape, "unfold: shape \(shape) has the most dimensions there can be already")
    }
    var shape = self.shape
    shape[axis] = count
    shape.insert(size, at: axis + 1)
    return try indexSelect(axis, places).reshape(shape).movedim([axis + 1], [-1])
  }
}
