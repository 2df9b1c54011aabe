public import ThalwegCore

/// An activation without options. It keeps the shape of its input.
public class PlainActivation: Module {
  public required override init() { super.init() }
}

extension PlainActivation: DescribedLayer {
  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Self() }
}

/// y = x / 6 + 1/2, at least 0 and at most 1.
/// Shape: any.
public final class Hardsigmoid: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.hardSigmoid() }
}

/// y = x hardsigmoid(x) (Howard et al. 2019).
/// Shape: any.
public final class Hardswish: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.hardSwish() }
}

/// The logarithm of sigmoid(x).
/// Shape: any.
public final class LogSigmoid: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.logSigmoid() }
}

/// y = x tanh(softplus(x)) (Misra 2019).
/// Shape: any.
public final class Mish: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.mish() }
}

/// y = max(x, 0), at most 6.
/// Shape: any.
public final class ReLU6: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.relu6() }
}

/// y = 1.0507 (max(x, 0) + min(0, 1.6733 (e^x - 1))) (Klambauer et al. 2017).
/// Shape: any.
public final class SELU: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.selu() }
}

/// y = x sigmoid(x), also known as swish (Elfwing et al. 2018).
/// Shape: any.
public final class SiLU: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.silu() }
}

/// y = x / (1 + |x|).
/// Shape: any.
public final class Softsign: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.softSign() }
}

/// y = x - tanh(x).
/// Shape: any.
public final class Tanhshrink: PlainActivation {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.tanhShrink() }
}
