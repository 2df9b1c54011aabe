import XCTest

@testable import ThalwegCore

final class SamplingTests: XCTestCase {
  func testTheHeapSorts() {
    let generator = Generator(seed: 1)
    for count in [1, 2, 3, 10, 257] {
      let weights = try! Tensor.randint(0, 20, [count], generator: generator).toArray()
      let items = UnsafeMutablePointer<Ranked>.allocate(capacity: count)
      defer { items.deallocate() }
      for i in 0..<count { items[i] = Ranked(weight: weights[i], place: i) }
      var heap = RankedHeap(items, count: count)
      let popped = (0..<count).map { _ in heap.pop().place }
      let sorted = (0..<count).sorted { (-weights[$0], $0) < (-weights[$1], $1) }
      XCTAssertEqual(popped, sorted)
      XCTAssertEqual((0..<count).map { items[count - 1 - $0].place }, sorted)  // where they lie now
    }
  }

  func testTheSameForAnyNumberOfThreads() throws {
    let logits = try Tensor.randn([500, 40], generator: Generator(seed: 2))
    let before = Threads.count
    defer { Threads.count = before }
    var seen: [[Double]] = []
    for threads in [1, 4] {
      Threads.count = threads
      let generator = Generator(seed: 3)
      seen.append(
        try logits.sample(topP: 0.9, generator: generator).toArray()
          + logits.softmax(1).multinomial(3, generator: generator).toArray())
    }
    XCTAssertEqual(seen[0], seen[1])
  }
}
