public import ThalwegCore

/// Weights that keep their input, and weights that are mostly 0.
extension Init {
  /// Ones on a matrix's diagonal, zeros elsewhere.
  /// - Throws: `.shape` unless of rank 2.
  public static func eye(_ tensor: Tensor) throws(ThalwegError) {
    try checkMatrix(tensor, "init_eye")
    let columns = tensor.shape[1]
    try overwrite(tensor, "init_eye") { dense in
      dense.write(0)
      for i in 0..<min(dense.shape[0], columns) { dense.write(1, at: i * columns + i) }
    }
  }

  /// A filter [out, in, ...] that hands channels on: 1 in the middle of filter d's window for channel d, for each of some
  /// groups of filters; zeros elsewhere.
  /// - Throws: `.shape` unless of rank 3 to 5 with filters that the groups divide.
  public static func dirac(_ tensor: Tensor, groups: Int = 1) throws(ThalwegError) {
    guard (3...5).contains(tensor.rank), groups >= 1, tensor.shape[0] % groups == 0 else {
      throw ThalwegError(
        .shape,
        "init_dirac: shape \(tensor.shape) in \(groups) groups; it must be [out, in, ...] of rank 3 to 5, out divisible by groups"
      )
    }
    let window = Dims(tensor.shape.dropFirst(2))
    let middle = window.reduce(0) { $0 * $1 + $1 / 2 }
    let (filters, channels, taps) = (tensor.shape[0] / groups, tensor.shape[1], window.product)
    try overwrite(tensor, "init_dirac") { dense in
      dense.write(0)
      if dense.numel == 0 { return }
      for group in 0..<groups {
        for d in 0..<min(filters, channels) {
          dense.write(1, at: ((group * filters + d) * channels + d) * taps + middle)
        }
      }
    }
  }

  /// Normal with deviation `deviation`, but for a share of zeros in each column of a matrix (Martens 2010, "Deep learning
  /// via Hessian-free optimization").
  /// - Throws: `.shape` unless of rank 2, `.invalidArgument` unless the share is from 0 to 1.
  public static func sparse(
    _ tensor: Tensor, sparsity: Double, deviation: Double = 0.01, generator: Generator = .default
  ) throws(ThalwegError) {
    try checkMatrix(tensor, "init_sparse")
    guard sparsity >= 0, sparsity <= 1 else {
      throw ThalwegError(.invalidArgument, "init_sparse: sparsity is \(sparsity); it must be from 0 to 1")
    }
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let zeros = Int((sparsity * Double(rows)).rounded(.up))
    try normal(tensor, 0, deviation, generator, "init_sparse")
    var orders: [Tensor] = []
    for _ in 0..<columns { orders.append(try Tensor.randperm(rows, generator: generator)) }
    let mask = try Tensor.ones([rows, columns], dtype: tensor.dtype)
    for (column, order) in orders.enumerated() {
      let places = order.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<zeros { mask.write(0, at: Int(places[i]) * columns + column) }
    }
    try noGrad { () throws(ThalwegError) in try tensor.copy(from: tensor * mask) }
  }

  private static func checkMatrix(_ tensor: Tensor, _ function: StaticString) throws(ThalwegError) {
    guard tensor.rank == 2 else {
      throw ThalwegError(.shape, "\(function): the tensor has shape \(tensor.shape); it must be a matrix")
    }
  }
}

extension Tensor {
  /// Sets one element of a row-major float tensor.
  fileprivate func write(_ value: Double, at place: Int) {
    if dtype == .float64 {
      data.assumingMemoryBound(to: Double.self)[place] = value
    } else {
      data.assumingMemoryBound(to: Float.self)[place] = Float(value)
    }
  }
}
