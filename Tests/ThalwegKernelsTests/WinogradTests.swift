import CKernels
import Testing

/// Minimal filtering against the sums that it stands for: of every lane by itself, of tiles in rows, the last of which may
/// be half outside.
@Suite struct WinogradTests {
  @Test(arguments: Build.all) func float32(_ build: Build) {
    check(build.kernels.f32.winograd, Int(build.kernels.f32.lanes.count), Float(2e-5))
  }

  @Test(arguments: Build.all) func float64(_ build: Build) {
    check(build.kernels.f64.winograd, Int(build.kernels.f64.lanes.count), 1e-13)
  }

  private func check<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ kernel: tk_winograd, _ lanes: Int, _ tolerance: E
  ) {
    for (height, length) in [(1, 1), (2, 2), (3, 4), (5, 7), (8, 2)] {
      for isTurned in [false, true] {
        let (rows, columns) = ((height + 1) / 2, (length + 1) / 2)
        let (wide, step) = (2 * columns + 5, rows * columns * 3 * lanes)
        // Tiles are three packs apart; what lies between them stays as it is.
        func number(_ i: Int, _ salt: Int) -> E { E((i * 37 + salt) % 29) / 8 - 1.75 }
        let x = (0..<((2 * rows + 2) * wide * lanes)).map { number($0, 11) }
        let taps = (0..<(9 * lanes)).map { number($0, 5) }
        func pixel(_ i: Int, _ j: Int, _ lane: Int) -> E { x[(i * wide + j) * lanes + lane] }

        var ofPixels = Array(repeating: E(99), count: 16 * step), ofTaps = ofPixels
        kernel.pixels(
          Int64(rows), Int64(columns), x, Int64(wide * lanes), &ofPixels, Int64(step), Int64(3 * lanes))
        kernel.taps(isTurned ? 1 : 0, taps, &ofTaps, Int64(step))
        var products = ofPixels
        for i in products.indices where i % step % (3 * lanes) < lanes {
          products[i] *= ofTaps[i / step * step + i % lanes]
        }
        #expect(ofPixels.indices.allSatisfy { $0 % step % (3 * lanes) < lanes || ofPixels[$0] == 99 })

        var y = Array(repeating: E(99), count: (height * length + 1) * lanes)
        kernel.sums(Int64(height), Int64(length), products, Int64(step), Int64(3 * lanes), &y)
        #expect(y.suffix(lanes).allSatisfy { $0 == 99 }, "wrote beyond")
        for place in 0..<(height * length) {
          for lane in 0..<lanes {
            let exact = (0..<9).reduce(E(0)) {
              let tap = taps[(isTurned ? 8 - $1 : $1) * lanes + lane]
              return $0 + tap * pixel(place / length + $1 / 3, place % length + $1 % 3, lane)
            }
            #expect(abs(y[place * lanes + lane] - exact) <= tolerance, "place \(place), lane \(lane)")
          }
        }

        // The way back: the sum over places of slopes times pixels. Places outside have none.
        let slopes = (0..<(2 * rows * wide * lanes)).map { i in
          i / lanes / wide < height && i / lanes % wide < length ? number(i, 3) : 0
        }
        var ofSlopes = Array(repeating: E(99), count: 16 * step)
        kernel.slopes(
          Int64(rows), Int64(columns), slopes, Int64(wide * lanes), &ofSlopes, Int64(step), Int64(3 * lanes))
        var sums = Array(repeating: E(0), count: 16 * lanes)
        for i in ofSlopes.indices where i % step % (3 * lanes) < lanes {
          sums[i / step * lanes + i % lanes] += ofSlopes[i] * ofPixels[i]
        }
        var gradients = Array(repeating: E(99), count: 10 * lanes)
        kernel.gradients(sums, Int64(lanes), &gradients)
        #expect(gradients.suffix(lanes).allSatisfy { $0 == 99 }, "wrote beyond")
        for i in 0..<(9 * lanes) {
          let (tap, lane) = (i / lanes, i % lanes)
          let exact = (0..<(height * length)).reduce(E(0)) {
            let (p, q) = ($1 / length, $1 % length)
            return $0 + slopes[(p * wide + q) * lanes + lane] * pixel(p + tap / 3, q + tap % 3, lane)
          }
          #expect(abs(gradients[i] - exact) <= tolerance * E(height * length), "tap \(tap), lane \(lane)")
        }
      }
    }
  }
}
