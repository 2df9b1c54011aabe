package import CKernels
import Glibc

/// lgamma(x) = ln |Γ(x)|, elementwise; infinity at 0 and negative whole numbers.
/// Derivative: g ψ(x), `Digamma`.
package enum LogGamma: ScalarOperation {
  package static let name: StaticString = "lgamma"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, LogGamma>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, LogGamma>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { Glibc.lgamma(x).0 }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.digamma()
  }
}

/// digamma(x) = ψ(x) = d/dx ln Γ(x), elementwise; NaN at negative whole numbers.
/// Derivative: g ζ(2, x), the trigamma function.
package enum Digamma: ScalarOperation {
  package static let name: StaticString = "digamma"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, Digamma>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, Digamma>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.digamma(x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.polygamma(1)
  }
}

/// zeta(s, q) = Σ (q + k)^-s over k = 0, 1, ..., Hurwitz' zeta function, elementwise with broadcasting: s > 1; infinity
/// where q is 0 or a negative whole number, NaN for other negative q unless s is whole.
/// Derivative: ∂L/∂q = -g s ζ(s + 1, q); none for s (as PyTorch).
package enum Zeta: ScalarBinaryOperation {
  package static let name: StaticString = "zeta"
  package static var kernel: tk_binary {
    tk_binary(
      { ScalarBinaryLoop<Float, Zeta>.run($0, $1, $2, $3, $4, $5, $6) },
      { ScalarBinaryLoop<Double, Zeta>.run($0, $1, $2, $3, $4, $5, $6) })
  }

  package static func value(_ s: Double, _ q: Double) -> Double { SpecialMath.zeta(s, q) }

  package static func derivativeA(_ g: Tensor, _ s: Tensor, _ q: Tensor) throws(ThalwegError) -> Tensor {
    throw ThalwegError(.autograd, "zeta: there is no derivative by the first argument")
  }
  package static func derivativeB(_ g: Tensor, _ s: Tensor, _ q: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * (s * (s + 1).zeta(q)))
  }
}

extension Tensor {
  public func lgamma() throws(ThalwegError) -> Tensor { try LogGamma.apply(self) }
  public func digamma() throws(ThalwegError) -> Tensor { try Digamma.apply(self) }
  public func zeta(_ other: Tensor) throws(ThalwegError) -> Tensor { try Zeta.apply(self, other) }

  /// The digamma function's derivative of order n: (-1)^(n+1) n! ζ(n + 1, x).
  /// - Throws: `.invalidArgument` for a negative order.
  public func polygamma(_ n: Int) throws(ThalwegError) -> Tensor {
    guard n >= 0 else {
      throw ThalwegError(.invalidArgument, "polygamma: the order is \(n); it must not be negative")
    }
    if n == 0 { return try digamma() }
    let x = dtype.isFloat ? self : try to(.float32)
    let factor = (n % 2 == 0 ? -1 : 1) * Glibc.tgamma(Double(n) + 1)
    let sum = try Tensor.scalar(Double(n) + 1, dtype: x.dtype).zeta(x)
    return factor == 1 ? sum : try sum * factor
  }

  /// The multivariate log-gamma function: p (p - 1) / 4 ln π + Σ ln Γ(x - j / 2) over j < p.
  /// - Throws: `.invalidArgument` for p below 1.
  public func mvlgamma(_ p: Int) throws(ThalwegError) -> Tensor {
    guard p >= 1, p <= 1 << 16 else {
      throw ThalwegError(.invalidArgument, "mvlgamma: p is \(p); it must be from 1 to 2^16")
    }
    let x = dtype.isFloat ? self : try to(.float32)
    var sum = try x.lgamma()
    for j in 1..<max(p, 1) { sum = try sum + (x - Double(j) / 2).lgamma() }
    return try sum + Double(p) * Double(p - 1) / 4 * Glibc.log(Double.pi)
  }
}
