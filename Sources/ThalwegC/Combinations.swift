public import CThalweg
import ThalwegCore

// MARK: - Scatter with reductions, combinations, scans and statistics

/// y[i, index[i, j, k], k] is the sum (product, mean, largest, smallest: `scatter_mode`, one of TW_SCATTER_*) of all
/// src[i, j, k] that go there (for dimension 1) and, with `include_self` 1, of a's element there; other places keep a's.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_scatter_reduce)
public func tw_tensor_scatter_reduce(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ index: tw_tensor_t?,
  _ src: tw_tensor_t?,
  _ scatter_mode: Int32,
  _ include_self: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").scatterReduce(
      Int(dim), asTensor(index, "index"), asTensor(src, "src"), asScatterMode(scatter_mode),
      includesSelf: include_self != 0)
  }
}

/// As tw_tensor_scatter_reduce with whole parts of `source` along dimension `dim`, one for each index.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_reduce)
public func tw_tensor_index_reduce(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ indices: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ scatter_mode: Int32,
  _ include_self: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexReduce(
      Int(dim), asTensor(indices, "indices"), asTensor(source, "source"), asScatterMode(scatter_mode),
      includesSelf: include_self != 0)
  }
}

/// The tensor with the elements at the given places of the flattened tensor replaced by those of `source` or, with
/// `accumulate` 1, with these added to them; negative places count from the end.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_put)
public func tw_tensor_put(
  _ a: tw_tensor_t?,
  _ indices: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ accumulate: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").put(
      asTensor(indices, "indices"), asTensor(source, "source"), accumulate: accumulate != 0)
  }
}

/// The tensor with `source` in the place of its slice; see tw_tensor_slice.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_slice_scatter)
public func tw_tensor_slice_scatter(
  _ a: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ dim: Int64,
  _ start: Int64,
  _ end: Int64,
  _ step: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").sliceScatter(
      asTensor(source, "source"), Int(dim), Int(start), Int(end), step: Int(step))
  }
}

/// The tensor with `source` in the place of its part at `index` along dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_select_scatter)
public func tw_tensor_select_scatter(
  _ a: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ dim: Int64,
  _ index: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").selectScatter(asTensor(source, "source"), Int(dim), Int(index))
  }
}

/// The tensor with `source` in the place of its diagonal; see tw_tensor_diagonal.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diagonal_scatter)
public func tw_tensor_diagonal_scatter(
  _ a: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ offset: Int64,
  _ dim1: Int64,
  _ dim2: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diagonalScatter(asTensor(source, "source"), Int(offset), Int(dim1), Int(dim2))
  }
}

/// A matrix with the given matrices on its diagonal, corner to corner; vectors count as rows, scalars as 1 x 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_block_diag)
public func tw_tensor_block_diag(
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.blockDiag(asTensors(tensors, count, "tensors"))
  }
}

/// All ways to take one element of each vector, a row each.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cartesian_prod)
public func tw_tensor_cartesian_prod(
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.cartesianProduct(asTensors(tensors, count, "tensors"))
  }
}

/// All ways to take `r` elements of a vector in its order, a row each; with `with_replacement` 1 an element several
/// times.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_combinations)
public func tw_tensor_combinations(
  _ a: tw_tensor_t?,
  _ r: Int64,
  _ with_replacement: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").combinations(Int(r), withReplacement: with_replacement != 0)
  }
}

/// The powers of each element as a new last dimension, `n` of them (NULL: as many as the last dimension is long): the
/// highest first or, with `increasing` 1, last.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_vander)
public func tw_tensor_vander(
  _ a: tw_tensor_t?,
  _ n: UnsafePointer<Int64>?,
  _ increasing: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").vander(n.map { Int($0.pointee) }, decreasing: increasing == 0)
  }
}

/// The vector product of vectors of three elements along dimension `dim`; the other dimensions broadcast.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cross_along)
public func tw_tensor_cross_along(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").cross(asTensor(b, "b"), Int(dim))
  }
}

/// A matrix with the flattened tensor on a diagonal, 0 elsewhere.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diagflat)
public func tw_tensor_diagflat(
  _ a: tw_tensor_t?,
  _ offset: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diagflat(Int(offset))
  }
}

/// The coordinates of the elements of a matrix [rows, columns] on and below a diagonal: [2, count].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tril_indices)
public func tw_tensor_tril_indices(
  _ row: Int64,
  _ col: Int64,
  _ offset: Int64,
  _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.trilIndices(Int(row), Int(col), Int(offset), dtype: asDType(dtype))
  }
}

/// The coordinates of the elements of a matrix [rows, columns] on and above a diagonal: [2, count].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_triu_indices)
public func tw_tensor_triu_indices(
  _ row: Int64,
  _ col: Int64,
  _ offset: Int64,
  _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.triuIndices(Int(row), Int(col), Int(offset), dtype: asDType(dtype))
  }
}

/// The largest element up to each place along dimension `dim`, and the last index at which it was, int64.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_cummax)
public func tw_tensor_cummax(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").cumulativeMaximum(Int(dim))
    return (result.values, result.indices)
  }
}

/// The smallest element up to each place along dimension `dim`, and the last index at which it was, int64.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_cummin)
public func tw_tensor_cummin(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").cumulativeMinimum(Int(dim))
    return (result.values, result.indices)
  }
}

/// The logarithm of the running sum of e^a along dimension `dim`, without overflow. Floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logcumsumexp)
public func tw_tensor_logcumsumexp(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logCumulativeSumExp(Int(dim))
  }
}

/// The differences of neighbours along dimension `dim`, taken `n` times; `prepend` and `append`, unless NULL, are put to
/// the ends first.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diff)
public func tw_tensor_diff(
  _ a: tw_tensor_t?,
  _ n: Int64,
  _ dim: Int64,
  _ prepend: tw_tensor_t?,
  _ append: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diff(
      times: Int(n), Int(dim), before: asOptionalTensor(prepend, "prepend"),
      after: asOptionalTensor(append, "append"))
  }
}

/// The integral along dimension `dim` by trapezoids: at positions `x` or, where that is NULL, positions `dx` apart.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_trapezoid)
public func tw_tensor_trapezoid(
  _ a: tw_tensor_t?,
  _ x: tw_tensor_t?,
  _ dx: Double,
  _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").trapezoid(x: asOptionalTensor(x, "x"), dx: dx, Int(dim))
  }
}

/// The integral up to each place; see tw_tensor_trapezoid.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cumulative_trapezoid)
public func tw_tensor_cumulative_trapezoid(
  _ a: tw_tensor_t?,
  _ x: tw_tensor_t?,
  _ dx: Double,
  _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").cumulativeTrapezoid(x: asOptionalTensor(x, "x"), dx: dx, Int(dim))
  }
}

/// The matrix of covariances of the rows, a variable each, over the columns, an observation each, whose number less
/// `correction` it is divided by. Observations count as often as `fweights` and as much as `aweights` say, unless NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cov)
public func tw_tensor_cov(
  _ a: tw_tensor_t?,
  _ correction: Int64,
  _ fweights: tw_tensor_t?,
  _ aweights: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").cov(
      correction: Int(correction), counts: asOptionalTensor(fweights, "fweights"),
      weights: asOptionalTensor(aweights, "aweights"))
  }
}

/// The matrix of correlations of the rows.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_corrcoef)
public func tw_tensor_corrcoef(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").corrcoef()
  }
}

/// The tensor with each part along dimension `dim` whose `p`-norm is above `maxnorm` shortened to that.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_renorm)
public func tw_tensor_renorm(
  _ a: tw_tensor_t?,
  _ p: Double,
  _ dim: Int64,
  _ maxnorm: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").renorm(p, Int(dim), maxnorm)
  }
}

/// The `p`-norm of a - b.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_dist)
public func tw_tensor_dist(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ p: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").dist(asTensor(b, "b"), p)
  }
}

/// One of TW_SCATTER_*.
private func asScatterMode(
  _ value: Int32, _ function: StaticString = #function
) throws(ThalwegError) -> ScatterMode {
  guard let mode = ScatterMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): there is no TW_SCATTER mode \(value); SUM (0) to AMIN (4) exist")
  }
  return mode
}
