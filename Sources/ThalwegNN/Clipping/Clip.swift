import CKernels
import Glibc
public import ThalwegCore

/// Gradient clipping: against steps that explode. In a recorded step it is done anew each time. Every function changes the parameters' gradients in place, in one pass
/// over all of them; parameters without a gradient are left out.
public enum Clip {
  /// Makes every entry one of [-limit, limit]; NaN stays. Mikolov 2012, "Statistical language models based on neural
  /// networks". As PyTorch's clip_grad_value_.
  /// - Throws: `.invalidArgument` for a limit that is negative or NaN.
  public static func value(_ parameters: [Tensor], _ limit: Double) throws(ThalwegError) {
    if Recording.isActive {
      _ = try Recording.effect { () throws(ThalwegError) in
        try Clip.value(parameters, limit)
        return []
      }
      return
    }
    guard limit >= 0 else { throw wrong("clip_value", "the limit is \(limit); it must be at least 0") }
    var update = FusedUpdate<Double>()
    for gradient in try gradients(of: parameters, "clip_value") { try update.add(gradient, scalars: limit) }
    update.run("clip_value") { entry, first, count in
      let kernel = entry.isDouble ? kernels.pointee.f64.optimisers.clip : kernels.pointee.f32.optimisers.clip
      kernel?(Int64(count), entry.addresses(first).values, entry.scalars)
    }
  }

  /// Scales all gradients by one factor if their norm, as one vector, is above `limit`: then it is `limit`. Pascanu et al.
  /// 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
  ///
  /// PyTorch's clip_grad_norm_ adds 1e-6 to the norm that it divides by, so that a vector of norm 20 has 9.9999995 at
  /// limit 10; this has 10. As there, an infinite norm makes finite entries 0 and infinite ones NaN, and one of NaN makes
  /// all NaN.
  /// - Parameter order: of the norm, above 0, or infinite for the largest magnitude.
  /// - Returns: the norm before.
  /// - Throws: `.invalidArgument` for a limit that is negative or NaN, an order that is none, and, with
  ///   `refusesNonFinite`, where the norm is not finite; no gradient has changed then.
  @discardableResult
  public static func norm(
    _ parameters: [Tensor], _ limit: Double, order: Double = 2, refusesNonFinite: Bool = false
  ) throws(ThalwegError) -> Double {
    if Recording.isActive {
      return try Recording.effect { () throws(ThalwegError) in
        [try Clip.norm(parameters, limit, order: order, refusesNonFinite: refusesNonFinite)]
      }[0]
    }
    try check(limit, order, "clip_norm")
    let gradients = try gradients(of: parameters, "clip_norm")
    let norm = try totalNorm(gradients, order: order, refusesNonFinite: refusesNonFinite)
    try scale(gradients.map { ($0, limit / norm) }, where: norm > limit || norm.isNaN)
    return norm
  }

  /// `norm`, which it returns as a scalar of the first gradient's dtype: a recorded step computes it anew.
  public static func normTensor(
    _ parameters: [Tensor], _ limit: Double, order: Double = 2, refusesNonFinite: Bool = false
  ) throws(ThalwegError) -> Tensor {
    let dtype = parameters.first { $0.grad != nil }?.dtype ?? .float32
    let total = try Tensor.zeros([], dtype: dtype)
    func run() throws(ThalwegError) {
      total.write(try norm(parameters, limit, order: order, refusesNonFinite: refusesNonFinite))
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    return total
  }

  /// As `norm`, but each tensor by itself: G becomes limit G / ‖G‖ if ‖G‖ > limit.
  /// - Returns: the norms before; 0 for a parameter without a gradient.
  @discardableResult
  public static func normPerTensor(
    _ parameters: [Tensor], _ limit: Double, order: Double = 2, refusesNonFinite: Bool = false
  ) throws(ThalwegError) -> [Double] {
    if Recording.isActive {
      return try Recording.effect { () throws(ThalwegError) in
        try Clip.normPerTensor(parameters, limit, order: order, refusesNonFinite: refusesNonFinite)
      }
    }
    try check(limit, order, "clip_norm_per_tensor")
    _ = try gradients(of: parameters, "clip_norm_per_tensor")
    var norms: [Double] = []
    var scaled: [(Tensor, Double)] = []
    for parameter in parameters {
      guard let gradient = parameter.grad else {
        norms.append(0)
        continue
      }
      let norm = try totalNorm([gradient], order: order, refusesNonFinite: refusesNonFinite)
      norms.append(norm)
      if norm > limit || norm.isNaN { scaled.append((gradient, limit / norm)) }
    }
    try scale(scaled, where: true)
    return norms
  }

  /// The norm of all tensors as one vector, in float64; 0 for none. Its bits don't depend on the number of threads.
  /// - Throws: as `norm`.
  public static func totalNorm(
    _ tensors: [Tensor], order: Double = 2, refusesNonFinite: Bool = false
  ) throws(ThalwegError) -> Double {
    try check(0, order, "total_norm")
    var update = FusedUpdate<Void>()
    for tensor in tensors { try update.add(tensor, scalars: ()) }
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: max(1, update.chunkCount))
    defer { sums.deallocate() }
    sums.initialize(repeating: 0, count: update.chunkCount)
    update.forEachPiece { chunk, entry, first, count in
      let kernel = entry.isDouble ? kernels.pointee.f64.optimisers.norm : kernels.pointee.f32.optimisers.norm
      let part = kernel?(Int64(count), entry.addresses(first).gradient, order) ?? 0
      sums[chunk] = join(sums[chunk], part, order)
    }
    var total = 0.0
    for chunk in 0..<update.chunkCount { total = join(total, sums[chunk], order) }
    let norm =
      order == 2 ? total.squareRoot() : order == 1 || order == .infinity ? total : pow(total, 1 / order)
    if refusesNonFinite, !norm.isFinite {
      throw wrong("clip_norm", "the norm of the gradients is \(norm); they are left as they are")
    }
    return norm
  }

  // MARK: - Parts

  private static func join(_ a: Double, _ b: Double, _ order: Double) -> Double {
    if order != .infinity { return a + b }
    return a > b || a.isNaN ? a : b
  }

  private static func scale(_ gradients: [(Tensor, Double)], where condition: Bool) throws(ThalwegError) {
    guard condition else { return }
    var update = FusedUpdate<Double>()
    for (gradient, factor) in gradients { try update.add(gradient, scalars: factor) }
    update.run("clip_norm") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.scale : kernels.pointee.f32.optimisers.scale
      kernel?(Int64(count), entry.addresses(first).values, entry.scalars)
    }
  }

  /// The gradients there are, all of which can be changed in place.
  static func gradients(
    of parameters: [Tensor], _ function: StaticString
  ) throws(ThalwegError) -> [Tensor] {
    var result: [Tensor] = []
    for parameter in parameters {
      guard let gradient = parameter.grad else { continue }
      try noGrad { () throws(ThalwegError) in try gradient.checkWritable(by: function) }
      result.append(gradient)
    }
    return result
  }

  static func check(_ limit: Double, _ order: Double, _ function: StaticString) throws(ThalwegError) {
    guard limit >= 0 else { throw wrong(function, "the limit is \(limit); it must be at least 0") }
    guard order > 0 else {
      throw wrong(
        function, "the norm's order is \(order); it must be above 0, infinite for the largest magnitude")
    }
  }

  static func wrong(_ function: StaticString, _ what: String) -> ThalwegError {
    ThalwegError(.invalidArgument, "\(function): \(what)")
  }
}
