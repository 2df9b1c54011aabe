public import ThalwegCore

// Activations without options. Each keeps the shape of its input.

/// y = x / 6 + 1/2, at least 0 and at most 1.
/// Shape: any.
public final class Hardsigmoid: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.hardSigmoid() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Hardsigmoid()
  }
}

/// y = x hardsigmoid(x) (Howard et al. 2019).
/// Shape: any.
public final class Hardswish: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.hardSwish() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Hardswish()
  }
}

/// The logarithm of sigmoid(x).
/// Shape: any.
public final class LogSigmoid: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.logSigmoid() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    LogSigmoid()
  }
}

/// y = x tanh(softplus(x)) (Misra 2019).
/// Shape: any.
public final class Mish: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.mish() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Mish()
  }
}

/// y = max(x, 0), at most 6.
/// Shape: any.
public final class ReLU6: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.relu6() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    ReLU6()
  }
}

/// y = 1.0507 (max(x, 0) + min(0, 1.6733 (e^x - 1))) (Klambauer et al. 2017).
/// Shape: any.
public final class SELU: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.selu() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    SELU()
  }
}

/// y = x sigmoid(x), also known as swish (Elfwing et al. 2018).
/// Shape: any.
public final class SiLU: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.silu() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    SiLU()
  }
}

/// y = x / (1 + |x|).
/// Shape: any.
public final class Softsign: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.softSign() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Softsign()
  }
}

/// y = x - tanh(x).
/// Shape: any.
public final class Tanhshrink: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try input.tanhShrink() }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Tanhshrink()
  }
}
