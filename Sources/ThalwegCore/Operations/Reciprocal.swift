/// reciprocal(x) = 1 / x and square(x) = x², elementwise; reciprocals of integers are float32, squares of bools int64.
/// Derivative: by way of the quotient and the product.
extension Tensor {
  public func reciprocal() throws(ThalwegError) -> Tensor { try 1 / self }
  public func square() throws(ThalwegError) -> Tensor {
    let x = dtype == .bool ? try to(.int64) : self
    return try x * x
  }
}
