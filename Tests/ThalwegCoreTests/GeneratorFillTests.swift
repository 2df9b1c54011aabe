import CKernels
import Glibc
import XCTest

@testable import ThalwegCore

final class GeneratorFillTests: XCTestCase {
  private func array<Element>(_ count: Int, _ fill: (UnsafeMutablePointer<Element>) -> Void) -> [Element] {
    Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(buffer.baseAddress!)
      initialized = count
    }
  }

  /// The test vectors of the authors' Random123 (kat_vectors: philox4x32 10), as 24-bit uniforms.
  func testKnownVectorOfPhilox() {
    let words: [UInt32] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]  // counter 0, key 0
    let numbers: [Float] = array(4) { kernels.pointee.f32.random.uniform(4, $0, 0, 0, 0, 1) }
    XCTAssertEqual(numbers, words.map { Float($0 >> 8) * 0x1p-24 })
  }

  func testTheBitsDoNotDependOnThreads() {
    let before = Threads.count
    defer { Threads.count = before }
    let count = 100_001
    var seen: [[UInt64]] = []
    for threads in [1, 2, 4] {
      Threads.count = threads
      let generator = Generator(seed: 9)
      let a: [Float] = array(count) { generator.fillUniform($0, count: count, low: -1, high: 2) }
      let b: [Float] = array(count) { generator.fillNormal($0, count: count, mean: 0, deviation: 1) }
      let c: [Double] = array(count) { generator.fillUniform($0, count: count, low: -1, high: 2) }
      let d: [Double] = array(count) { generator.fillNormal($0, count: count, mean: 0, deviation: 1) }
      seen.append((a + b).map { UInt64($0.bitPattern) } + (c + d).map(\.bitPattern))
    }
    XCTAssertTrue(seen[0] == seen[1])
    XCTAssertTrue(seen[0] == seen[2])
  }

  /// Chunks that are filled one by one are those of a fill at once.
  func testChunksFitTogether() {
    let count = 20_000
    let generator = Generator(seed: 3)
    let a: [Float] = array(count) { generator.fillNormal($0, count: count, mean: 1, deviation: 2) }
    XCTAssertTrue(a == array(count) { kernels.pointee.f32.random.normal(Int64(count), $0, 3, 0, 1, 2) })
    let offset = generator.state.offset
    let b: [Double] = array(count) { generator.fillNormal($0, count: count, mean: 1, deviation: 2) }
    XCTAssertTrue(
      b == array(count) { kernels.pointee.f64.random.normal(Int64(count), $0, 3, offset / 2, 1, 2) })
    let later = generator.state.offset
    let c: [Double] = array(count) { generator.fillUniform($0, count: count, low: 0, high: 1) }
    XCTAssertTrue(
      c == array(count) { kernels.pointee.f64.random.uniform(Int64(count), $0, 3, later / 2, 0, 1) })
  }

  func testMoments() {
    let count = 200_000
    let generator = Generator(seed: 11)
    let a: [Double] = array(count) { generator.fillNormal($0, count: count, mean: 3, deviation: 2) }
    let mean = a.reduce(0, +) / Double(count)
    let variance = a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    XCTAssertEqual(mean, 3, accuracy: 0.02)
    XCTAssertEqual(variance, 4, accuracy: 0.05)
    let b: [Float] = array(count) { generator.fillUniform($0, count: count, low: -1, high: 1) }
    XCTAssertTrue(b.allSatisfy { $0 >= -1 && $0 < 1 })
    XCTAssertEqual(Double(b.reduce(0, +)) / Double(count), 0, accuracy: 0.01)
  }
}
