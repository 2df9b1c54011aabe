public import ThalwegCore

/// How large the loss's gradient with respect to a recurrent layer's state is at every step, as a backward pass found it:
/// where it vanishes or explodes on its way back through time (Hochreiter 1991; Bengio, Simard & Frasconi 1994).
public struct GradientNorms {
  /// ‖∂L/∂h_t‖ over the batch and all units, [layers directions, T]; both what comes from the step's output and what comes
  /// from the steps behind it.
  public let hidden: Tensor
  /// ‖∂L/∂c_t‖ of an LSTM.
  public let cell: Tensor?
}

/// What the latest call's operations leave in their backward pass, on request.
final class GradientNormKeeper {
  private let lock = SpinLock()
  private var isOn = false
  private var records: [RecurrentRecord] = []

  var isKeeping: Bool {
    get {
      lock.lock()
      defer { lock.unlock() }
      return isOn
    }
    set {
      lock.lock()
      isOn = newValue
      let old = records
      records = []
      lock.unlock()
      withExtendedLifetime(old) {}
    }
  }

  /// Records for a call's operations, one each; none if nobody asks.
  func begin(_ count: Int) -> [RecurrentRecord] {
    guard isKeeping else { return [] }
    let fresh = (0..<count).map { _ in RecurrentRecord() }
    lock.lock()
    let old = records
    records = fresh
    lock.unlock()
    withExtendedLifetime(old) {}
    return fresh
  }

  var latest: [RecurrentRecord] {
    lock.lock()
    defer { lock.unlock() }
    return records
  }
}

extension RecurrentLayer {
  /// Whether calls keep the norms of their states' gradients when a backward pass goes through them.
  public final var keepsGradientNorms: Bool {
    get { gradientNorms.isKeeping }
    set { gradientNorms.isKeeping = newValue }
  }

  /// What the backward pass through the latest call has found.
  /// - Throws: `.autograd` if norms are not kept, or no pass has gone through the latest call.
  public final func latestGradientNorms() throws(ThalwegError) -> GradientNorms {
    guard keepsGradientNorms else {
      throw ThalwegError(
        .autograd, "gradient_norms: this \(typeName) keeps none; ask for them before the forward pass")
    }
    var (hidden, cells): ([Tensor], [Tensor]) = ([], [])
    for record in gradientNorms.latest {
      guard let norms = record.hidden else { break }
      hidden.append(norms)
      if let norms = record.cell { cells.append(norms) }
    }
    guard !hidden.isEmpty, hidden.count == slots.count else {
      throw ThalwegError(
        .autograd, "gradient_norms: no backward pass has gone through this \(typeName)'s latest call")
    }
    return GradientNorms(
      hidden: try Tensor.stack(hidden), cell: cells.isEmpty ? nil : try Tensor.stack(cells))
  }
}
