import Testing
import ThalwegCore
import ThalwegFlow

@Suite struct MagnitudeTests {
  @Test func norms() throws {
    #expect(try Magnitude(of: Tensor([3, 4] as [Float], [2])).norm == 5)
    #expect(abs(try Magnitude(of: Tensor([3.0, 4], [2])).norm - 5) < 1e-14)
    #expect(try Magnitude(of: Tensor.zeros([0])).norm == 0)
    #expect(try Magnitude(of: Tensor.zeros([5], dtype: .float64)).norm == 0)
    #expect(try Magnitude(of: Tensor.ones([100_000])).norm == 100_000.0.squareRoot())
    let column = try Tensor([1, 2, 3, 4] as [Float], [2, 2]).select(1, 1)
    #expect(try Magnitude(of: column).norm == 20.0.squareRoot())
  }

  @Test func neitherOverflowsNorVanishes() throws {
    for scale in [1e300, 1e-300, 0x1p-1060] {
      let magnitude = try Magnitude(of: Tensor([3 * scale, 4 * scale], [2]))
      #expect(abs(magnitude.norm / (5 * scale) - 1) < 1e-3)
    }
    let huge = try Magnitude(of: Tensor([3e38, -3e38] as [Float], [2]))
    #expect(abs(huge.norm / (Double(3e38 as Float) * 2.0.squareRoot()) - 1) < 1e-12)
    let parts = [huge, huge, try Magnitude(of: Tensor([1e300, 0], [2]))]
    #expect(Magnitude(joining: parts).norm == 1e300)
    #expect(Magnitude(joining: []).norm == 0)
  }

  @Test func countsWhatIsNotFinite() throws {
    let infinite = try Magnitude(of: Tensor([1, -.infinity, 2] as [Float], [3]))
    #expect(infinite.norm == .infinity && infinite.nonFiniteCount == 1)
    let nan = try Magnitude(of: Tensor([.nan, .infinity, 2.0], [3]))
    #expect(nan.norm.isNaN && nan.nonFiniteCount == 2)
    let both = Magnitude(joining: [infinite, nan])
    #expect(both.norm.isNaN && both.nonFiniteCount == 3)
    #expect(throws: ThalwegError.self) { try Magnitude(of: Tensor.zeros([2], dtype: .int32)) }
  }
}
