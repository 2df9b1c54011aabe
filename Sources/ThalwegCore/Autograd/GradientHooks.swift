import Synchronization

/// What is called with the gradient of a tensor when a backward pass has it whole.
package final class GradientHooks {
  package typealias Hook = (Tensor) throws(ThalwegError) -> Tensor?

  private var hooks: [(id: Int, output: Int, call: Hook)] = []
  /// Results of operations that keep their gradient, as `retainGrad` asks.
  private var retaining: [(output: Int, tensor: WeakTensor)] = []

  private struct WeakTensor {
    weak var tensor: Tensor?
  }

  private static let ids = Atomic<Int>(0)

  fileprivate func add(output: Int, _ hook: @escaping Hook) -> Int {
    let id = GradientHooks.ids.wrappingAdd(1, ordering: .relaxed).newValue
    hooks.append((id, output, hook))
    return id
  }

  fileprivate func remove(_ id: Int) -> Bool {
    let count = hooks.count
    hooks.removeAll { $0.id == id }
    return hooks.count < count
  }

  fileprivate func retain(_ tensor: Tensor, output: Int) {
    if retaining.contains(where: { $0.tensor.tensor === tensor }) { return }
    retaining.append((output, WeakTensor(tensor: tensor)))
  }

  /// The gradient as the hooks leave it.
  package func call(_ gradient: Tensor, output: Int) throws(ThalwegError) -> Tensor {
    var gradient = gradient
    for hook in hooks where hook.output == output {
      guard let changed = try hook.call(gradient) else { continue }
      guard changed.shape == gradient.shape, changed.dtype == gradient.dtype else {
        throw ThalwegError(
          .autograd,
          """
          register_hook: a hook returned \(changed.dtype) \(changed.shape) for a gradient of \(gradient.dtype) \
          \(gradient.shape); they must be equal
          """)
      }
      gradient = changed
    }
    for keeper in retaining where keeper.output == output {
      guard let tensor = keeper.tensor.tensor else { continue }
      let total = if let sum = tensor.grad { try sum + gradient } else { try gradient.clone() }
      tensor.exchangeGradient(total)
    }
    return gradient
  }
}

extension Tensor {
  /// Calls `hook` with this tensor's gradient whenever a backward pass has computed it, before the gradient goes on or
  /// is accumulated. What the hook returns, of the same shape and dtype, takes the gradient's place; nil leaves it.
  /// Hooks run in the order of their registration. A result's hooks live as long as its graph.
  /// - Returns: a number to remove the hook by.
  /// - Throws: `.autograd` if the tensor does not require a gradient.
  @discardableResult
  public func registerHook(
    _ hook: @escaping (Tensor) throws(ThalwegError) -> Tensor?
  ) throws(ThalwegError) -> Int {
    try hooks(for: "register_hook").add(output: outputIndex, hook)
  }

  /// Removes a hook; false if there is none of that number.
  @discardableResult
  public func removeHook(_ id: Int) -> Bool { (node?.hooks ?? leafHooks)?.remove(id) ?? false }

  /// Makes this result of an operation accumulate its gradient in `grad` as leaves do. Nothing to do for leaves.
  /// - Throws: `.autograd` if the tensor does not require a gradient.
  public func retainGrad() throws(ThalwegError) {
    let hooks = try hooks(for: "retain_grad")
    if node != nil { hooks.retain(self, output: outputIndex) }
  }

  private func hooks(for function: StaticString) throws(ThalwegError) -> GradientHooks {
    guard requiresGrad else {
      throw ThalwegError(
        .autograd,
        "\(function): the tensor (shape \(shape)) does not require a gradient, so it will never have one")
    }
    if let hooks = node?.hooks ?? leafHooks { return hooks }
    let hooks = GradientHooks()
    if let node { node.hooks = hooks } else { leafHooks = hooks }
    return hooks
  }
}
