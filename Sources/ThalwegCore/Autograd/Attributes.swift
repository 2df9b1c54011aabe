/// What an operation remembers besides tensors. Each operation says what its entries mean.
package struct Attributes {
  package var dims = Dims()
  package var extra = Dims()
  package var index = 0
  package var flag = false
  package var number = 0.0
  package var secondNumber = 0.0

  package init(
    dims: Dims = Dims(), extra: Dims = Dims(), index: Int = 0, flag: Bool = false, number: Double = 0,
    secondNumber: Double = 0
  ) {
    self.dims = dims
    self.extra = extra
    self.index = index
    self.flag = flag
    self.number = number
    self.secondNumber = secondNumber
  }
}
