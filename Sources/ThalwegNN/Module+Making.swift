import ThalwegCore

/// What constructors of layers share.
extension Module {
  /// Registers a parameter that is trained, every element `value`.
  final func addParameter(_ name: String, _ shape: Dims, _ dtype: DType, filled value: Double)
    throws(ThalwegError)
  {
    let tensor = try Tensor.full(shape, value, dtype: dtype)
    try tensor.setRequiresGrad(true)
    try registerParameter(name, tensor)
  }

  /// Checks that parameters of `dtype` can be trained.
  static func checkFloat(_ dtype: DType) throws(ThalwegError) {
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "\(self): parameters of \(dtype) cannot be trained; choose float32 or float64")
    }
  }

  /// Checks what a layer is made with.
  static func require(_ isRight: Bool, _ complaint: @autoclosure () -> String) throws(ThalwegError) {
    if !isRight { throw ThalwegError(.invalidArgument, "\(self): \(complaint())") }
  }

  /// Checks the number of dimensions of a layer's input.
  static func require(_ input: Tensor, rank ranks: ClosedRange<Int>) throws(ThalwegError) {
    guard ranks.contains(input.rank) else {
      let wanted =
        ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) or \(ranks.upperBound)"
      throw ThalwegError(
        .shape, "\(self): the input has shape \(input.shape); it must have \(wanted) dimensions")
    }
  }
}
