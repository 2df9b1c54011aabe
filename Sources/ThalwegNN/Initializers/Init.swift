import ThalwegCore

/// Initialisation of parameters, in place and unrecorded. Every function takes float tensors that may be written.
public enum Init {
  /// Checks that `function` may overwrite the elements of `tensor`, then hands a row-major one to `body`, and copies back
  /// where the tensor itself is not row-major.
  static func overwrite(
    _ tensor: Tensor, _ function: StaticString, _ body: (Tensor) -> Void
  ) throws(ThalwegError) {
    guard tensor.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(function): the tensor is \(tensor.dtype); it must be float32 or float64")
    }
    try noGrad { () throws(ThalwegError) in
      try tensor.checkWritable(by: function)
      if tensor.isContiguous {
        body(tensor)
      } else {
        let dense = try Tensor.make(tensor.shape, tensor.dtype, for: function)
        body(dense)
        StridedLoop.copy(
          tensor.shape, to: tensor.data, tensor.strides, from: dense.data, dense.strides,
          elementSize: tensor.dtype.size)
      }
    }
    tensor.storage.didChange(by: function)
  }
}
