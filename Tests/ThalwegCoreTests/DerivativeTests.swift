import Foundation
import Testing
@testable import ThalwegCore

/// Every operation: derivatives against finite differences to the second order, whatever the strides, and in float32.
@Suite struct DerivativeTests {
  @Test(arguments: OperationCase.all)
  func agreesWithDifferences(_ test: OperationCase) throws {
    // With h = 1e-5 and values near 1, rounding gives about 1e-11 and truncation h^2 f''' / 6, about 1e-10; 1e-6 leaves
    // room for larger derivatives and still catches any wrong factor.
    let check = GradCheck(eps: 1e-5, atol: 1e-6, rtol: 1e-6)
    try check.run(test.inputs(), test.function)
    try check.runSecondOrder(test.inputs(), test.function)
  }

  @Test(arguments: OperationCase.all)
  func stridesDoNotMatter(_ test: OperationCase) throws {
    let expected = try results(test.inputs(), test.function)
    for layout in [everySecond, lastDimensionFirst] {
      let found = try results(test.inputs().map(layout), test.function)
      compare(found, expected, tolerance: 1e-10, test.name)
    }
  }

  @Test(arguments: OperationCase.all)
  func float32AgreesWithFloat64(_ test: OperationCase) throws {
    let expected = try results(test.inputs(), test.function)
    let found = try results(test.inputs().map { try $0.to(.float32) }, test.function)
    compare(found, expected, tolerance: 1e-4, test.name)
  }

  /// An operation is in the table if the graph of a case, forward or backward, has a node of it, or that of its derivatives.
  @Test func everyOperationIsInTheTable() throws {
    var reached: Set<String> = []
    for test in OperationCase.all {
      for dtype in [DType.float64, .float32] {
        var leaves = try test.inputs().map { try $0.to(dtype).detach() }
        for leaf in leaves { try leaf.setRequiresGrad(true) }
        var results = [try test.function(leaves)]
        for _ in 0..<3 {
          for result in results { collect(result.node, into: &reached) }
          let seeds = try results.map { try Tensor.zeros($0.shape, dtype: $0.dtype) }
          for seed in seeds { try seed.setRequiresGrad(true) }
          leaves += seeds
          results = try grad(results, leaves, seeds: seeds, createGraph: true, allowUnused: true)
            .compactMap { $0 }.filter(\.requiresGrad)
          if results.isEmpty { break }
        }
      }
    }
    let missing = try declaredOperations().subtracting(reached)
    #expect(missing.isEmpty, "no case in OperationCases+*.swift reaches these: \(missing.sorted())")
  }

  // MARK: - Values and gradients

  private func results(_ inputs: [Tensor], _ function: GradCheck.Function) throws -> [[Double]] {
    let leaves = inputs.map { $0.detach() }
    for leaf in leaves { try leaf.setRequiresGrad(true) }
    let y = try function(leaves)
    let seed = try spread(y.shape, salt: 5).to(y.dtype)
    let gradients = try grad([y], leaves, seeds: [seed], allowUnused: true)
    var all = [try y.toArray()]
    for gradient in gradients { all.append(try gradient?.toArray() ?? []) }
    return all
  }

  private func compare(_ found: [[Double]], _ expected: [[Double]], tolerance: Double, _ name: String) {
    #expect(found.map(\.count) == expected.map(\.count), "\(name)")
    for (i, (a, b)) in zip(found, expected).enumerated() {
      for (j, (x, y)) in zip(a, b).enumerated() where !(abs(x - y) <= tolerance * (1 + abs(y))) {
        Issue.record("\(name), \(i == 0 ? "value" : "gradient \(i - 1)"), element \(j): \(x), expected \(y)")
      }
    }
  }

  /// The same elements, each second of a larger tensor.
  private func everySecond(_ x: Tensor) throws -> Tensor {
    if x.rank == 0 { return x }
    var shape = x.shape
    shape[x.rank - 1] *= 2
    let place = try Tensor.zeros(shape, dtype: x.dtype).slice(-1, 1, Int.max, step: 2)
    try place.copy(from: x)
    return place
  }

  private func lastDimensionFirst(_ x: Tensor) throws -> Tensor {
    x.rank < 2 ? x : try x.transpose(0, -1).clone().transpose(0, -1)
  }

  // MARK: - Which operations there are

  private func collect(_ node: Node?, into names: inout Set<String>) {
    var stack = [node].compactMap { $0 }
    var seen: Set<ObjectIdentifier> = []
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      names.insert("\(node.operation.name)")
      for i in 0..<node.inputCount {
        if let source = node.source(i) { stack.append(source) }
      }
    }
  }

  /// The names of all types that conform to Operation or a protocol derived from it, read from the sources.
  private func declaredOperations() throws -> Set<String> {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appendingPathComponent("Sources/ThalwegCore/Operations")
    let pattern = try NSRegularExpression(
      pattern:
        #"enum \w+: [\w, ]*(?:Operation|Activation)[\w, ]* \{\s*(?:///[^\n]*\s*)*package static let name: StaticString = "(\w+)""#
    )
    var names: Set<String> = []
    for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)!
    where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in pattern.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        names.insert(String(text[Range(match.range(at: 1), in: text)!]))
      }
    }
    #expect(names.count > 30, "the pattern does not fit the sources any more")
    return names
  }
}
