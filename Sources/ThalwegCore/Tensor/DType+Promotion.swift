extension DType {
  /// bool < integers < floats: the categories of type promotion.
  private var category: Int { self == .bool ? 0 : isFloat ? 2 : 1 }

  /// The smallest dtype that both convert to without changing category, PyTorch's `promote_types`.
  package static func promoted(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a.category != b.category { return a.category > b.category ? a : b }
    // Within a category the wider wins; uint8 fits both signed types.
    return a.size >= b.size ? a : b
  }

  /// The dtype in which a binary operation on `a` and `b` computes (PyTorch's `result_type`): a tensor of rank 0
  /// raises the category of the other, never the width within it.
  package static func result(_ a: Tensor, _ b: Tensor) -> DType {
    if a.dtype == b.dtype { return a.dtype }
    let aIsScalar = a.rank == 0
    if aIsScalar != (b.rank == 0) {
      let (scalar, array) = aIsScalar ? (a.dtype, b.dtype) : (b.dtype, a.dtype)
      if scalar.category <= array.category { return array }
    }
    return promoted(a.dtype, b.dtype)
  }
}
