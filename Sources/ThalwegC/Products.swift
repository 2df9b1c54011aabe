public import CThalweg
import ThalwegCore

// MARK: - Products

/// Matrix times matrix: [m, k] x [k, n] = [m, n].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mm)
public func tw_tensor_mm(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").mm(asTensor(b, "b"))
  }
}

/// As many matrix products as the first dimension says: [b, m, k] x [b, k, n] = [b, m, n].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bmm)
public func tw_tensor_bmm(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").bmm(asTensor(b, "b"))
  }
}

/// Matrix times vector: [m, k] x [k] = [m].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mv)
public func tw_tensor_mv(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").mv(asTensor(b, "b"))
  }
}

/// The sum of the products of two vectors' elements.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_dot)
public func tw_tensor_dot(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").dot(asTensor(b, "b"))
  }
}

/// All products of an element of one vector with one of another: [m] x [n] = [m, n].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_outer)
public func tw_tensor_outer(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").outer(asTensor(b, "b"))
  }
}

/// The dot products of the last dimensions: [..., k] x [*, k] = [..., *]; with a scalar the product.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_inner)
public func tw_tensor_inner(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").inner(asTensor(b, "b"))
  }
}

/// The Kronecker product: blocks of b, one for each element of a, times it.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_kron)
public func tw_tensor_kron(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").kron(asTensor(b, "b"))
  }
}

/// The sums of products over the dimensions `a_dims` of a and, in the same order, `b_dims` of b; the result has the other
/// dimensions of both.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tensordot)
public func tw_tensor_tensordot(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ a_dims: UnsafePointer<Int64>?,
  _ a_dim_count: UInt,
  _ b_dims: UnsafePointer<Int64>?,
  _ b_dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").tensordot(
      asTensor(b, "b"), asDims(a_dims, a_dim_count, "a_dims"), asDims(b_dims, b_dim_count, "b_dims"))
  }
}

/// Einstein's summation: letters name the dimensions of each operand, "ij,jk->ik"; equal ones are multiplied, and those that
/// the result does not name are summed over. A letter twice in an operand takes its diagonal, `...` stands for any
/// dimensions, which are broadcast; without -> the result has the letters that occur once, in the alphabet's order.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_einsum)
public func tw_tensor_einsum(
  _ equation: UnsafePointer<CChar>?,
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.einsum(asString(equation, "equation"), asTensors(tensors, count, "tensors"))
  }
}

/// beta a + alpha (mat1 mat2), a broadcast to the product; for beta 0 a is not looked at.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addmm)
public func tw_tensor_addmm(
  _ a: tw_tensor_t?,
  _ mat1: tw_tensor_t?,
  _ mat2: tw_tensor_t?,
  _ beta: Double,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").addmm(
      asTensor(mat1, "mat1"), asTensor(mat2, "mat2"), beta: beta, alpha: alpha)
  }
}

/// As `tw_tensor_addmm` with a matrix and a vector.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addmv)
public func tw_tensor_addmv(
  _ a: tw_tensor_t?,
  _ mat: tw_tensor_t?,
  _ vec: tw_tensor_t?,
  _ beta: Double,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").addmv(
      asTensor(mat, "mat"), asTensor(vec, "vec"), beta: beta, alpha: alpha)
  }
}

/// As `tw_tensor_addmm` with the outer product of two vectors.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addr)
public func tw_tensor_addr(
  _ a: tw_tensor_t?,
  _ vec1: tw_tensor_t?,
  _ vec2: tw_tensor_t?,
  _ beta: Double,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").addr(
      asTensor(vec1, "vec1"), asTensor(vec2, "vec2"), beta: beta, alpha: alpha)
  }
}

/// As `tw_tensor_addmm` with batches of matrices.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_baddbmm)
public func tw_tensor_baddbmm(
  _ a: tw_tensor_t?,
  _ batch1: tw_tensor_t?,
  _ batch2: tw_tensor_t?,
  _ beta: Double,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").baddbmm(
      asTensor(batch1, "batch1"), asTensor(batch2, "batch2"), beta: beta, alpha: alpha)
  }
}

/// As `tw_tensor_addmm` with the sum of the products of a batch of matrices.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addbmm)
public func tw_tensor_addbmm(
  _ a: tw_tensor_t?,
  _ batch1: tw_tensor_t?,
  _ batch2: tw_tensor_t?,
  _ beta: Double,
  _ alpha: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").addbmm(
      asTensor(batch1, "batch1"), asTensor(batch2, "batch2"), beta: beta, alpha: alpha)
  }
}
