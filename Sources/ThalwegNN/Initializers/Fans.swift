import ThalwegCore

/// How many inputs a unit of a weight sums over, and how many units an input reaches.
///
/// A weight is [out, in, ...]; the dimensions behind the second are a convolution's window, which multiplies both.
struct Fans {
  let input: Double
  let output: Double

  /// - Throws: `.shape` below rank 2: a vector has no fans.
  init(of tensor: Tensor, _ function: StaticString) throws(ThalwegError) {
    guard tensor.rank >= 2 else {
      throw ThalwegError(
        .shape,
        "\(function): the tensor has shape \(tensor.shape); it must be a weight [out, in, ...] of rank 2 or more"
      )
    }
    let window = Double(Dims(tensor.shape.dropFirst(2)).product)
    input = Double(tensor.shape[1]) * window
    output = Double(tensor.shape[0]) * window
  }
}

/// Which fan a Kaiming initialiser keeps the variance of. Raw values are the C interface's.
public enum FanMode: Int32, Sendable {
  /// Keeps the activations' variance on the way forward.
  case input = 0
  /// Keeps the gradients' variance on the way back.
  case output = 1
}
