/// What the gradient does in time: filled by the backward pass of the call that it was given to.
///
/// Norms are over the whole batch, of the gradient that reaches a state in all: by way of the output at its own time and of
/// everything later (earlier, where the call goes backward in time).
package final class RecurrentRecord: Object {
  /// ||∂L/∂h_t||, float64 [T]; nil before the backward pass.
  package private(set) var hidden: Tensor?
  /// ||∂L/∂c_t|| of an LSTM, float64 [T].
  package private(set) var cell: Tensor?

  package override init() { super.init() }

  package func set(hidden: Tensor, cell: Tensor?) {
    self.hidden = hidden
    self.cell = cell
  }
}

/// Watches the states of a composed call.
final class RecurrentWatch {
  private let record: RecurrentRecord
  private let hidden: Tensor
  private let cell: Tensor?
  /// Off for passes that are not meant: those through a form that was made again for its derivative alone.
  var isOn = true

  init(_ record: RecurrentRecord, steps: Int, hasCell: Bool) throws(ThalwegError) {
    self.record = record
    hidden = try Tensor.zeros([steps], dtype: .float64)
    cell = hasCell ? try Tensor.zeros([steps], dtype: .float64) : nil
  }

  func watch(_ h: Tensor, _ c: Tensor?, at step: Int) throws(ThalwegError) {
    try watch(h, hidden, step)
    if let c, let cell { try watch(c, cell, step) }
  }

  private func watch(_ state: Tensor, _ norms: Tensor, _ step: Int) throws(ThalwegError) {
    guard GradMode.isEnabled, state.requiresGrad else { return }
    try state.registerHook { [self] gradient throws(ThalwegError) in
      guard isOn else { return nil }
      try noGrad { () throws(ThalwegError) in
        let g = try gradient.to(.float64)
        let norm = try (g * g).sum().item().squareRoot()
        norms.withElements { $0.store(norm, at: step) }
      }
      record.set(hidden: hidden, cell: cell)
      return nil
    }
  }
}
