public import ThalwegCore

// Activations with options.

/// y = max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) (Barron 2017).
/// Shape: any.
public final class CELU: Module, DescribedLayer {
  public let alpha: Double

  public init(_ alpha: Double = 1) {
    self.alpha = alpha
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.celu(alpha) }

  package var options: LayerOptions { ["alpha": .double(alpha)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try CELU(options.double("alpha"))
  }
}

/// y = x where x > 0, else alpha (e^x - 1) (Clevert et al. 2016).
/// Shape: any.
public final class ELU: Module, DescribedLayer {
  public let alpha: Double

  public init(_ alpha: Double = 1) {
    self.alpha = alpha
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.elu(alpha) }

  package var options: LayerOptions { ["alpha": .double(alpha)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try ELU(options.double("alpha"))
  }
}

/// y = a sigmoid(b), a and b the halves of x along `dim` (Dauphin et al. 2017).
/// Shape: [..., 2 n, ...] to [..., n, ...].
public final class GLU: Module, DescribedLayer {
  public let dim: Int

  public init(_ dim: Int = -1) {
    self.dim = dim
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.glu(dim) }

  package var options: LayerOptions { ["dim": .int(dim)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try GLU(options.int("dim"))
  }
}

/// y = x where |x| > lambda, else 0.
/// Shape: any.
public final class Hardshrink: Module, DescribedLayer {
  public let lambda: Double

  public init(_ lambda: Double = 0.5) {
    self.lambda = lambda
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.hardShrink(lambda)
  }

  package var options: LayerOptions { ["lambd": .double(lambda)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Hardshrink(options.double("lambd"))
  }
}

/// y = x, at least `min_val` and at most `max_val`.
/// Shape: any.
public final class Hardtanh: Module, DescribedLayer {
  public let minimum: Double
  public let maximum: Double

  public init(_ minimum: Double = -1, _ maximum: Double = 1) {
    self.minimum = minimum
    self.maximum = maximum
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.hardTanh(min: minimum, max: maximum)
  }

  package var options: LayerOptions { ["min_val": .double(minimum), "max_val": .double(maximum)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Hardtanh(options.double("min_val"), options.double("max_val"))
  }
}

/// y = x where x > 0, else slope x (Maas et al. 2013).
/// Shape: any.
public final class LeakyReLU: Module, DescribedLayer {
  public let slope: Double

  public init(_ slope: Double = 0.01) {
    self.slope = slope
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.leakyReLU(slope) }

  package var options: LayerOptions { ["negative_slope": .double(slope)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try LeakyReLU(options.double("negative_slope"))
  }
}

/// y = x where x > 0, else a x: in training with an a for each element, uniform in [lower, upper), outside with their
/// mean (Xu et al. 2015).
/// Shape: any.
public final class RReLU: Module, DescribedLayer {
  public let lower: Double
  public let upper: Double

  public init(_ lower: Double = 1.0 / 8, _ upper: Double = 1.0 / 3) {
    self.lower = lower
    self.upper = upper
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.rrelu(lower: lower, upper: upper, training: isTraining)
  }

  package var options: LayerOptions { ["lower": .double(lower), "upper": .double(upper)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try RReLU(options.double("lower"), options.double("upper"))
  }
}

/// y = log(1 + e^(beta x)) / beta; x where beta x > threshold.
/// Shape: any.
public final class Softplus: Module, DescribedLayer {
  public let beta: Double
  public let threshold: Double

  public init(_ beta: Double = 1, _ threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.softplus(beta: beta, threshold: threshold)
  }

  package var options: LayerOptions { ["beta": .double(beta), "threshold": .double(threshold)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Softplus(options.double("beta"), options.double("threshold"))
  }
}

/// y = x - lambda where x > lambda, x + lambda where x < -lambda, else 0.
/// Shape: any.
public final class Softshrink: Module, DescribedLayer {
  public let lambda: Double

  public init(_ lambda: Double = 0.5) {
    self.lambda = lambda
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.softShrink(lambda)
  }

  package var options: LayerOptions { ["lambd": .double(lambda)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Softshrink(options.double("lambd"))
  }
}

/// y = x where x > threshold, else value.
/// Shape: any.
public final class Threshold: Module, DescribedLayer {
  public let threshold: Double
  public let value: Double

  public init(_ threshold: Double, _ value: Double) {
    self.threshold = threshold
    self.value = value
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.threshold(threshold, value)
  }

  package var options: LayerOptions { ["threshold": .double(threshold), "value": .double(value)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Threshold(options.double("threshold"), options.double("value"))
  }
}

/// y = x times the normal distribution at x, exactly or approximated by tanh (Hendrycks & Gimpel 2016).
/// Shape: any.
public final class GELU: Module, DescribedLayer {
  public let byTanh: Bool

  public init(byTanh: Bool = false) {
    self.byTanh = byTanh
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.gelu(byTanh: byTanh)
  }

  package var options: LayerOptions { ["approximate": .string(byTanh ? "tanh" : "none")] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let kind = try options.string("approximate", of: ["none", "tanh"])
    return GELU(byTanh: kind == "tanh")
  }
}
