import CSystem
import Synchronization

/// Forward-mode differentiation: within a level of the calling thread, tensors may carry tangents (dual numbers), and
/// every operation computes beside its result the result's tangent, by its own rule (`ForwardRules.swift`). Nothing is
/// kept for later, so the memory does not grow with the number of operations; J v costs about two forward passes
/// (Wengert 1964, "A simple automatic derivative evaluation program"; Griewank & Walther 2008, section 3.1).
///
/// Levels may be nested: the tangents of an inner one carry tangents of the outer ones, so derivatives of derivatives
/// come out right. Backward passes within a level give gradients that carry tangents: forward over reverse. Where
/// recording is off (`noGrad`) no tangents are carried.
public final class ForwardLevel {
  private let outer: ForwardLevel?
  private let isActive = Atomic<Bool>(true)

  private init(within outer: ForwardLevel?) { self.outer = outer }

  fileprivate var isLive: Bool { isActive.load(ordering: .relaxed) }

  /// The innermost one of the calling thread.
  package static var current: ForwardLevel? {
    guard let address = UnsafeRawPointer(bitPattern: tw_thread_get(Int32(TW_THREAD_LEVEL))) else {
      return nil
    }
    return Unmanaged<ForwardLevel>.fromOpaque(address).takeUnretainedValue()
  }

  private static func setCurrent(_ level: ForwardLevel?) {
    let address = level.map { Int(bitPattern: Unmanaged.passUnretained($0).toOpaque()) } ?? 0
    tw_thread_set(Int32(TW_THREAD_LEVEL), address)
  }

  /// Begins a level on the calling thread, which `leave` ends.
  public static func enter() -> ForwardLevel {
    let level = ForwardLevel(within: current)
    _ = Unmanaged.passRetained(level)
    setCurrent(level)
    return level
  }

  /// Ends the calling thread's innermost level, which this must be: tensors lose the tangents of it.
  /// - Throws: `.autograd` if it is not.
  public func leave() throws(ThalwegError) {
    guard ForwardLevel.current === self else {
      throw ThalwegError(
        .autograd, "forward mode: this level is not the innermost one of this thread, or has been left")
    }
    isActive.store(false, ordering: .relaxed)
    ForwardLevel.setCurrent(outer)
    Unmanaged.passUnretained(self).release()
  }

  /// Runs `body` in a level of its own.
  public static func with<Result>(
    _ body: (ForwardLevel) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let level = enter()
    defer {
      // And those in it that `body` has begun but not ended.
      while level.isLive, let innermost = current { try? innermost.leave() }
    }
    return try body(level)
  }

  // MARK: - Tensors with tangents

  /// The same values as `primal`, with a tangent of the same shape and dtype. Derivatives of other kinds, and outer levels'
  /// tangents, go on through it.
  /// - Throws: `.shape` or `.dtype` unless they are equal and float; `.autograd` once the level is over.
  public func makeDual(_ primal: Tensor, _ tangent: Tensor) throws(ThalwegError) -> Tensor {
    guard isLive else { throw ThalwegError(.autograd, "make_dual: the level of forward mode is over") }
    guard primal.dtype.isFloat, tangent.dtype == primal.dtype else {
      throw ThalwegError(
        .dtype,
        "make_dual: the tensor is \(primal.dtype), the tangent \(tangent.dtype); they must be one float dtype"
      )
    }
    guard tangent.shape == primal.shape else {
      throw ThalwegError(
        .shape,
        "make_dual: the tangent has shape \(tangent.shape), the tensor \(primal.shape); they must be equal")
    }
    let dual = try primal.node != nil || primal.isTrained ? primal.point() : primal.withoutNode()
    dual.dual = Dual(level: self, tangent: tangent, next: dual.dual)
    return dual
  }

  /// A tensor without its tangent of this level, and that tangent; nil if it has none.
  public func unpack(_ tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
    guard let dual = tensor.dual, let tangent = tangent(of: tensor) else { return (tensor, nil) }
    let primal = tensor.alias()
    if let node = tensor.node { primal.restore(node, output: tensor.outputIndex) }
    primal.dual = dual.without(self)
    return (primal, tangent)
  }

  package func tangent(of tensor: Tensor) -> Tensor? { tensor.dual?.tangent(at: self) }

  /// The calling thread's levels, the outermost first.
  fileprivate static var all: [ForwardLevel] {
    var levels: [ForwardLevel] = []
    var level = current
    while let one = level {
      levels.append(one)
      level = one.outer
    }
    return levels.reversed()
  }

  /// Runs `body` as if this level and those in it had not begun: what is computed has the outer levels' tangents only.
  fileprivate func outside<Result>(
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let word = tw_thread_get(Int32(TW_THREAD_LEVEL))
    ForwardLevel.setCurrent(outer)
    defer { tw_thread_set(Int32(TW_THREAD_LEVEL), word) }
    return try body()
  }
}

/// A tensor's tangents: a list, of the innermost level first.
package final class Dual {
  fileprivate let level: ForwardLevel
  fileprivate let tangent: Tensor
  fileprivate let next: Dual?

  fileprivate init(level: ForwardLevel, tangent: Tensor, next: Dual?) {
    (self.level, self.tangent, self.next) = (level, tangent, next)
  }

  fileprivate func tangent(at wanted: ForwardLevel) -> Tensor? {
    var dual: Dual? = self
    while let one = dual {
      if one.level === wanted { return one.tangent }
      dual = one.next
    }
    return nil
  }

  fileprivate func without(_ unwanted: ForwardLevel) -> Dual? {
    if level === unwanted { return next }
    return Dual(level: level, tangent: tangent, next: next?.without(unwanted))
  }

  fileprivate var isLive: Bool {
    var dual: Dual? = self
    while let one = dual {
      if one.level.isLive { return true }
      dual = one.next
    }
    return false
  }
}

extension Tensor {
  /// The tangents, if one of their levels is not over yet.
  package var liveDual: Dual? {
    guard let dual, dual.isLive else { return nil }
    return dual
  }

  /// This tensor without a place in the graph, but with its tangents.
  package func withoutNode() -> Tensor {
    let tensor = alias()
    tensor.dual = dual
    return tensor
  }

  /// Another tensor over the same elements to take derivatives at: a leaf that requires a gradient, or, where this one is
  /// itself part of a graph, connected with it. With the same tangents.
  /// - Throws: `.dtype` unless float.
  public func point() throws(ThalwegError) -> Tensor {
    let point = withoutNode()
    if node != nil || isTrained {
      let node = Node(Clone.self)
      try node.connect(self)
      point.restore(node, output: 0)
    } else {
      try point.setRequiresGrad(true)
    }
    return point
  }
}

extension Node {
  /// Gives output `index` the tangents that it has from those of the inputs, at every level of the thread: the outermost
  /// first, as those of the inner ones depend on them.
  package func setTangents(of output: Tensor, _ index: Int) throws(ThalwegError) {
    let form = OutputForm(index: index, shape: output.shape, dtype: output.dtype)
    guard output.dtype.isFloat, let duals else { return }
    for level in ForwardLevel.all {
      let tangents = duals.map { $0?.tangent(at: level) }
      guard tangents.contains(where: { $0 != nil }) else { continue }
      let full = tangents + Array(repeating: nil, count: max(0, inputCount - tangents.count))
      let found = try level.outside { () throws(ThalwegError) in try operation.forward(self, full, form) }
      guard let found else { continue }
      // A rule may have taken derivatives at leaves of its own.
      let isGraph = isConnected || tangents.contains { $0?.node != nil || $0?.isTrained == true }
      output.dual = Dual(level: level, tangent: isGraph ? found : found.withoutNode(), next: output.dual)
    }
  }
}
