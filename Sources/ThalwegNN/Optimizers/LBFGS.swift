public import ThalwegCore

/// Limited-memory BFGS: Newton's direction from the last differences of parameters and gradients. Nocedal & Wright 2006,
/// "Numerical optimization", algorithms 7.4 and 7.5, as PyTorch does it (which follows minFunc): the first step is
/// min(1, 1 / ‖g‖₁) learningRate, a pair joins the history if yᵀs > 1e-10, and curvature is scaled by yᵀs / yᵀy.
///
/// A step is up to `maxIterations` iterations, each of which calls the closure once or, searching a step length that
/// meets the strong Wolfe conditions, several times; so it needs the form of `step` with a closure. Parameters without a
/// gradient count as having one of 0.
public final class LBFGS: Optimizer {
  enum Key: Int {
    case lr, maxIterations, maxEvaluations, toleranceGradient, toleranceChange, historySize, strongWolfe
  }

  /// What is remembered between iterations, of all parameters as one vector.
  struct Memory {
    var iterations = 0
    var evaluations = 0
    var direction: Tensor?
    var length = 0.0
    var gradientChanges: [Tensor] = []
    var steps: [Tensor] = []
    var curvature = 1.0
    var gradient: Tensor?
    var loss = 0.0
  }

  var memory = Memory()

  /// - Parameter maxEvaluations: of the closure in one step; nil for 1.25 times `maxIterations`.
  /// - Throws: `.invalidArgument` for values that are negative or not finite; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1, maxIterations: Int = 20, maxEvaluations: Int? = nil,
    toleranceGradient: Double = 1e-7, toleranceChange: Double = 1e-9, historySize: Int = 100,
    strongWolfe: Bool = false
  ) throws(ThalwegError) {
    let iterations = Double(maxIterations)
    try super.init(
      parameters, name: "LBFGS",
      [
        .number("lr"), .number("max_iter"), .number("max_eval"), .number("tolerance_grad"),
        .number("tolerance_change"), .number("history_size"), .flag("strong_wolfe"),
      ],
      [
        learningRate, iterations, maxEvaluations.map(Double.init) ?? (iterations * 1.25).rounded(.down),
        toleranceGradient, toleranceChange, Double(historySize), strongWolfe ? 1 : 0,
      ])
  }

  /// - Throws: `.invalidArgument`: there is one group alone.
  public override func addGroup(
    _ parameters: [Tensor], _ values: [(name: String, value: Double)] = []
  ) throws(ThalwegError) {
    throw ThalwegError(.invalidArgument, "LBFGS: it has one parameter group and cannot have more")
  }

  override func advance() throws(ThalwegError) {
    throw ThalwegError(
      .invalidArgument,
      "LBFGS: a step evaluates the loss several times; give step a closure that computes loss and gradients")
  }

  @discardableResult
  public override func step(_ closure: () throws(ThalwegError) -> Double) throws(ThalwegError) -> Double {
    try noGrad { () throws(ThalwegError) in try iterate(closure) }
  }

  private func iterate(_ closure: () throws(ThalwegError) -> Double) throws(ThalwegError) -> Double {
    let group = groups[0]
    let maxIterations = group[Key.maxIterations], maxEvaluations = group[Key.maxEvaluations]
    let tolerance = group[Key.toleranceChange], gradientTolerance = group[Key.toleranceGradient]
    let first = try GradMode.with(true, closure)
    var loss = first
    var evaluations = 1
    memory.evaluations += 1
    var gradient = try flatGradient()
    var isFlat = try gradient.abs().amax().item() <= gradientTolerance
    if isFlat { return first }

    var iteration = 0
    while Double(iteration) < maxIterations {
      iteration += 1
      memory.iterations += 1
      let isFirst = memory.iterations == 1
      let direction = try newDirection(gradient, isFirst: isFirst)
      memory.direction = direction
      memory.gradient = gradient
      memory.loss = loss
      var length = group.learningRate
      if isFirst { length *= min(1, 1 / (try gradient.abs().sum().item())) }
      memory.length = length
      let slope = try dot(gradient, direction)
      if slope > -tolerance { break }

      var calls = 0
      if group.isSet(Key.strongWolfe) {
        let start = try flatParameters()
        var search = StrongWolfe(direction: direction)
        let best: StrongWolfe.Point
        do throws(ThalwegError) {
          best = try search.run(
            length: length, loss: loss, gradient: gradient, slope: slope,
            maxCalls: Int(min(1e9, max(0, maxEvaluations - Double(evaluations))))
          ) { (length) throws(ThalwegError) in
            try move(from: start, length, direction)
            return (try GradMode.with(true, closure), try flatGradient())
          }
        } catch {
          try move(from: start, 0, direction)
          throw error
        }
        (loss, gradient, length, calls) = (best.loss, best.gradient, best.length, search.calls)
        try move(from: start, length, direction)
        isFlat = try gradient.abs().amax().item() <= gradientTolerance
      } else {
        try move(from: try flatParameters(), length, direction)
        if Double(iteration) != maxIterations {
          loss = try GradMode.with(true, closure)
          gradient = try flatGradient()
          isFlat = try gradient.abs().amax().item() <= gradientTolerance
          calls = 1
        }
      }
      memory.length = length
      evaluations += calls
      memory.evaluations += calls
      if Double(iteration) == maxIterations || Double(evaluations) >= maxEvaluations || isFlat { break }
      if try direction.abs().amax().item() * abs(length) <= tolerance { break }
      if abs(loss - memory.loss) < tolerance { break }
    }
    return first
  }

  /// The quasi-Newton direction; steepest descent at first.
  private func newDirection(_ gradient: Tensor, isFirst: Bool) throws(ThalwegError) -> Tensor {
    guard !isFirst, let old = memory.gradient, let last = memory.direction else {
      (memory.gradientChanges, memory.steps, memory.curvature) = ([], [], 1)
      return try -gradient
    }
    let change = try gradient - old
    let step = try last * memory.length
    let product = try dot(change, step)
    if product > 1e-10 {
      let historySize = Int(min(1e9, groups[0][Key.historySize]))
      if memory.steps.count >= max(1, historySize) {
        memory.gradientChanges.removeFirst()
        memory.steps.removeFirst()
      }
      memory.gradientChanges.append(change)
      memory.steps.append(step)
      memory.curvature = product / (try dot(change, change))
    }
    let count = memory.steps.count
    var shares = [Double](repeating: 0, count: count)
    var inverses = shares
    var q = try -gradient
    for i in (0..<count).reversed() {
      inverses[i] = 1 / (try dot(memory.gradientChanges[i], memory.steps[i]))
      shares[i] = try dot(memory.steps[i], q) * inverses[i]
      q = try q + memory.gradientChanges[i] * (-shares[i])
    }
    q = try q * memory.curvature
    for i in 0..<count {
      let share = try dot(memory.gradientChanges[i], q) * inverses[i]
      q = try q + memory.steps[i] * (shares[i] - share)
    }
    return q
  }

  public override func stateTensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    try memory.tensors()
  }

  public override func loadState(_ tensors: [(name: String, tensor: Tensor)]) throws(ThalwegError) {
    let parameters = groups[0].parameters
    memory = try Memory(tensors, like: parameters[0], count: parameters.reduce(0) { $0 + $1.numel })
  }

  // MARK: - All parameters as one vector

  private func dot(_ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Double { try (a * b).sum().item() }

  private func flatGradient() throws(ThalwegError) -> Tensor {
    try flat { (parameter) throws(ThalwegError) in
      if let gradient = parameter.grad { return gradient }
      return try Tensor.zeros(parameter.shape, dtype: parameter.dtype)
    }
  }

  private func flatParameters() throws(ThalwegError) -> Tensor {
    try flat { (parameter) throws(ThalwegError) in parameter }
  }

  private func flat(_ part: (Tensor) throws(ThalwegError) -> Tensor) throws(ThalwegError) -> Tensor {
    var parts: [Tensor] = []
    for parameter in groups[0].parameters { parts.append(try part(parameter).reshape([-1])) }
    return try Tensor.cat(parts, dim: 0).clone()
  }

  /// Sets the parameters to start + length direction.
  private func move(from start: Tensor, _ length: Double, _ direction: Tensor) throws(ThalwegError) {
    let values = length == 0 ? start : try start + direction * length
    var first = 0
    for parameter in groups[0].parameters {
      let part = try values.slice(0, first, first + parameter.numel).reshape(parameter.shape)
      try parameter.copy(from: part)
      first += parameter.numel
    }
  }
}
