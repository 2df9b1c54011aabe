package import CKernels
import Glibc

// Functions around the integral of e^-x².

/// erfc(x) = 1 - erf(x), without what the difference would lose, elementwise.
/// Derivative: -g 2 / sqrt(π) e^-x².
package enum ComplementaryErrorFunction: ScalarOperation {
  package static let name: StaticString = "erfc"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, ComplementaryErrorFunction>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, ComplementaryErrorFunction>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { Glibc.erfc(x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (-1.1283791670955126 * (-(x * x)).exp())
  }
}

/// erfinv(y), the inverse of erf, elementwise; infinite at -1 and 1, NaN outside.
/// Derivative: g sqrt(π) / 2 e^y².
package enum InverseErrorFunction: ScalarOperation {
  package static let name: StaticString = "erfinv"
  package static var kernel: tk_unary {
    var kernel = kernels.pointee.erfinv
    kernel.f64 = { ScalarLoop<Double, InverseErrorFunction>.run($0, $1, $2, $3, $4) }
    return kernel
  }
  package static var saves: SavedOperand { .output }

  package static func value(_ x: Double) -> Double { SpecialMath.erfInverse(x) }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (0.88622692545275801 * (y * y).exp())
  }
}

/// erfcx(x) = e^x² erfc(x), elementwise.
/// Derivative: g (2 x y - 2 / sqrt(π)).
package enum ScaledErrorFunction: ScalarOperation {
  package static let name: StaticString = "erfcx"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, ScaledErrorFunction>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, ScaledErrorFunction>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.erfcx(x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (2 * (x * x.erfcx()) - 1.1283791670955126)
  }
}

/// ndtr(x), the probability that a standard normal variable is below x, elementwise.
/// Derivative: g e^(-x²/2) / sqrt(2π).
package enum NormalProbability: ScalarOperation {
  package static let name: StaticString = "ndtr"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, NormalProbability>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, NormalProbability>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.ndtr(x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (0.39894228040143268 * (-0.5 * (x * x)).exp())
  }
}

/// log_ndtr(x) = ln ndtr(x), elementwise, also where ndtr(x) underflows.
/// Derivative: g sqrt(2/π) / erfcx(-x / sqrt 2).
package enum LogNormalProbability: ScalarOperation {
  package static let name: StaticString = "log_ndtr"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, LogNormalProbability>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, LogNormalProbability>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.logNdtr(x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (0.79788456080286536 / (x * -0.70710678118654752).erfcx())
  }
}

/// ndtri(p), the inverse of ndtr, elementwise; infinite at 0 and 1, NaN outside.
/// Derivative: g sqrt(2π) e^(y²/2).
package enum NormalQuantile: ScalarOperation {
  package static let name: StaticString = "ndtri"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, NormalQuantile>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, NormalQuantile>.run($0, $1, $2, $3, $4) })
  }
  package static var saves: SavedOperand { .output }

  package static func value(_ x: Double) -> Double { SpecialMath.ndtri(x) }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (2.5066282746310005 * (0.5 * (y * y)).exp())
  }
}

extension Tensor {
  public func erfc() throws(ThalwegError) -> Tensor { try ComplementaryErrorFunction.apply(self) }
  public func erfinv() throws(ThalwegError) -> Tensor { try InverseErrorFunction.apply(self) }
  public func erfcx() throws(ThalwegError) -> Tensor { try ScaledErrorFunction.apply(self) }
  public func ndtr() throws(ThalwegError) -> Tensor { try NormalProbability.apply(self) }
  public func logNdtr() throws(ThalwegError) -> Tensor { try LogNormalProbability.apply(self) }
  public func ndtri() throws(ThalwegError) -> Tensor { try NormalQuantile.apply(self) }
}
