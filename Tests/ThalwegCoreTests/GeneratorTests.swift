import XCTest

@testable import ThalwegCore

final class GeneratorTests: XCTestCase {
  func testRangesFollowEachOther() {
    let generator = Generator(seed: 42)
    XCTAssertTrue(generator.reserve(10) == (42, 0))
    XCTAssertTrue(generator.reserve(1) == (42, 12))
    XCTAssertTrue(generator.reserve(0) == (42, 16))
    XCTAssertTrue(generator.reserve(-3) == (42, 16))
    XCTAssertTrue(generator.reserve(4) == (42, 16))
    XCTAssertEqual(generator.state, Generator.State(seed: 42, offset: 20))
    generator.manualSeed(7)
    XCTAssertEqual(generator.state, Generator.State(seed: 7, offset: 0))
  }

  func testAStateThatIsSetAgainContinues() {
    let generator = Generator(seed: 1)
    _ = generator.reserve(100)
    let state = generator.state
    let next = generator.reserve(8)
    _ = generator.reserve(8)
    generator.state = state
    XCTAssertTrue(generator.reserve(8) == next)
    generator.state = Generator.State(seed: 3, offset: .max)
    _ = generator.reserve(Int.max)  // wraps
  }

  func testThreadsGetRangesOfTheirOwn() {
    let generator = Generator(seed: 5)
    nonisolated(unsafe) let seen = UnsafeMutablePointer<UInt64>.allocate(capacity: 4 * 5000)
    defer { seen.deallocate() }
    onThreads(4) { thread in
      for index in 0..<5000 { seen[thread * 5000 + index] = generator.reserve(4).offset }
    }
    let all = Set((0..<20_000).map { seen[$0] })
    XCTAssertEqual(all.count, 20_000)
    XCTAssertEqual(generator.state.offset, 80_000)
  }
}
