public import ThalwegCore

/// Backpropagation through time that is cut: gradients flow back a bounded number of steps, states go on.
///
/// A sequence of T steps is gone through in windows. With the loss of every `interval` new steps (k1) gradients go back
/// `reach` steps from the last of them (k2, τ; Williams & Peng 1990, "An efficient gradient-based algorithm for on-line
/// training of recurrent network trajectories", BPTT(h; h')). Memory is that of `reach` steps, however long the sequence is.
/// With both equal the windows are chunks that are computed once each; else the steps before an interval are computed again.
/// With `reach` of T or more the gradient is that of the whole sequence.
///
/// The second direction of a layer begins with zeros at the end of each window, whose steps are all that it sees; windows
/// must not overlap then.
public struct TruncatedBackpropagation: Sendable {
  public let reach: Int
  public let interval: Int

  /// - Parameters:
  ///   - reach: τ or k2: how many steps gradients go back.
  ///   - interval: k1: after how many steps; nil: as many.
  /// - Throws: `.invalidArgument` unless 1 <= interval <= reach.
  public init(reach: Int, interval: Int? = nil) throws(ThalwegError) {
    guard reach >= 1, (1...reach).contains(interval ?? reach) else {
      throw ThalwegError(
        .invalidArgument,
        "tbptt: gradients go back \(reach) steps after every \(interval ?? reach); the first must be at least 1, the second from 1 to the first"
      )
    }
    self.reach = reach
    self.interval = interval ?? reach
  }

  /// Steps that are computed together, and those of them whose loss counts, the last ones.
  package struct Window: Equatable {
    package var start, lossStart, end: Int
  }

  /// Nil behind the last window.
  package func window(after previous: Window?, steps: Int) -> Window? {
    let lossStart = previous?.end ?? 0
    guard lossStart < steps else { return nil }
    let end = lossStart + min(interval, steps - lossStart)
    return Window(
      start: reach == interval ? lossStart : max(0, end - reach), lossStart: lossStart, end: end)
  }

  /// Goes once through `input` and accumulates the gradients of the loss of all steps in the parameters of `module`.
  ///
  /// The recurrent layers of `module` begin with the states that they keep (`resetState` for zeros), and keep the last.
  /// - Parameters:
  ///   - input: time along `dim`, as for `module`.
  ///   - target: the same for the loss.
  ///   - dim: 0 or, for batches first, 1.
  ///   - loss: of a window's steps; to cross-entropy outputs are [T, B, classes] for targets [T, B].
  ///   - mean: whether losses are means over their steps, so that the sum counts each by its share of all steps; else they
  ///     are added as they are.
  ///   - after: called behind each window's backward pass with its loss, to clip and to step, for instance. False ends.
  /// - Returns: the loss of all steps.
  /// - Throws: what module and loss throw; `.shape` for an input or target without time, or a loss that is no scalar.
  @discardableResult
  public func callAsFunction(
    _ module: Module, _ input: Tensor, _ target: Tensor, dim: Int = 0, loss: Loss, mean: Bool = true,
    after: ((Double) throws(ThalwegError) -> Bool)? = nil
  ) throws(ThalwegError) -> Double {
    guard dim == 0 || dim == 1, input.rank > dim, target.rank > dim, input.shape[dim] == target.shape[dim]
    else {
      throw ThalwegError(
        .shape,
        "tbptt: input \(input.shape) and target \(target.shape) must have the same number of steps along dimension \(dim), which is 0 or 1"
      )
    }
    let recurring = module.recurring, layers = recurring.map(\.carried)
    guard !layers.isEmpty else {
      throw ThalwegError(.invalidArgument, "tbptt: this \(module.typeName) has no recurrent layer")
    }
    let steps = input.shape[dim]
    guard
      interval == reach || interval >= steps
        || !recurring.contains(where: { ($0 as? RecurrentLayer)?.settings.bidirectional == true })
    else {
      throw ThalwegError(
        .invalidArgument,
        "tbptt: with a layer of two directions gradients go back as many steps as the loss has (k1 = tau); the second direction cannot begin in the middle of a window"
      )
    }
    let loss = loss.ofSequences
    let modes = layers.map(\.carrying)
    for layer in layers where layer.carrying == .none { layer.carrying = .detached }
    defer { for (layer, mode) in zip(layers, modes) { layer.carrying = mode } }
    var total = 0.0
    var window = window(after: nil, steps: steps)
    while let now = window {
      let next = self.window(after: now, steps: steps)
      let output = try run(module, input, dim, now, split: next?.start ?? now.end, layers)
      let part = try loss(output, target.slice(dim, now.lossStart, now.end))
      let share = mean ? Double(now.end - now.lossStart) / Double(steps) : 1
      try (share == 1 ? part : part * share).backward()
      total += try part.item() * share
      if try after?(part.item()) == false { break }
      window = next
    }
    return total
  }

  /// The outputs of the window's steps whose loss counts. The layers are left in the state of the step `split`, where the
  /// next window begins, or, behind the last, of the end.
  private func run(
    _ module: Module, _ input: Tensor, _ dim: Int, _ window: Window, split: Int, _ layers: [CarriedState]
  ) throws(ThalwegError) -> Tensor {
    defer { for layer in layers { layer.carrying = .detached } }
    let isWhole = split == window.end
    if isWhole {
      return try tail(module(input.slice(dim, window.start, window.end)), dim, window, window.start)
    }
    var parts: [Tensor] = []
    for layer in layers { layer.carrying = .attached }
    if split > window.start {
      let head = try module(input.slice(dim, window.start, split))
      if split > window.lossStart { parts.append(try tail(head, dim, window, window.start)) }
    }
    let states = layers.map(\.state)
    let rest = try module(input.slice(dim, split, window.end))
    parts.append(try tail(rest, dim, window, split))
    for (layer, state) in zip(layers, states) { layer.state = state?.detached() }
    return parts.count == 1 ? parts[0] : try Tensor.cat(parts, dim: dim)
  }

  /// Of outputs that begin with the step `first` those from `lossStart` on.
  private func tail(
    _ output: Tensor, _ dim: Int, _ window: Window, _ first: Int
  ) throws(ThalwegError) -> Tensor {
    guard output.rank > dim else {
      throw ThalwegError(
        .shape, "tbptt: the output has shape \(output.shape); it must have the steps along dimension \(dim)")
    }
    let skip = max(0, window.lossStart - first)
    return skip == 0 ? output : try output.slice(dim, skip, output.shape[dim])
  }
}
