package import CKernels
import Glibc

/// entr(x) = -x ln x, 0 at 0 and -∞ below, elementwise.
/// Derivative: -g (1 + ln x).
package enum Entropy: ScalarOperation {
  package static let name: StaticString = "entr"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, Entropy>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, Entropy>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double {
    x > 0 ? -x * Glibc.log(x) : x == 0 ? 0 : x < 0 ? -.infinity : x
  }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * (1 + x.log()))
  }
}

/// sinc(x) = sin(πx) / (πx), 1 at 0, elementwise.
/// Derivative: g (cos(πx) - sinc(x)) / x, 0 at 0.
package enum Sinc: ScalarOperation {
  package static let name: StaticString = "sinc"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, Sinc>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, Sinc>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { x == 0 ? 1 : Glibc.sin(.pi * x) / (.pi * x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * ((x * .pi).cos() - x.sinc()).quotient(x)
  }
}

/// logit(x) = ln(x / (1 - x)), the inverse of the sigmoid, elementwise; NaN outside [0, 1].
/// Derivative: g / (x (1 - x)).
package enum Logit: ScalarOperation {
  package static let name: StaticString = "logit"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, Logit>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, Logit>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double {
    // Near 1/2 the logarithm is near 0: there the number's distance from 1/2, which is exact, says it better.
    if x > 0.3 && x < 0.65 { return 2 * Glibc.atanh(2 * (x - 0.5)) }
    return Glibc.log(x / (1 - x))
  }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (x * (1 - x))
  }
}

extension Tensor {
  public func entr() throws(ThalwegError) -> Tensor { try Entropy.apply(self) }
  public func sinc() throws(ThalwegError) -> Tensor { try Sinc.apply(self) }

  /// - Parameter eps: where given, the tensor is clamped to [eps, 1 - eps] first.
  public func logit(eps: Double? = nil) throws(ThalwegError) -> Tensor {
    guard let eps else { return try Logit.apply(self) }
    let x = dtype.isFloat ? self : try to(.float32)
    return try Logit.apply(x.clamp(min: eps, max: 1 - eps))
  }

  /// xlog1py(a, b) = a ln(1 + b), and 0 where a is 0, unless b is NaN.
  public func xlog1py(_ other: Tensor) throws(ThalwegError) -> Tensor {
    let isNothing = try equal(Tensor.scalar(0, dtype: dtype)).logicalAnd(other.isNaN().logicalNot())
    let product = try self * other.log1p()
    return try Tensor.where(isNothing, Tensor.scalar(0, dtype: product.dtype), product)
  }
}
