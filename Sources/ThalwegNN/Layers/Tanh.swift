public import ThalwegCore

/// y = tanh(x), elementwise.
/// Shape: any.
public final class Tanh: Module {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.tanh() }
}

extension Tanh: DescribedLayer {
  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Tanh() }
}
