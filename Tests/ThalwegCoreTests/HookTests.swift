import Testing
@testable import ThalwegCore

@Suite struct HookTests {
  @Test func resultsAndLeaves() throws {
    let x = try leaf([1, 2], [2])
    let y = try x * 3
    var (ofResult, ofLeaf): ([Double], [Double]) = ([], [])
    try y.registerHook { gradient throws(ThalwegError) in
      ofResult = try gradient.toArray()
      return try gradient * 10
    }
    try x.registerHook { gradient throws(ThalwegError) in
      ofLeaf += try gradient.toArray()
      return nil
    }
    try (y * y).sum().backward()  // y is used twice: one call with the sum
    #expect(ofResult == [6, 12])
    #expect(ofLeaf == [180, 360])
    #expect(try x.grad?.toArray() == [180, 360])
  }

  /// A leaf that is used in several places: its hook sees the whole gradient, once, before what is accumulated.
  @Test func leavesOnceWithTheSum() throws {
    let x = try leaf([2], [])
    var seen: [Double] = []
    let hook = try x.registerHook { gradient throws(ThalwegError) in
      seen.append(try gradient.item())
      return try gradient + 1
    }
    for _ in 0..<2 { try (x * x * x + x).backward() }
    #expect(seen == [13, 13])
    #expect(try x.grad?.item() == 28)
    #expect(try grad([x * x], [x])[0]?.item() == 5)
    #expect(x.removeHook(hook) && !x.removeHook(hook))
    #expect(try grad([x * x], [x])[0]?.item() == 4)
  }

  @Test func orderAndRetainedGradients() throws {
    let x = try leaf([1], [])
    let y = try x * 2
    try y.retainGrad()
    try y.registerHook { gradient throws(ThalwegError) in try gradient + 1 }
    try y.registerHook { gradient throws(ThalwegError) in try gradient * 10 }
    try (y * 1).backward(retainGraph: true)
    #expect(try y.grad?.item() == 20 && x.grad?.item() == 40)
    try (y * 1).backward()
    #expect(try y.grad?.item() == 40)
  }

  @Test func wrongHooks() throws {
    let x = try leaf([1, 2], [2])
    #expect(failure { _ = try x.detach().registerHook { _ in nil } }?.code == .autograd)
    #expect(failure { try x.detach().retainGrad() }?.message.contains("retain_grad") == true)
    try x.registerHook { gradient throws(ThalwegError) in try gradient.sum() }
    #expect(failure { try (x * x).sum().backward() }?.message.contains("register_hook") == true)
    #expect(x.grad == nil)
  }

  @Test func hooksOfResultsGoWithTheGraph() throws {
    final class Token {}
    weak var alive: Token?
    do {
      let token = Token()
      alive = token
      let y = try leaf([1], []) * 2
      try y.registerHook { _ in
        _ = token
        return nil
      }
      try y.backward()
    }
    #expect(alive == nil)
  }
}

@Suite struct AnomalyTests {
  private func anomaly(_ body: () throws -> Void) -> String {
    AnomalyMode.isEnabled = true
    defer { AnomalyMode.isEnabled = false }
    return failure(body)?.message ?? ""
  }

  @Test func forwardNamesTheFirst() throws {
    let x = try Tensor([0.0, 1], [2])
    let message = anomaly { _ = try ((x + 0).log() * 2).exp() }
    #expect(message.hasPrefix("log: made Inf") && message.contains("float64 [2] from 0.0 to 1.0"))
    #expect(anomaly { _ = try x / 0 }.hasPrefix("div: made NaN"))
    // Inf that came in is nobody's making.
    #expect(anomaly { _ = try (x * 0 + Double.infinity) * 2 } == "")
    #expect(try x.log().toArray()[0] == -.infinity)
  }

  @Test func backwardNamesTheOperation() throws {
    let x = try leaf([0, 4], [2])
    let message = anomaly { try x.sqrt().sum().backward() }
    #expect(message.hasPrefix("backward of sqrt: made Inf") && message.contains("from 0.0 to 4.0"))
    // The forward pass ran without: less is known.
    let y = try x.sqrt().sum()
    #expect(anomaly { try y.backward() }.contains("before anomaly mode was on"))
  }

  @Test func nothingElseChanges() throws {
    let x = try leaf([1, 2], [2])
    let message = anomaly {
      let y = try noGrad { () throws(ThalwegError) in try x * 2 }
      #expect(!y.requiresGrad)
      #expect(try !(x.detach() * 2).requiresGrad)
      let z = try (x * x).sum()
      let first = try #require(try grad([z], [x], createGraph: true)[0])
      #expect(try grad([first.sum()], [x])[0]?.toArray() == [2, 2])
    }
    #expect(message == "")
  }

  @Test func theCallersPlace() throws {
    AnomalyMode.setCallSite { "model.swift:7" }
    defer { AnomalyMode.setCallSite(nil) }
    #expect(anomaly { _ = try Tensor([0.0], [1]).log() }.hasSuffix("called at model.swift:7"))
  }
}
