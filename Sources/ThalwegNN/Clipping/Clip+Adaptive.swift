import CKernels
public import ThalwegCore

extension Clip {
  /// Adaptive clipping: a unit's gradient may have no more than `factor` times the norm of the unit's weights. Brock et al.
  /// 2021, "High-performance large-scale image recognition without normalization", equation 3:
  ///
  ///     G_i = factor max(‖W_i‖, epsilon) / ‖G_i‖ G_i   if ‖G_i‖ > factor max(‖W_i‖, epsilon)
  ///
  /// A unit is what computes one output: a row of a weight's first dimension; a whole bias or scalar is one. Norms are
  /// Frobenius norms. The paper leaves out the last linear layer: so can the caller. PyTorch has no such function.
  /// - Returns: the norm of all gradients, as one vector, before.
  /// - Throws: `.invalidArgument` for a factor or epsilon that is negative or NaN, and, with `refusesNonFinite`, where the
  ///   norm is not finite; no gradient has changed then.
  @discardableResult
  public static func adaptive(
    _ parameters: [Tensor], factor: Double = 0.01, epsilon: Double = 1e-3, refusesNonFinite: Bool = false
  ) throws(ThalwegError) -> Double {
    if Recording.isActive {
      return try Recording.effect { () throws(ThalwegError) in
        [try Clip.adaptive(parameters, factor: factor, epsilon: epsilon, refusesNonFinite: refusesNonFinite)]
      }[0]
    }
    guard factor >= 0, epsilon >= 0 else {
      throw wrong("clip_adaptive", "factor and eps are \(factor) and \(epsilon); they must be at least 0")
    }
    let norm = try totalNorm(
      gradients(of: parameters, "clip_adaptive"), refusesNonFinite: refusesNonFinite)
    try noGrad { () throws(ThalwegError) in
      for parameter in parameters {
        if let gradient = parameter.grad { try clip(gradient, beside: parameter, factor, epsilon) }
      }
    }
    return norm
  }

  private static func clip(
    _ gradient: Tensor, beside parameter: Tensor, _ factor: Double, _ epsilon: Double
  ) throws(ThalwegError) {
    let rows = parameter.rank > 1 ? parameter.shape[0] : 1
    if parameter.numel == 0 { return }
    let count = parameter.numel / rows
    let isDouble = parameter.dtype == .float64
    let tools = isDouble ? kernels.pointee.f64.optimisers : kernels.pointee.f32.optimisers
    let weights = try parameter.contiguous()
    let values = try gradient.contiguous()
    // Rows in chunks of some 16 thousand elements.
    let share = max(1, 16 * 1024 / count)
    parallel((rows + share - 1) / share) { chunk in
      for row in chunk * share..<min(rows, (chunk + 1) * share) {
        let shift = row * count * parameter.dtype.size
        let size = (tools.norm?(Int64(count), weights.data + shift, 2) ?? 0).squareRoot()
        let slope = (tools.norm?(Int64(count), values.data + shift, 2) ?? 0).squareRoot()
        let limit = factor * max(size, epsilon)
        if slope > limit { tools.scale?(Int64(count), values.data + shift, limit / slope) }
      }
    }
    if values !== gradient { try gradient.copy(from: values) }
    gradient.storage.didChange(by: "clip_adaptive")
  }
}
