public import CThalweg
import ThalwegCore

// MARK: - Indexing

/// The elements that index tensors choose, as NumPy's a[i, j]: `indices` has one entry a dimension, NULL (or none at the end)
/// for a dimension kept whole. Entries are int64 or int32, negative ones count from the end, and are broadcast against
/// each other; or bool, which stands for the coordinates of its true elements. The broadcast dimensions stand where the
/// first entry was if the entries lie side by side, else in front. Copied.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index)
public func tw_tensor_index(
  _ a: tw_tensor_t?,
  _ indices: UnsafePointer<tw_tensor_t?>?,
  _ index_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").index(asIndices(indices, index_count, "indices"))
  }
}

/// The tensor with the elements that index tensors choose, see `tw_tensor_index`, replaced by `values`, which are broadcast;
/// or, where `accumulate` is not 0, with the values added to them.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_put)
public func tw_tensor_index_put(
  _ a: tw_tensor_t?,
  _ indices: UnsafePointer<tw_tensor_t?>?,
  _ index_count: UInt,
  _ values: tw_tensor_t?,
  _ accumulate: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexPut(
      asIndices(indices, index_count, "indices"), asTensor(values, "values"), accumulate: accumulate != 0)
  }
}

/// As `tw_tensor_index_put`, in place; the values are converted to the tensor's dtype. Not for tensors that belong to a graph
/// of derivatives.
///
/// Threads: one that has the tensor to itself.
@c(tw_tensor_set_at)
public func tw_tensor_set_at(
  _ a: tw_tensor_t?, _ indices: UnsafePointer<tw_tensor_t?>?, _ index_count: UInt, _ values: tw_tensor_t?,
  _ accumulate: Int32
) -> tw_status {
  call { () throws(ThalwegError) in
    try asTensor(a, "a").set(
      at: asIndices(indices, index_count, "indices"), to: asTensor(values, "values"),
      accumulate: accumulate != 0)
  }
}

/// The parts at the given indices (int64 or int32, one dimension) along dimension `dim`, copied.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_select)
public func tw_tensor_index_select(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ indices: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexSelect(Int(dim), asTensor(indices, "indices"))
  }
}

/// The tensor with the parts of `source`, times `alpha`, added at the given indices along dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_add)
public func tw_tensor_index_add(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ indices: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexAdd(
      Int(dim), asTensor(indices, "indices"), asTensor(source, "source"), alpha: alpha)
  }
}

/// The tensor with the parts of `source` in the place of its own at the given indices along dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_copy)
public func tw_tensor_index_copy(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ indices: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexCopy(Int(dim), asTensor(indices, "indices"), asTensor(source, "source"))
  }
}

/// The tensor with all elements at the given indices along dimension `dim` set to `value`, a scalar tensor.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_fill)
public func tw_tensor_index_fill(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ indices: tw_tensor_t?,
  _ value: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexFill(Int(dim), asTensor(indices, "indices"), asTensor(value, "value"))
  }
}

/// The elements a[i, index[i, j, k], k] (for dimension 1), in the shape of `index`, which is no larger than a along the other
/// dimensions.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_gather)
public func tw_tensor_gather(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ index: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").gather(Int(dim), asTensor(index, "index"))
  }
}

/// The tensor with src[i, j, k] in the place of element [i, index[i, j, k], k] (for dimension 1). `src` is at least as large as
/// `index` along every dimension, or a scalar for all.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_scatter)
public func tw_tensor_scatter(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ index: tw_tensor_t?,
  _ src: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").scatter(Int(dim), asTensor(index, "index"), asTensor(src, "src"))
  }
}

/// As `tw_tensor_scatter`, but adds.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_scatter_add)
public func tw_tensor_scatter_add(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ index: tw_tensor_t?,
  _ src: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").scatterAdd(Int(dim), asTensor(index, "index"), asTensor(src, "src"))
  }
}

/// As `tw_tensor_scatter`, but multiplies.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_scatter_multiply)
public func tw_tensor_scatter_multiply(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ index: tw_tensor_t?,
  _ src: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").scatterMultiply(Int(dim), asTensor(index, "index"), asTensor(src, "src"))
  }
}

/// The elements at the given places of the flattened tensor, in the shape of `index`; negative ones count from the end.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_take)
public func tw_tensor_take(
  _ a: tw_tensor_t?,
  _ index: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").take(asTensor(index, "index"))
  }
}

/// The elements at the given indices along `dim`, the other dimensions broadcast; NULL stands for the flattened tensor.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_take_along_dim)
public func tw_tensor_take_along_dim(
  _ a: tw_tensor_t?,
  _ indices: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").takeAlongDim(asTensor(indices, "indices"), dim.map { Int($0.pointee) })
  }
}

/// The tensor with `value`, a scalar tensor, where `mask`, of bool and broadcast, is true.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_masked_fill)
public func tw_tensor_masked_fill(
  _ a: tw_tensor_t?,
  _ mask: tw_tensor_t?,
  _ value: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").maskedFill(asTensor(mask, "mask"), asTensor(value, "value"))
  }
}

/// The elements where `mask`, of bool and broadcast, is true, in one dimension.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_masked_select)
public func tw_tensor_masked_select(
  _ a: tw_tensor_t?,
  _ mask: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").maskedSelect(asTensor(mask, "mask"))
  }
}

/// The tensor with its elements where `mask` is true replaced by the first ones of `source`, row-major.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_masked_scatter)
public func tw_tensor_masked_scatter(
  _ a: tw_tensor_t?,
  _ mask: tw_tensor_t?,
  _ source: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").maskedScatter(asTensor(mask, "mask"), asTensor(source, "source"))
  }
}

/// The indices of the elements that are not 0, a row each: [count, rank] of int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nonzero)
public func tw_tensor_nonzero(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nonzero()
  }
}

/// Which class each element is: 1 at its index in a new last dimension of `class_total`, 0 elsewhere; NULL for one more than
/// the largest index.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_one_hot)
public func tw_tensor_one_hot(
  _ a: tw_tensor_t?,
  _ class_total: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").oneHot(class_total.map { Int($0.pointee) })
  }
}

/// The rows of `weight` [count, size] at the given indices. The row `padding_idx` (NULL: none) gets no gradient; where
/// `scale_grad_by_freq` is not 0, a row that occurs several times gets the mean of its gradients.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_embedding)
public func tw_tensor_embedding(
  _ a: tw_tensor_t?,
  _ weight: tw_tensor_t?,
  _ padding_idx: UnsafePointer<Int64>?,
  _ scale_grad_by_freq: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.embedding(
      asTensor(a, "a"), asTensor(weight, "weight"), paddingIndex: padding_idx.map { Int($0.pointee) },
      scalesByFrequency: scale_grad_by_freq != 0)
  }
}

/// Shortens, in place, the rows of a matrix at the given indices whose `p`-norm is above `max_norm` to that.
///
/// Threads: one that has the tensor to itself.
@c(tw_tensor_renormalize_rows)
public func tw_tensor_renormalize_rows(
  _ a: tw_tensor_t?, _ indices: tw_tensor_t?, _ max_norm: Double, _ p: Double
) -> tw_status {
  call { () throws(ThalwegError) in
    try asTensor(a, "a").renormalizeRows(asTensor(indices, "indices"), maxNorm: max_norm, p: p)
  }
}

/// The entries of an index, of which any may be NULL.
private func asIndices(
  _ handles: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [Tensor?] {
  let count = try length(count, argument, function)
  if count == 0 { return [] }
  let handles = try pointer(handles, argument, function)
  var result: [Tensor?] = []
  for i in 0..<count { result.append(try asOptionalTensor(handles[i], argument, function)) }
  return result
}
