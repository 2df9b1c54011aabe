/// Anomaly mode: every operation of this thread looks whether it makes Inf or NaN of finite numbers, forward and
/// backward, and the first that does fails with an error that names it, its inputs' shapes and ranges, and the place
/// that the user called it from. For finding the origin, not for training: each operation then reads its inputs and
/// its result once more.
public enum AnomalyMode {
  /// Off at a thread's start.
  public static var isEnabled: Bool {
    get { GradMode.bits & GradMode.anomaly != 0 }
    set { GradMode.set(GradMode.anomaly, newValue) }
  }

  /// Tells from where the user called, as "train.py:12"; nil if it cannot. A language binding sets it; it is asked on
  /// the thread that computes.
  public typealias CallSite = @Sendable () -> String?

  private static let lock = SpinLock()
  nonisolated(unsafe) private static var source: CallSite?

  public static func setCallSite(_ callSite: CallSite?) {
    lock.lock()
    let old = source
    source = callSite
    lock.unlock()
    _ = old  // freed outside the lock
  }

  fileprivate static var place: String? {
    lock.lock()
    let callSite = source
    lock.unlock()
    return callSite?()
  }
}

/// What anomaly mode remembers of an operation.
package final class Trace {
  private var inputs: [TensorRange] = []
  private let place = AnomalyMode.place

  package func add(_ input: Tensor) throws(ThalwegError) { inputs.append(try TensorRange(input)) }

  /// - Throws: `.autograd` if the result is not finite although all inputs are.
  package func check(_ result: Tensor, of operation: StaticString) throws(ThalwegError) {
    let range = try TensorRange(result)
    if range.isFinite || inputs.contains(where: { !$0.isFinite }) { return }
    throw ThalwegError(
      .autograd,
      "\(operation): made \(range.culprit) of finite numbers: the result is \(range)\(circumstances)")
  }

  /// - Throws: `.autograd` if the gradient sent to input `i` is not finite although those that arrived are.
  package static func check(_ sent: Tensor, to i: Int, from node: Node) throws(ThalwegError) {
    let range = try TensorRange(sent)
    if range.isFinite { return }
    var before: [TensorRange] = []
    for gradient in node.allArrived { before.append(try TensorRange(gradient)) }
    guard let first = before.first, before.allSatisfy(\.isFinite) else { return }
    let story =
      node.trace?.circumstances ?? "; it was computed before anomaly mode was on, so no more is known"
    throw ThalwegError(
      .autograd,
      """
      backward of \(node.operation.name): made \(range.culprit) of finite numbers: the gradient of input \(i) is \
      \(range), the one of the result was \(first)\(story)
      """)
  }

  private var circumstances: String {
    var text = ""
    for (i, input) in inputs.enumerated() { text += "; input \(i) is \(input)" }
    if let place { text += "; called at \(place)" }
    return text
  }
}

/// The smallest and the largest element, for people to read.
private struct TensorRange: CustomStringConvertible {
  private let dtype: DType
  private let shape: Dims
  private let bounds: (low: Double, high: Double)?

  init(_ tensor: Tensor) throws(ThalwegError) {
    (dtype, shape) = (tensor.dtype, tensor.shape)
    bounds =
      tensor.numel == 0
      ? nil
      : try GradMode.with(GradMode.anomaly, false) { () throws(ThalwegError) in
        try noGrad { () throws(ThalwegError) in try (tensor.amin().item(), tensor.amax().item()) }
      }
  }

  var isFinite: Bool { bounds.map { $0.low.isFinite && $0.high.isFinite } ?? true }
  /// A NaN makes both bounds NaN.
  var culprit: String { bounds.map { $0.low.isNaN ? "NaN" : "Inf" } ?? "nothing" }

  var description: String {
    guard let bounds else { return "\(dtype) \(shape), empty" }
    if bounds.low.isNaN { return "\(dtype) \(shape) with NaN" }
    return "\(dtype) \(shape) from \(bounds.low) to \(bounds.high)"
  }
}
