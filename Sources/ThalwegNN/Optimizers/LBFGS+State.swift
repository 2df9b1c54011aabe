import ThalwegCore

/// L-BFGS's memory as named tensors, by PyTorch's names; all of parameter 0's.
extension LBFGS.Memory {
  func tensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    if iterations == 0, evaluations == 0 { return [] }
    var result: [(name: String, tensor: Tensor)] = [
      ("0.func_evals", try .scalar(Double(evaluations), dtype: .int64)),
      ("0.n_iter", try .scalar(Double(iterations), dtype: .int64)),
      ("0.t", try .scalar(length, dtype: .float64)), ("0.H_diag", try .scalar(curvature, dtype: .float64)),
      ("0.prev_loss", try .scalar(loss, dtype: .float64)),
    ]
    if let direction { result.append(("0.d", direction)) }
    if let gradient { result.append(("0.prev_flat_grad", gradient)) }
    for (i, change) in gradientChanges.enumerated() { result.append(("0.old_dirs.\(i)", change)) }
    for (i, step) in steps.enumerated() { result.append(("0.old_stps.\(i)", step)) }
    return result
  }

  /// - Throws: `.invalidArgument` for names that are none, `.shape` for tensors that are not as long as all parameters.
  init(_ tensors: [(name: String, tensor: Tensor)], like first: Tensor, count: Int) throws(ThalwegError) {
    for (name, tensor) in tensors {
      func copy() throws(ThalwegError) -> Tensor {
        guard tensor.shape == [count] else {
          throw ThalwegError(
            .shape, "LBFGS: the state \(name) has shape \(tensor.shape); it must have \([count])")
        }
        return try noGrad { () throws(ThalwegError) in try tensor.to(first.dtype).clone() }
      }
      func whole() throws(ThalwegError) -> Int {
        let value = try tensor.item()
        guard let number = Int(exactly: value), number >= 0 else {
          throw ThalwegError(.invalidArgument, "LBFGS: the state \(name) is \(value)")
        }
        return number
      }
      switch name {
      case "0.func_evals": evaluations = try whole()
      case "0.n_iter": iterations = try whole()
      case "0.t": length = try tensor.item()
      case "0.H_diag": curvature = try tensor.item()
      case "0.prev_loss": loss = try tensor.item()
      case "0.d": direction = try copy()
      case "0.prev_flat_grad": gradient = try copy()
      case "0.old_dirs.\(gradientChanges.count)": gradientChanges.append(try copy())
      case "0.old_stps.\(steps.count)": steps.append(try copy())
      default:
        if !name.hasPrefix("0.ro") { throw ThalwegError(.invalidArgument, "LBFGS: it remembers no \(name)") }
      }
    }
    guard gradientChanges.count == steps.count else {
      throw ThalwegError(
        .invalidArgument, "LBFGS: the state has \(gradientChanges.count) old_dirs and \(steps.count) old_stps"
      )
    }
  }
}
