/// The discrete Fourier transform of complex numbers [..., n, 2], real and imaginary part in the last dimension:
/// y[k] = Σ x[j] e^(∓2πi jk / n), not scaled.
/// Derivative: the transform of g in the other direction.
package enum Fourier: Operation {
  package static let name: StaticString = "fft"

  package static func apply(_ x: Tensor, inverse: Bool) throws(ThalwegError) -> Tensor {
    let n = x.shape[x.rank - 2]
    let y = try values(x, n, isReal: false, x.shape, inverse: inverse, factor: 1)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(flag: inverse))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  /// Of lines of n numbers, complex or real, times `factor`, to `shape`: [..., numbers wanted, 2]. Without derivatives.
  fileprivate static func values(
    _ x: Tensor, _ n: Int, isReal: Bool, _ shape: Dims, inverse: Bool, factor: Double
  ) throws(ThalwegError) -> Tensor {
    try Recording.tensor { () throws(ThalwegError) in
      try transformed(x, n, isReal: isReal, shape, inverse: inverse, factor: factor)
    }
  }

  private static func transformed(
    _ x: Tensor, _ n: Int, isReal: Bool, _ shape: Dims, inverse: Bool, factor: Double
  ) throws(ThalwegError) -> Tensor {
    let dense = try x.contiguous()
    let y = try Tensor.make(shape, x.dtype, for: name)
    let count = n == 0 ? 0 : x.numel / (isReal ? n : 2 * n)
    if count == 0 { return y }
    let plan = FourierPlan.of(n, inverse ? 1 : -1)
    let groups = (count + plan.lines - 1) / plan.lines
    let pieces = min(groups, 16)
    let space = try Workspace(max(1, pieces * plan.workSize) * 8, for: name)
    let work = space.base.assumingMemoryBound(to: Double.self)
    let outputs = shape[shape.count - 2]
    func run<E: BinaryFloatingPoint & BitwiseCopyable>(_: E.Type) {
      let (from, to) = (dense.data.assumingMemoryBound(to: E.self), y.data.assumingMemoryBound(to: E.self))
      parallel(pieces) { piece in
        var group = piece
        while group < groups {
          let first = group &* plan.lines
          plan.run(
            from + first &* n &* (isReal ? 1 : 2), isReal: isReal, to + 2 &* first &* outputs,
            outputs: outputs, count: min(plan.lines, count &- first), factor: factor,
            work + piece &* plan.workSize)
          group &+= pieces
        }
      }
    }
    if x.dtype == .float64 { run(Double.self) } else { run(Float.self) }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try apply(gradient, inverse: !node.attributes.flag), from: node, to: 0)
  }
}

/// Which direction of a Fourier transform is divided by n. Raw values are the C interface's `TW_FFT_BACKWARD` ...
public enum FourierNorm: Int32, Sendable {
  /// The inverse one.
  case backward = 0
  /// Both, by sqrt(n).
  case ortho = 1
  /// The forward one.
  case forward = 2

  fileprivate func factor(_ n: Int, inverse: Bool) -> Double {
    switch self {
    case .backward: inverse ? 1 / Double(n) : 1
    case .ortho: 1 / Double(n).squareRoot()
    case .forward: inverse ? 1 : 1 / Double(n)
    }
  }
}

/// Fourier transforms along one dimension. The engine has no complex dtype: complex numbers are [..., 2], real and imaginary
/// part (PyTorch's `view_as_real`), and dimensions are counted without that last one.
extension Tensor {
  /// - Parameter n: the length; the input is cut or filled up with zeros; nil: as it is.
  public func fft(
    _ n: Int? = nil, _ dim: Int = -1, norm: FourierNorm = .backward, inverse: Bool = false
  ) throws(ThalwegError) -> Tensor {
    let (x, axis) = try complexInput("fft", dim)
    let size = n ?? x.shape[axis]
    let moved = try x.fitted(axis, size, in: "fft").movedim([axis], [-2]).contiguous()
    let y = try Fourier.apply(moved, inverse: inverse)
    let factor = norm.factor(size, inverse: inverse)
    return try (factor == 1 ? y : y * factor).movedim([-2], [axis])
  }

  /// The transform of real numbers: the n / 2 + 1 values that say all, complex.
  public func rfft(
    _ n: Int? = nil, _ dim: Int = -1, norm: FourierNorm = .backward
  ) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "rfft")
    guard rank > 0, rank < Dims.maxRank else {
      throw ThalwegError(.shape, "rfft: shape \(shape); one to \(Dims.maxRank - 1) dimensions are needed")
    }
    let x = dtype.isFloat ? self : try to(.float32)
    if !Node.records(x) {
      let size = n ?? x.shape[axis]
      let moved = try x.fitted(axis, size, in: "rfft").movedim([axis], [-1])
      let half = Dims(Array(moved.shape.dropLast()) + [size / 2 + 1, 2])
      let y = try Fourier.values(
        moved, size, isReal: true, half, inverse: false, factor: norm.factor(size, inverse: false))
      return try y.movedim([-2], [axis]).contiguous()
    }
    let complex = try Tensor.stack([x, Tensor.scalar(0, dtype: x.dtype).expand(shape)], dim: -1)
    let y = try complex.fft(n, axis, norm: norm)
    return try y.slice(axis, 0, y.shape[axis] / 2 + 1).contiguous()
  }

  /// The inverse of `rfft`: n real numbers from n / 2 + 1 complex ones; nil: from m, 2 (m - 1). The imaginary parts of the
  /// first and, for even n, the last one do not count.
  public func irfft(
    _ n: Int? = nil, _ dim: Int = -1, norm: FourierNorm = .backward
  ) throws(ThalwegError) -> Tensor {
    let (x, axis) = try complexInput("irfft", dim)
    let size = n ?? 2 * (x.shape[axis] - 1)
    guard size >= 1, size < 1 << 40 else {
      throw ThalwegError(
        .invalidArgument, "irfft: n is \(size) for shape \(shape); there must be at least one number")
    }
    let half = try x.fitted(axis, size / 2 + 1, in: "irfft")
    // What is missing is the conjugate of what is there, in reverse.
    let rest = try half.slice(axis, 1, (size + 1) / 2).flip([axis])
    let sign = try Tensor([1.0, -1.0], [2]).to(x.dtype)
    let y = try Tensor.cat([half, rest * sign], dim: axis).fft(nil, axis, norm: norm, inverse: true)
    return try y.select(-1, 0).contiguous()
  }

  private func complexInput(
    _ function: StaticString, _ dim: Int
  ) throws(ThalwegError) -> (Tensor, Int) {
    guard rank >= 2, shape[rank - 1] == 2, dtype.isFloat else {
      throw ThalwegError(
        .shape,
        "\(function): \(dtype) of shape \(shape); complex numbers, [..., 2] with real and imaginary part, are needed"
      )
    }
    return (self, try Dims.resolve(dim, rank: rank - 1, in: function))
  }

  /// Cut, or filled up with zeros, to a size along one dimension.
  private func fitted(_ axis: Int, _ size: Int, in function: StaticString) throws(ThalwegError) -> Tensor {
    guard size >= 1, size < 1 << 40 else {
      throw ThalwegError(
        .invalidArgument, "\(function): n is \(size) for shape \(shape); there must be at least one number")
    }
    if shape[axis] == size { return self }
    if shape[axis] > size { return try slice(axis, 0, size) }
    var more = shape
    more[axis] = size - shape[axis]
    return try .cat([self, Tensor.zeros(more, dtype: dtype)], dim: axis)
  }
}
