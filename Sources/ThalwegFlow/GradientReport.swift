public import ThalwegCore
public import ThalwegNN

/// How large the gradient of every parameter of a module is: the first thing to look at when a net does not learn.
///
/// Norms that shrink from the last layer to the first are the sign of a vanishing gradient, growing ones of an exploding
/// gradient (Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013).
public struct GradientReport: Sendable {
  public struct Entry: Sendable {
    /// The parameter's name, joined by dots.
    public let name: String
    public let shape: Dims
    /// The Euclidean norm of the gradient; nil where there is none.
    public let gradientNorm: Double?
    /// The Euclidean norm of the parameter itself.
    public let parameterNorm: Double
    /// How many elements of the gradient are infinite or NaN.
    public let nonFiniteCount: Int

    /// The gradient's norm in relation to the parameter's; nil where there is no gradient. Times the learning rate it is
    /// the relative size of a plain gradient step.
    public var ratio: Double? { gradientNorm.map { $0 / parameterNorm } }
  }

  /// One a parameter, in the module's order.
  public let entries: [Entry]
  /// The norm of all gradients as if they were one vector; 0 if there are none.
  public let totalNorm: Double

  /// Measures what the latest backward has left in `module`'s parameters.
  /// - Throws: `.outOfMemory`.
  public init(_ module: Module) throws(ThalwegError) {
    var entries: [Entry] = []
    var gradients: [Magnitude] = []
    for (name, parameter) in module.namedParameters() where parameter.dtype.isFloat {
      var gradient: Magnitude?
      if let tensor = parameter.grad { gradient = try Magnitude(of: tensor) }
      if let gradient { gradients.append(gradient) }
      entries.append(
        Entry(
          name: name, shape: parameter.shape, gradientNorm: gradient?.norm,
          parameterNorm: try Magnitude(of: parameter).norm, nonFiniteCount: gradient?.nonFiniteCount ?? 0))
    }
    self.entries = entries
    totalNorm = Magnitude(joining: gradients).norm
  }
}
