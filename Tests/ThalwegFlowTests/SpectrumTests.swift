import Glibc
import ThalwegCore
import XCTest

@testable import ThalwegFlow

final class SpectrumTests: XCTestCase {
  /// W = [[.9, 5], [0, .9]] has radius .9, and a tenth power of norm 19: it is not normal.
  private let shear = try! Tensor([0.9, 5, 0, 0.9] as [Double], [2, 2])

  func testBidiagonalMatrices() {
    XCTAssertTrue(Bidiagonal().extremes == (0, 0))
    XCTAssertTrue(Bidiagonal(diagonal: [3], above: []).extremes == (3, 3))
    let diagonal = Bidiagonal(diagonal: [3, -7, 2], above: [0, 0]).extremes
    XCTAssertEqual(diagonal.largest, 7)
    XCTAssertEqual(diagonal.smallest, 2, accuracy: 1e-15)
    let zero = Bidiagonal(diagonal: [1, 0], above: [1]).extremes
    XCTAssertEqual(zero.largest, 2.0.squareRoot(), accuracy: 1e-15)
    XCTAssertEqual(zero.smallest, 0)
    // [[1, 1], [0, 1]] stretches by the golden ratio; far sizes lose nothing.
    let golden = (1 + 5.0.squareRoot()) / 2
    for size in [1e-300, 1, 1e300] {
      let values = Bidiagonal(diagonal: [size, size], above: [size]).extremes
      XCTAssertEqual(values.largest / size, golden, accuracy: 1e-15)
      XCTAssertEqual(values.smallest / size, 1 / golden, accuracy: 1e-15)
    }
  }

  func testNormAndRadiusOfAMatrixThatIsNotNormal() throws {
    // A double eigenvalue: the root of the rounding.
    XCTAssertEqual(try shear.spectralRadius(), 0.9, accuracy: 1e-7)
    // The singular values of [[a, b], [0, a]] are sqrt(a^2 + b^2 / 4) +- b / 2.
    XCTAssertEqual(try shear.spectralNorm(), (0.81 + 6.25).squareRoot() + 2.5, accuracy: 1e-14)
    var power = shear
    for _ in 1..<10 { power = try power.matmul(shear) }
    XCTAssertEqual(try power.spectralNorm(), 19.38, accuracy: 0.02)
    XCTAssertEqual(try Tensor([0, 1, 0, 0] as [Double], [2, 2]).spectralRadius(), 0)
    XCTAssertEqual(try Tensor([0, -2, 2, 0] as [Double], [2, 2]).spectralRadius(), 2, accuracy: 1e-14)
  }

  func testJacobianOfALinearMap() throws {
    let x = try Tensor([1, 2, 3] as [Double], [3])
    try x.setRequiresGrad(true)
    for rows in [1, 2, 3, 5] {
      let matrix = try Tensor.randn([rows, 3], dtype: .float64, generator: Generator(seed: 4))
      let values = try SingularValues(jacobianOf: [matrix.matmul(x)], by: [x])
      XCTAssertEqual(values.largest, try matrix.spectralNorm(), accuracy: 1e-14)
      XCTAssertEqual(values.steps, min(rows, 3))
      XCTAssertGreaterThan(values.smallest, 0)
    }
    let none = try SingularValues(jacobianOf: [Tensor.ones([2], dtype: .float64)], by: [x])
    XCTAssertTrue(none.largest == 0 && none.smallest == 0)
    let doubled = try SingularValues(jacobianOf: [x * Tensor.scalar(2, dtype: .float64)], by: [x])
    XCTAssertEqual(doubled.largest, 2, accuracy: 1e-15)
    XCTAssertEqual(doubled.smallest, 2, accuracy: 1e-15)
  }
}
