public import ThalwegCore

/// In training, sets elements to 0 with probability `p` and scales the others by 1 / (1 - p); nothing in evaluation.
/// Shape: any.
public final class Dropout: Module {
  public let p: Double
  private let generator: Generator

  /// - Throws: `.invalidArgument` unless p is from 0 to 1.
  public init(_ p: Double = 0.5, generator: Generator = .default) throws(ThalwegError) {
    guard p >= 0, p <= 1 else {
      throw ThalwegError(.invalidArgument, "Dropout: the probability is \(p); it must be from 0 to 1")
    }
    self.p = p
    self.generator = generator
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.dropout(p, training: isTraining, generator: generator)
  }
}

extension Dropout: DescribedLayer {
  package var options: LayerOptions { ["p": .double(p)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Dropout(options.double("p"))
  }
}
