import Glibc
import Testing
import ThalwegCore

@testable import ThalwegNN

/// Two layers and a buffer, as a user would write it.
private final class Net: Module {
  let first: ThalwegNN.Linear
  let second: ThalwegNN.Linear

  init(hidden: Int) throws(ThalwegError) {
    first = try ThalwegNN.Linear(2, hidden)
    second = try ThalwegNN.Linear(hidden, 1, bias: false)
    super.init()
    try registerModule("first", first)
    try registerBuffer("mean", Tensor.zeros([2]))
    try registerModule("second", second)
  }

  override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try second(first(input).relu())
  }
}

@Suite struct ModuleTests {
  @Test func namesAreJoinedInOrder() throws {
    let net = try Sequential(Net(hidden: 3), ThalwegNN.ReLU(), Sequential(ThalwegNN.Linear(1, 1)))
    #expect(
      net.namedParameters().map(\.name) == [
        "0.first.weight", "0.first.bias", "0.second.weight", "2.0.weight", "2.0.bias",
      ])
    #expect(net.namedBuffers().map(\.name) == ["0.mean"])
    #expect(net.namedModules().map(\.name) == ["", "0", "0.first", "0.second", "1", "2", "2.0"])
    #expect(net.children.map(\.name) == ["0", "1", "2"])
    #expect(
      net.namedModules().map(\.module.typeName) == [
        "Sequential", "Net", "Linear", "Linear", "ReLU", "Sequential", "Linear",
      ])
    #expect(net.parameter("0.first.bias")?.shape == [3])
    #expect(net.parameter("0.first") == nil)
    #expect(net.parameter("0..bias") == nil)
    #expect(net.buffer("0.mean")?.shape == [2])
    #expect(net.module("2.0")?.typeName == "Linear")
  }

  @Test func sharedTensorsAndModulesAppearOnce() throws {
    let layer = try ThalwegNN.Linear(2, 2)
    let net = try Sequential(layer, layer)
    try net.registerParameter("tied", layer.parameter("weight"))
    #expect(net.namedParameters().map(\.name) == ["tied", "0.bias"])
    #expect(net.namedModules().map(\.name) == ["", "0"])
    #expect(net.parameter("1.weight") === layer.parameter("weight"))
  }

  @Test func registrationReplacesAndRemoves() throws {
    let module = Module()
    let (a, b) = (try leaf([1], [1]), try leaf([2], [1]))
    try module.registerParameter("a", a)
    try module.registerParameter("b", a)
    try module.registerParameter("a", b)
    #expect(module.parameter("a") === b)
    #expect(module.namedParameters().map(\.name) == ["a", "b"])
    try module.registerParameter("a", nil)
    try module.registerParameter("a", nil)
    #expect(module.namedParameters().map(\.name) == ["b"])
    try module.registerBuffer("a", a)
    #expect(module.buffer("a") === a)
  }

  @Test func buffersNeedNotBeSaved() throws {
    let module = Module()
    try module.registerBuffer("cache", leaf([1], [1]), isSaved: false)
    try module.registerBuffer("kept", leaf([2], [1]))
    #expect(module.namedBuffers().map(\.name) == ["cache", "kept"])
    #expect(module.state().map(\.name) == ["kept"])
    try module.convert(to: .float64)
    #expect(module.buffer("cache")?.dtype == .float64)
    #expect(module.state().map(\.name) == ["kept"])
    #expect(try module.load(state: [("kept", Tensor.zeros([1], dtype: .float64))]).isEmpty)
  }

  @Test func clonesShareNothingButAmongThemselves() throws {
    let shared = try ThalwegNN.Linear(2, 2)
    let net = try Sequential(shared, ThalwegNN.ReLU(), shared, ThalwegNN.BatchNorm1d(2))
    net.children[3].module.train(false)
    let copy = try net.clone()
    #expect(copy.state().map(\.name) == net.state().map(\.name))
    #expect(copy.children[0].module === copy.children[2].module)
    #expect(copy.children.map(\.module.isTraining) == [true, true, true, false])
    for (own, other) in zip(net.parameters(), copy.parameters()) {
      #expect(own !== other)
      #expect(other.requiresGrad)
      #expect(try own.toArray() == other.toArray())
    }
    let custom = CustomModule("Own") { (_, x) throws(ThalwegError) in x }
    #expect(failure { _ = try custom.clone() }?.message.contains("Own is no layer") == true)
  }

  @Test func badNamesAndCirclesAreRefused() throws {
    let (module, child) = (Module(), Module())
    let tensor = try leaf([1], [1])
    for name in ["", "a.b", ".", "a\0b"] {
      #expect(failure { try module.registerParameter(name, tensor) }?.code == .invalidArgument)
      #expect(failure { try module.registerBuffer(name, tensor) }?.code == .invalidArgument)
      #expect(failure { try module.registerModule(name, child) }?.code == .invalidArgument)
    }
    try module.registerParameter("x", tensor)
    #expect(failure { try module.registerBuffer("x", tensor) }?.message.contains("a parameter") == true)
    #expect(failure { try module.registerModule("x", nil) }?.code == .invalidArgument)
    try module.registerModule("child", child)
    #expect(failure { try child.registerModule("up", module) }?.code == .invalidArgument)
    #expect(failure { try module.registerModule("me", module) }?.code == .invalidArgument)
    #expect(failure { try module.registerParameter("y", tensor * 2) }?.code == .autograd)
    #expect(module.namedParameters().map(\.name) == ["x"])
  }

  @Test func treesHaveABottom() throws {
    // Built from either end, a tree stops before it could exhaust a stack; diamonds do not cost exponential time.
    var top = Module()
    var upward = 0
    while upward < 1000 {
      let parent = Module()
      guard failure({ try parent.registerModule("a", top) }) == nil else { break }
      try parent.registerModule("b", top)
      top = parent
      upward += 1
    }
    #expect(upward == 256)
    #expect(top.namedModules().count == 257)
    let root = Module()
    var bottom = root
    var downward = 0
    while downward < 1000 {
      let child = Module()
      guard failure({ try bottom.registerModule("a", child) }) == nil else { break }
      bottom = child
      downward += 1
    }
    #expect(downward == 256)
  }

  @Test func modeAndGradientsReachEverything() throws {
    let net = try Sequential(Net(hidden: 3))
    #expect(net.isTraining)
    net.train(false)
    #expect(net.namedModules().allSatisfy { !$0.module.isTraining })
    net.train()
    #expect(net.namedModules().allSatisfy { $0.module.isTraining })
    try net(Tensor([Float](repeating: 1, count: 8), [4, 2])).sum().backward()
    #expect(net.parameters().allSatisfy { $0.grad != nil })
    net.zeroGrad()
    #expect(net.parameters().allSatisfy { $0.grad == nil })
  }

  @Test func plainModulesComputeNothing() throws {
    #expect(failure { _ = try Module()(Tensor.ones([1])) }?.message.contains("Module") == true)
  }

  @Test func manyThreadsComputeWhileOneRegisters() throws {
    let net = try Sequential(ThalwegNN.Linear(4, 8), ThalwegNN.Tanh(), ThalwegNN.Linear(8, 2))
    let input = try Tensor((0..<12).map { Float($0) / 12 }, [3, 4])
    let expected = try net(input).toArray()
    nonisolated(unsafe) let shared = (net: net, input: input)
    let wrong = inThreads(4) { thread in
      var wrong = 0
      for i in 0..<500 {
        if thread == 0 {
          try? shared.net.registerBuffer("b\(i % 7)", i % 3 == 0 ? nil : shared.input)
        } else {
          let output = try? noGrad { () throws(ThalwegError) in try shared.net(shared.input).toArray() }
          if output != expected || shared.net.namedParameters().count != 4 { wrong += 1 }
        }
      }
      return wrong
    }
    #expect(wrong == [0, 0, 0, 0])
  }
}

/// The results of `body(0)` ... `body(count - 1)`, each run on a thread of its own.
private func inThreads(_ count: Int, _ body: @escaping (Int) -> Int) -> [Int] {
  final class Job {
    let run: () -> Int
    var result = -1
    init(_ run: @escaping () -> Int) { self.run = run }
  }
  let jobs = (0..<count).map { i in Job { body(i) } }
  let threads = jobs.map { job in
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        if let argument {
          let job = Unmanaged<Job>.fromOpaque(argument).takeUnretainedValue()
          job.result = job.run()
        }
        return nil
      }, Unmanaged.passUnretained(job).toOpaque())
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
  return jobs.map(\.result)
}
