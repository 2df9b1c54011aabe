import Glibc
import Testing
@testable import ThalwegCore

func leaf(_ values: [Double], _ shape: Dims) throws -> Tensor {
  let tensor = try Tensor(values, shape)
  try tensor.setRequiresGrad(true)
  return tensor
}

/// The error that `body` throws, if it throws one of ours.
func failure(_ body: () throws -> Void) -> ThalwegError? {
  do {
    try body()
    return nil
  } catch { return error as? ThalwegError }
}

@Suite struct AutogradTests {
  @Test func accumulatesInLeaves() throws {
    let x = try leaf([2, 3], [2])
    try (x * x).sum().backward()
    #expect(try x.grad?.toArray() == [4, 6])
    try (x * 5).sum().backward()
    #expect(try x.grad?.toArray() == [9, 11])
    try x.setGrad(nil)
    #expect(x.grad == nil)
  }

  @Test func leavesOwnTheirGradients() throws {
    // add hands the same gradient to both operands; they must not end up sharing memory.
    let (a, b) = (try leaf([1, 2], [2]), try leaf([3, 4], [2]))
    let seed = try Tensor([1.0, 1], [2])
    try (a + b).backward(seed)
    try a.grad?.fill(7)
    #expect(try b.grad?.toArray() == [1, 1])
    #expect(try seed.toArray() == [1, 1])
  }

  @Test func diamondsAreVisitedOnce() throws {
    let x = try leaf([0.5], [])
    var y = x
    // 2^60 paths, 60 nodes.
    for _ in 0..<60 { y = try y * 0.5 + y * 0.5 }
    try y.backward()
    #expect(try x.grad?.item() == 1)
  }

  @Test func scalarsOnlyWithoutASeed() throws {
    let x = try leaf([1, 2, 3], [3])
    let y = try x * 2
    let error = failure { try y.backward() }
    #expect(error?.code == .autograd)
    for part in ["[3]", "reduce", "seed", "Jacobian"] { #expect(error?.message.contains(part) == true) }
    #expect(failure { try y.backward(Tensor([1.0, 2], [2])) }?.code == .shape)
    #expect(failure { try y.backward(Tensor([Float(1), 2, 3], [3])) }?.code == .dtype)
    try y.backward(Tensor([1.0, 10, 100], [3]))
    #expect(try x.grad?.toArray() == [2, 20, 200])
  }

  @Test func theGraphIsFreedUnlessRetained() throws {
    let x = try leaf([2], [])
    let y = try x * x
    try y.backward(retainGraph: true)
    try y.backward()
    #expect(try x.grad?.item() == 8)
    #expect(failure { try y.backward() }?.message.contains("retain_graph") == true)
  }

  @Test func changesInPlaceAreNoticed() throws {
    let x = try leaf([2], [1])
    let factor = try Tensor([3.0], [1])
    let y = try x * factor
    try factor.fill(4)
    let error = failure { try y.backward(Tensor([1.0], [1])) }
    #expect(error?.message.contains("mul") == true && error?.message.contains("fill") == true)
    // Through a view as well.
    let base = try Tensor([1.0, 2, 3], [3])
    let z = try x * base.slice(0, 0, 1)
    try base.copy(from: Tensor([9.0], [1]))
    #expect(failure { try z.sum().backward() }?.message.contains("copy_from") == true)
    // What is not needed may change: add keeps nothing.
    let w = try x + factor
    try factor.fill(0)
    #expect(failure { try w.sum().backward() } == nil)
  }

  @Test func partsOfAGraphCannotBeChanged() throws {
    let x = try leaf([2], [1])
    #expect(failure { try x.fill(1) }?.message.contains("no_grad") == true)
    try noGrad { () throws(ThalwegError) in try x.fill(5) }
    #expect(try x.toArray() == [5])
    let y = try x * 2
    #expect(failure { try y.fill(1) }?.message.contains("mul") == true)
    #expect(failure { try Tensor.zeros([1], dtype: .float64).copy(from: y) }?.code == .autograd)
    #expect(failure { try Tensor.zeros([1]).expand([3]).fill(1) }?.code == .invalidArgument)
  }

  @Test func onlyFloatsHaveGradients() throws {
    let x = try Tensor([Int64(1)], [1])
    #expect(failure { try x.setRequiresGrad(true) }?.code == .dtype)
    #expect(failure { try Tensor([1.0], []).backward() }?.code == .autograd)
  }

  @Test func gradReturnsWithoutAccumulating() throws {
    let (x, y, unused) = (try leaf([2], []), try leaf([3], []), try leaf([4], []))
    let product = try x * y
    let z = try product * product
    let found = try grad([z], [x, product, unused, x], retainGraph: true, allowUnused: true)
    #expect(try found[0]?.item() == 36)
    #expect(try found[1]?.item() == 12)
    #expect(found[2] == nil)
    #expect(try found[3]?.item() == 36)
    #expect(x.grad == nil && y.grad == nil)
    #expect(failure { _ = try grad([z], [unused]) }?.message.contains("allow_unused") == true)
  }

  @Test func gradientsOfGradients() throws {
    let x = try leaf([1.5], [])
    var y = try x.pow(4)
    for expected in [4 * 1.5 * 1.5 * 1.5, 12 * 1.5 * 1.5, 24 * 1.5, 24] {
      y = try #require(try grad([y], [x], createGraph: true)[0])
      #expect(abs(try y.item() - expected) < 1e-12)
    }
  }

  @Test func noGradRecordsNothing() throws {
    let x = try leaf([1], [])
    let y = try noGrad { () throws(ThalwegError) in try x * 2 }
    #expect(!y.requiresGrad)
    #expect(try (x * 2).detach().requiresGrad == false)
  }

  /// A chain of a million operations, forward, backward and freed, on a thread with a stack of 512 KB.
  @Test func longChainsNeedNoStack() throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 512 * 1024)
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let started = pthread_create(
      &thread, &attributes,
      { _ in
        do {
          let x = try leaf([1], [])
          var y = x
          for _ in 0..<1_000_000 { y = try -y }
          let dropped = try y * 1
          _ = dropped
          try y.backward()
          var z = try x * x
          for _ in 0..<1_000_000 { z = try z + x }  // never gone backward: freed by deinit
          return try x.grad?.item() == 1 ? nil : UnsafeMutableRawPointer(bitPattern: 1)
        } catch { return UnsafeMutableRawPointer(bitPattern: 2) }
      }, nil)
    #expect(started == 0)
    var result: UnsafeMutableRawPointer?
    pthread_join(thread, &result)
    #expect(result == nil)
  }

  /// Nothing that a pass made outlives it: graphs are free of circles, also where an operation saves its own output.
  @Test func graphsAreFreed() throws {
    for createGraph in [false, true] {
      weak var loss: Tensor?
      weak var hidden: Tensor?
      weak var node: Node?
      do {
        let x = try leaf([Double](repeating: 0.1, count: 9), [3, 3])
        let y = try x.matmul(x).tanh().exp()
        let z = try y.softmax(0).amax().sqrt()
        try z.backward(createGraph: createGraph)
        (loss, hidden, node) = (z, y, y.node)
        #expect(loss != nil && hidden != nil && node != nil)
        try x.setGrad(nil)
      }
      #expect(loss == nil && hidden == nil && node == nil)
    }
  }
}
