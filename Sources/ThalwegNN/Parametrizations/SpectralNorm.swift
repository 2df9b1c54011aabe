public import ThalwegCore

/// W / σ, σ the largest singular value of W as a matrix [size of `dim`, rest]: a layer of it stretches nothing. In training
/// each call improves the estimates `_u` and `_v` of σ's vectors by steps of the power iteration; σ's derivative takes
/// them for constants. Miyato et al. 2018, "Spectral normalization for generative adversarial networks". Vectors are
/// divided by their length.
public final class SpectralNorm: Module, DescribedLayer {
  public let dim: Int
  public let iterations: Int
  public let epsilon: Double

  /// With 15 steps from random vectors.
  /// - Throws: `.invalidArgument` for fewer than one step or a dimension that does not exist, `.dtype` unless float.
  public convenience init(
    of weight: Tensor, iterations: Int = 1, epsilon: Double = 1e-12, dim: Int = 0,
    generator: Generator = .default
  ) throws(ThalwegError) {
    guard iterations >= 1 else {
      throw ThalwegError(
        .invalidArgument, "spectral_norm: \(iterations) power iterations; at least one is needed")
    }
    guard weight.dtype.isFloat else {
      throw ThalwegError(.dtype, "spectral_norm: the parameter is \(weight.dtype); it must be float")
    }
    self.init(
      withoutVectors: try Dims.resolve(dim, rank: weight.rank, in: "spectral_norm"), iterations, epsilon)
    if weight.rank < 2 { return }
    try noGrad { () throws(ThalwegError) in
      let matrix = try self.matrix(weight)
      for (name, size) in [("_u", matrix.shape[0]), ("_v", matrix.shape[1])] {
        let vector = try Tensor.empty([size], dtype: weight.dtype)
        try Init.normal(vector, generator: generator)
        try registerBuffer(name, vector.normalized(2, dim: 0, epsilon: epsilon))
      }
      try iterate(matrix, 15)
    }
  }

  private init(withoutVectors dim: Int, _ iterations: Int, _ epsilon: Double) {
    (self.dim, self.iterations, self.epsilon) = (dim, iterations, epsilon)
    super.init()
  }

  private func matrix(_ weight: Tensor) throws(ThalwegError) -> Tensor {
    let front = try dim == 0 ? weight : weight.movedim([dim], [0])
    return try front.reshape([front.shape[0], Dims(front.shape.dropFirst()).product])
  }

  private func vector(_ name: String) throws(ThalwegError) -> Tensor {
    if let vector = buffer(name) { return vector }
    throw ThalwegError(
      .invalidArgument, "forward: this SpectralNorm has no buffer \(name); register it first")
  }

  private func iterate(_ matrix: Tensor, _ count: Int) throws(ThalwegError) {
    let (u, v) = (try vector("_u"), try vector("_v"))
    for _ in 0..<count {
      try u.copy(from: matrix.matmul(v).normalized(2, dim: 0, epsilon: epsilon))
      try v.copy(from: matrix.transpose(0, 1).matmul(u).normalized(2, dim: 0, epsilon: epsilon))
    }
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    if input.rank < 2 { return try input.normalized(2, dim: 0, epsilon: epsilon) }
    let matrix = try matrix(input)
    if isTraining {
      try noGrad { () throws(ThalwegError) in try iterate(matrix.detach(), iterations) }
    }
    // Copies: the vectors change with the next call.
    let (u, v) = try noGrad { () throws(ThalwegError) in (try vector("_u").clone(), try vector("_v").clone())
    }
    return try input / u.matmul(matrix.matmul(v))
  }

  package var options: LayerOptions {
    ["n_power_iterations": .int(iterations), "eps": .double(epsilon), "dim": .int(dim)]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let dim = try options.int("dim")
    guard (0..<Dims.maxRank).contains(dim) else {
      throw ThalwegError(.invalidArgument, "the option dim is \(dim); it must be below \(Dims.maxRank)")
    }
    return try SpectralNorm(
      withoutVectors: dim, options.size("n_power_iterations"), options.double("eps"))
  }
}
