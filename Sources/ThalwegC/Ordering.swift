public import CThalweg
import ThalwegCore

// MARK: - Order, quantiles and counts

/// The elements along dimension `dim` in ascending or, with `descending` 1, descending order, and where they were, int64.
/// NaN counts as greater than all numbers; equal elements stay in their order.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_sort)
public func tw_tensor_sort(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ descending: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").sort(Int(dim), descending: descending != 0)
    return (result.values, result.indices)
  }
}

/// The indices that sort the tensor along dimension `dim`; see tw_tensor_sort.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_argsort)
public func tw_tensor_argsort(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ descending: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").argsort(Int(dim), descending: descending != 0)
  }
}

/// The `k` largest or, with `largest` 0, smallest elements along dimension `dim`, in that order, and where they were,
/// int64.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_topk)
public func tw_tensor_topk(
  _ a: tw_tensor_t?,
  _ k: Int64,
  _ dim: Int64,
  _ largest: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").topk(Int(k), Int(dim), largest: largest != 0)
    return (result.values, result.indices)
  }
}

/// The `k`th smallest element along dimension `dim`, k from 1, and its index, int64. The dimension is dropped or, with
/// `keepdim` 1, becomes 1.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_kthvalue)
public func tw_tensor_kthvalue(
  _ a: tw_tensor_t?,
  _ k: Int64,
  _ dim: Int64,
  _ keepdim: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").kthvalue(Int(k), Int(dim), keepDim: keepdim != 0)
    return (result.values, result.indices)
  }
}

/// The middle element along dimension `dim`, the lower one of two, and its index, int64; NaN if there is one.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_median_along)
public func tw_tensor_median_along(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ keepdim: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").median(Int(dim), keepDim: keepdim != 0)
    return (result.values, result.indices)
  }
}

/// As tw_tensor_median_along, of the elements that are not NaN.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_nanmedian_along)
public func tw_tensor_nanmedian_along(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ keepdim: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").nanMedian(Int(dim), keepDim: keepdim != 0)
    return (result.values, result.indices)
  }
}

/// The middle of all elements, the lower one of two; NaN if there is one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_median)
public func tw_tensor_median(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").median()
  }
}

/// The middle of all elements that are not NaN.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nanmedian)
public func tw_tensor_nanmedian(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nanMedian()
  }
}

/// The most frequent element along dimension `dim`, the smallest of several, and the last index at which it is, int64.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_mode)
public func tw_tensor_mode(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ keepdim: Int32,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").mode(Int(dim), keepDim: keepdim != 0)
    return (result.values, result.indices)
  }
}

/// The elements below which shares `q` (a scalar or a vector, in [0, 1], of the tensor's dtype) of the elements along
/// `dim` (NULL: of all) lie; `quantile_mode`, one of TW_QUANTILE_*, says how one between two is found. A vector q makes a
/// first dimension. NaN where an element is.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_quantile)
public func tw_tensor_quantile(
  _ a: tw_tensor_t?,
  _ q: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ keepdim: Int32,
  _ quantile_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").quantile(
      asTensor(q, "q"), dim.map { Int($0.pointee) }, keepDim: keepdim != 0,
      mode: asQuantileMode(quantile_mode))
  }
}

/// As tw_tensor_quantile, of the elements that are not NaN.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nanquantile)
public func tw_tensor_nanquantile(
  _ a: tw_tensor_t?,
  _ q: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ keepdim: Int32,
  _ quantile_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nanQuantile(
      asTensor(q, "q"), dim.map { Int($0.pointee) }, keepDim: keepdim != 0,
      mode: asQuantileMode(quantile_mode))
  }
}

/// The different elements or, where `dim` is not NULL, different parts along it, in ascending order; for each element
/// (part) of a its place among them, int64; and how often each occurs. Every NaN is different. No derivative.
///
/// Threads: any. `values`, `inverse`, `counts`: new references.
@c(tw_tensor_unique)
public func tw_tensor_unique(
  _ a: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ inverse: UnsafeMutablePointer<tw_tensor_t?>?,
  _ counts: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeThree(values, "values", inverse, "inverse", counts, "counts") { () throws(ThalwegError) in
    try asTensor(a, "a").unique(dim.map { Int($0.pointee) })
  }
}

/// As tw_tensor_unique, but only neighbours are compared, and the order stays.
///
/// Threads: any. `values`, `inverse`, `counts`: new references.
@c(tw_tensor_unique_consecutive)
public func tw_tensor_unique_consecutive(
  _ a: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ inverse: UnsafeMutablePointer<tw_tensor_t?>?,
  _ counts: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeThree(values, "values", inverse, "inverse", counts, "counts") { () throws(ThalwegError) in
    try asTensor(a, "a").uniqueConsecutive(dim.map { Int($0.pointee) })
  }
}

/// How often each number from 0 on occurs in a vector of integers, at least `minlength` of them; or, where `weights`, of
/// the same shape, is not NULL, the sums of these. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bincount)
public func tw_tensor_bincount(
  _ a: tw_tensor_t?,
  _ weights: tw_tensor_t?,
  _ minlength: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").bincount(asOptionalTensor(weights, "weights"), minLength: Int(minlength))
  }
}

/// How many elements fall into each of `bins` equal intervals from `min` to `max`; both equal: from the smallest element
/// to the largest. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_histc)
public func tw_tensor_histc(
  _ a: tw_tensor_t?,
  _ bins: Int64,
  _ min: Double,
  _ max: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").histc(bins: Int(bins), low: min, high: max)
  }
}

/// How many elements fall into each of `bins` equal intervals from `min` to `max` (both equal: from the smallest element
/// to the largest), or what `weight` (NULL: 1) says that they count; with `density` 1 divided by their sum and the
/// intervals' length; and the intervals' edges. No derivative.
///
/// Threads: any. `counts`, `edges`: new references.
@c(tw_tensor_histogram)
public func tw_tensor_histogram(
  _ a: tw_tensor_t?,
  _ bins: Int64,
  _ min: Double,
  _ max: Double,
  _ weight: tw_tensor_t?,
  _ density: Int32,
  _ counts: UnsafeMutablePointer<tw_tensor_t?>?,
  _ edges: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(counts, "counts", edges, "edges") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").histogram(
      bins: Int(bins), range: (min, max), weight: asOptionalTensor(weight, "weight"), density: density != 0)
    return (result.counts, result.edges)
  }
}

/// As tw_tensor_histogram, between neighbours of `bins`, a vector of ascending edges.
///
/// Threads: any. `counts`, `edges`: new references.
@c(tw_tensor_histogram_between)
public func tw_tensor_histogram_between(
  _ a: tw_tensor_t?,
  _ bins: tw_tensor_t?,
  _ weight: tw_tensor_t?,
  _ density: Int32,
  _ counts: UnsafeMutablePointer<tw_tensor_t?>?,
  _ edges: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(counts, "counts", edges, "edges") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").histogram(
      edges: asTensor(bins, "bins"), weight: asOptionalTensor(weight, "weight"), density: density != 0)
    return (result.counts, result.edges)
  }
}

/// Where each of `values` would be inserted along the last dimension of the tensor, which is sorted, or which `sorter`
/// (NULL: none) sorts, to keep the order: before equal elements or, with `right` 1, behind them; int64. The tensor is a
/// vector for all values, or has their leading dimensions. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_searchsorted)
public func tw_tensor_searchsorted(
  _ a: tw_tensor_t?,
  _ values: tw_tensor_t?,
  _ right: Int32,
  _ sorter: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").searchsorted(
      asTensor(values, "values"), right: right != 0, sorter: asOptionalTensor(sorter, "sorter"))
  }
}

/// Whether each element is, or with `invert` 1 is not, among those of `test_elements`; bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isin)
public func tw_tensor_isin(
  _ a: tw_tensor_t?,
  _ test_elements: tw_tensor_t?,
  _ invert: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").isIn(asTensor(test_elements, "test_elements"), invert: invert != 0)
  }
}

/// One of TW_QUANTILE_*.
private func asQuantileMode(
  _ value: Int32, _ function: StaticString = #function
) throws(ThalwegError) -> QuantileMode {
  guard let mode = QuantileMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): there is no TW_QUANTILE mode \(value); LINEAR (0) to NEAREST (4) exist")
  }
  return mode
}
