public import ThalwegCore

/// y = 1 / (1 + exp(-x)), elementwise.
/// Shape: any.
public final class Sigmoid: Module {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.sigmoid() }
}

extension Sigmoid: DescribedLayer {
  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Sigmoid() }
}
