public import ThalwegCore

/// y = x.
/// Shape: any.
public final class Identity: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { input }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Identity() }
}
