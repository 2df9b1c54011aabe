public import ThalwegCore

extension Init {
  /// Sets every element to `value`.
  public static func constant(_ tensor: Tensor, _ value: Double) throws(ThalwegError) {
    try overwrite(tensor, "init_constant") { $0.write(value) }
  }
}
