/// The nonlinearity behind a weight. Raw values are the C interface's.
public enum Nonlinearity: Int32, Sendable {
  case linear = 0
  case sigmoid = 1
  case tanh = 2
  case relu = 3
  case leakyReLU = 4
  case selu = 5
}

extension Init {
  /// The factor by which a weight's deviation makes up for what the nonlinearity takes away; PyTorch's values.
  /// - Parameter slope: of a leaky ReLU for negative inputs; not used by the others.
  public static func gain(_ nonlinearity: Nonlinearity, slope: Double = 0.01) -> Double {
    switch nonlinearity {
    case .linear, .sigmoid: 1
    case .tanh: 5.0 / 3
    case .relu: 2.0.squareRoot()
    case .leakyReLU: (2 / (1 + slope * slope)).squareRoot()
    case .selu: 0.75
    }
  }
}
