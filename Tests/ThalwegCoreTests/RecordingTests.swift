import Testing
@testable import ThalwegCore

/// Recorded steps over the table of all operations.
@Suite struct RecordingTests {
  /// Recorded with some values and run with others, an operation and its derivatives have the bits that they have without a
  /// recording; or the recording says that it cannot be repeated.
  @Test(arguments: OperationCase.all)
  func repeatsOrRefuses(_ test: OperationCase) throws {
    for dtype in [DType.float64, .float32] {
      let (given, others) = try (values(test, dtype, 1), values(test, dtype, 1.0078125))
      guard let (step, outputs) = try recorded(given, test) else { return }
      for values in [others, given] {
        try step.run(values)
        let expected = try results(values, test.function)
        #expect(outputs.count == expected.count, "\(test.name)")
        for (i, (found, right)) in zip(outputs, expected).enumerated() {
          #expect(try bytes(found) == bytes(right), "\(test.name), \(dtype), result \(i)")
        }
      }
    }
  }

  /// Nil if it was refused.
  private func recorded(
    _ inputs: [Tensor], _ test: OperationCase
  ) throws -> (RecordedStep, [Tensor])? {
    try RecordedStep.begin(inputs)
    do {
      let outputs = try results(inputs, test.function)
      return (try RecordedStep.end(outputs), outputs)
    } catch let error as ThalwegError {
      RecordedStep.abort()
      let isRefusal =
        error.message.contains("cannot be recorded") || error.message.contains("a step is being recorded")
      #expect(isRefusal, "\(test.name): \(error.message)")
      return nil
    }
  }

  private func values(_ test: OperationCase, _ dtype: DType, _ factor: Double) throws -> [Tensor] {
    try test.inputs().map { try ($0.detach() * factor).to(dtype).contiguous() }
  }

  /// The value, the gradients, and the gradients of those.
  private func results(_ inputs: [Tensor], _ function: GradCheck.Function) throws -> [Tensor] {
    let leaves = inputs.map { $0.detach() }
    for leaf in leaves { try leaf.setRequiresGrad(true) }
    let y = try function(leaves)
    var all = [y.detach()]
    guard y.requiresGrad else { return all }
    let seed = try Tensor.full(y.shape, 0.75, dtype: y.dtype)
    let first = try grad([y], leaves, seeds: [seed], createGraph: true, allowUnused: true).compactMap { $0 }
    all += first.map { $0.detach() }
    let roots = first.filter(\.requiresGrad)
    if roots.isEmpty { return all }
    let seeds = try roots.map { try Tensor.full($0.shape, 0.5, dtype: $0.dtype) }
    let second = try grad(roots, leaves, seeds: seeds, allowUnused: true)
    return all + second.compactMap { $0?.detach() }
  }

  private func bytes(_ x: Tensor) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: x.numel * x.dtype.size)
    try result.withUnsafeMutableBytes { try x.copy(to: $0) }
    return result
  }
}
