/// Compares the gradients of `function` with central differences, in float64.
///
/// With fixed weights w of both signs, the gradient of w . f(x) is compared with
/// (w . f(x + h) - w . f(x - h)) / 2h for every element of every input. With h = 1e-6 and values near 1, rounding gives
/// about 1e-16 / 1e-6 = 1e-10 and truncation h^2 f''' / 6, about 1e-13.
public struct GradCheck {
  /// The step h.
  public var eps = 1e-6
  /// |gradient - difference| <= atol + rtol |difference|. PyTorch's defaults, which find any wrong factor.
  public var atol = 1e-5
  public var rtol = 1e-3

  public init(eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3) {
    self.eps = eps
    self.atol = atol
    self.rtol = rtol
  }

  public typealias Function = ([Tensor]) throws(ThalwegError) -> Tensor

  /// Checks the derivative of `function` at `inputs`; those that require a gradient count, or all if none does.
  /// `function` must give the same values each time, and its value depends on the inputs alone.
  /// - Throws: `.autograd` with the first element that differs; `.dtype` unless everything is float64.
  public func run(_ inputs: [Tensor], _ function: Function) throws(ThalwegError) {
    try run(inputs, "gradcheck", function)
  }

  /// Checks the derivative of the derivative: the same for the function x -> gradient of w . f(x).
  /// - Throws: as `run`.
  public func runSecondOrder(_ inputs: [Tensor], _ function: Function) throws(ThalwegError) {
    let counts = checked(inputs)
    try run(inputs, "gradgradcheck") { x throws(ThalwegError) in
      let points = x.indices.filter { counts[$0] }.map { x[$0] }
      let y = try function(x)
      guard y.requiresGrad else { return try noGrad { () throws(ThalwegError) in try points[0] * 0 } }
      let gradients = try grad(
        [y], points, seeds: [GradCheck.weights(y.shape, 7)], createGraph: true, allowUnused: true)
      var parts: [Tensor] = []
      for (gradient, point) in zip(gradients, points) {
        let found = if let gradient { gradient } else { try Tensor.zeros(point.shape, dtype: .float64) }
        parts.append(try found.reshape([-1]))
      }
      // Times the inputs, so that a gradient that does not depend on them still is a function of them.
      return try Tensor.cat(parts)
        * Tensor.cat(points.map { point throws(ThalwegError) in try point.reshape([-1]) })
    }
  }

  private func checked(_ inputs: [Tensor]) -> [Bool] {
    let required = inputs.map(\.requiresGrad)
    return required.contains(true) ? required : inputs.map(\.dtype.isFloat)
  }

  private func run(
    _ inputs: [Tensor], _ name: StaticString, _ function: Function
  ) throws(ThalwegError) {
    let counts = checked(inputs)
    guard counts.contains(true) else {
      throw ThalwegError(.autograd, "\(name): there is no input that could have a gradient")
    }
    for (i, input) in inputs.enumerated() where counts[i] && input.dtype != .float64 {
      throw ThalwegError(
        .dtype, "\(name): input \(i) is \(input.dtype); differences are exact enough in float64 only")
    }
    // Detached: they keep their strides, and none is a view of another.
    let points = inputs.map { $0.detach() }
    for (point, counts) in zip(points, counts) where counts { try point.setRequiresGrad(true) }
    let y = try GradMode.with(true) { () throws(ThalwegError) in try function(points) }
    guard y.dtype == .float64 else {
      throw ThalwegError(.dtype, "\(name): the function's result is \(y.dtype); it must be float64")
    }
    let weights = try GradCheck.weights(y.shape, 3)
    let leaves = points.indices.filter { counts[$0] }
    let gradients =
      y.requiresGrad
      ? try grad([y], leaves.map { points[$0] }, seeds: [weights], allowUnused: true)
      : Array(repeating: nil, count: leaves.count)
    for (which, gradient) in zip(leaves, gradients) {
      var exact = Array(repeating: 0.0, count: points[which].numel)
      if let gradient { exact = try gradient.toArray() }
      for i in exact.indices {
        let above = try value(moving: i, of: which, by: eps, points, weights, function)
        let below = try value(moving: i, of: which, by: -eps, points, weights, function)
        let difference = (above - below) / (2 * eps)
        if abs(exact[i] - difference) <= atol + rtol * abs(difference) { continue }
        throw ThalwegError(
          .autograd,
          """
          \(name): for element \(i) of input \(which) (shape \(inputs[which].shape)) backward gives \(exact[i]), \
          differences give \(difference)
          """)
      }
    }
  }

  /// weights . f(x) with one element moved.
  private func value(
    moving i: Int, of which: Int, by step: Double, _ points: [Tensor], _ weights: Tensor,
    _ function: Function
  ) throws(ThalwegError) -> Double {
    var moved = points
    var values = try points[which].toArray()
    values[i] += step
    moved[which] = try Tensor(values, points[which].shape)
    try moved[which].setRequiresGrad(true)  // the function may itself differentiate
    return try noGrad { () throws(ThalwegError) in
      let y = try GradMode.with(true) { () throws(ThalwegError) in try function(moved) }
      return try (y.detach() * weights).sum().item()
    }
  }

  /// Fixed numbers of both signs without a pattern.
  private static func weights(_ shape: Dims, _ salt: Int) throws(ThalwegError) -> Tensor {
    try Tensor((0..<shape.product).map { Double(($0 * 37 + salt * 11) % 17) / 8 - 1.01 }, shape)
  }
}
