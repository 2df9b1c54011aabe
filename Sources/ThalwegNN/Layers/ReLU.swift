public import ThalwegCore

/// y = max(x, 0), elementwise.
/// Shape: any.
public final class ReLU: Module {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.relu() }
}

extension ReLU: DescribedLayer {
  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { ReLU() }
}
