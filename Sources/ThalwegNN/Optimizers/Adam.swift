import CKernels
import Glibc
public import ThalwegCore

/// Adam: steps scaled by running moments of the gradient. Kingma & Ba 2015, "Adam: a method for stochastic
/// optimization", algorithm 1, as PyTorch computes it.
///
/// With gradient g (negated to maximize), parameter p, moments m and v, both 0 at first, step t = 1, 2, ...:
///
///     g = g + weightDecay p                   (decoupled: p = p - learningRate weightDecay p instead)
///     m = beta1 m + (1 - beta1) g
///     v = beta2 v + (1 - beta2) g²
///     p = p - learningRate m / (1 - beta1^t) / (√(v / (1 - beta2^t)) + epsilon)
///
/// Decoupled weight decay makes it AdamW (Loshchilov & Hutter 2019, "Decoupled weight decay regularization"). AMSGrad
/// uses the largest v so far (Reddi et al. 2018, "On the convergence of Adam and beyond").
public final class Adam: Optimizer {
  public let betas: (Double, Double)
  public let epsilon: Double
  public let weightDecay: Double
  public let amsgrad: Bool
  public let maximize: Bool
  public let decoupledWeightDecay: Bool

  /// What is kept of one parameter, from its first gradient on.
  private struct State {
    var step = 0
    let moment: Tensor
    let square: Tensor
    let largestSquare: Tensor?
  }

  private var states: [State?]

  /// - Throws: `.invalidArgument` for values that are negative or not finite and betas outside [0, 1); what `Optimizer`
  ///   refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false,
    decoupledWeightDecay: Bool = false
  ) throws(ThalwegError) {
    try Optimizer.check(betas.0, "Adam: beta1", atLeast: 0, below: 1)
    try Optimizer.check(betas.1, "Adam: beta2", atLeast: 0, below: 1)
    try Optimizer.check(epsilon, "Adam: epsilon", atLeast: 0)
    try Optimizer.check(weightDecay, "Adam: the weight decay", atLeast: 0)
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    self.maximize = maximize
    self.decoupledWeightDecay = decoupledWeightDecay
    states = Array(repeating: nil, count: parameters.count)
    try super.init(parameters, learningRate: learningRate, name: "Adam")
  }

  public override func step() throws(ThalwegError) {
    var update = FusedUpdate<tk_adam_scalars>()
    var next = states
    var place = 0
    for group in groups {
      for parameter in group.parameters {
        defer { place += 1 }
        guard let gradient = parameter.grad else { continue }
        var state = if let known = next[place] { known } else { try start(parameter) }
        state.step += 1
        next[place] = state
        let scalars = tk_adam_scalars(
          learning_rate: group.learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon,
          weight_decay: weightDecay, bias_correction1: 1 - pow(betas.0, Double(state.step)),
          bias_correction2: 1 - pow(betas.1, Double(state.step)), decoupled: decoupledWeightDecay ? 1 : 0,
          amsgrad: amsgrad ? 1 : 0, maximize: maximize ? 1 : 0)
        try update.add(parameter, gradient, state: (state.moment, state.square, state.largestSquare), scalars)
      }
    }
    update.run("Adam") { entry, first, count in
      let kernel =
        entry.values.dtype == .float64
        ? kernels.pointee.f64.optimisers.adam : kernels.pointee.f32.optimisers.adam
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) {
        kernel?(Int64(count), at.values, at.gradient, at.state.0, at.state.1, at.state.2, $0)
      }
    }
    states = next
  }

  private func start(_ parameter: Tensor) throws(ThalwegError) -> State {
    State(
      moment: try Tensor.zeros(parameter.shape, dtype: parameter.dtype),
      square: try Tensor.zeros(parameter.shape, dtype: parameter.dtype),
      largestSquare: amsgrad ? try Tensor.zeros(parameter.shape, dtype: parameter.dtype) : nil)
  }

  /// "0.step" (int64, a copy), "0.exp_avg", "0.exp_avg_sq" and, for AMSGrad, "0.max_exp_avg_sq", and so on, of the
  /// parameters that have had a gradient.
  public override func stateTensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    for case (let place, let state?) in states.enumerated() {
      result.append(("\(place).step", try Tensor.scalar(Double(state.step), dtype: .int64)))
      result.append(("\(place).exp_avg", state.moment))
      result.append(("\(place).exp_avg_sq", state.square))
      if let largest = state.largestSquare { result.append(("\(place).max_exp_avg_sq", largest)) }
    }
    return result
  }
}
