import Glibc
public import ThalwegCore

/// From the rate that there is to another one in some epochs, and then no more change: the rate at which weights are
/// averaged. Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization".
///
/// Made with a last epoch, it goes on from there, where PyTorch's begins to anneal again.
public final class SWALR: Schedule {
  private let epochs: Int
  private let isLinear: Bool
  private var target: [Double] = []

  /// - Parameters:
  ///   - rate: the rate in the end, for all groups or one each.
  ///   - epochs: how long it takes; with 0 the rate is set at once.
  ///   - isLinear: whether it goes along a line, not half a cosine wave.
  /// - Throws: `.invalidArgument` for a negative number of epochs, and rates that are not finite or neither one nor as many
  ///   as groups; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, rate: [Double], epochs: Int = 10, isLinear: Bool = false, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.epochs, self.isLinear) = (epochs, isLinear)
    try super.init(optimizer, "SWALR", lastEpoch: lastEpoch)
    try check(Double(epochs), "anneal_epochs", atLeast: 0, atMost: Double(Int32.max))
    target = try spread(rate, "swa_lr")
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    if isInitial, epochs > 0 { return now }
    let before = share(lastEpoch - 1)
    if before == 1 { return target[group] }
    let first = (now - before * target[group]) / (1 - before), share = share(lastEpoch)
    return target[group] * share + first * (1 - share)
  }

  /// How much of the way is done at an epoch, 0 to 1.
  private func share(_ epoch: Int) -> Double {
    let epoch = max(0, epoch)
    if epoch >= epochs { return 1 }
    let part = Double(epoch) / Double(epochs)
    return isLinear ? part : (1 - cos(.pi * part)) / 2
  }
}
