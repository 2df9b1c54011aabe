public import ThalwegCore

/// Hears of `fit`'s epochs, and may end training. See `FitOptions.callbacks`.
public protocol FitCallback: AnyObject {
  /// An epoch, from 1, is done. Returns whether training goes on.
  func epochEnded(_ epoch: Int, _ result: EpochResult, _ module: Module) throws(ThalwegError) -> Bool
  /// Training is over, in whatever way.
  func fitEnded(_ module: Module) throws(ThalwegError)
  /// What it goes by that is not in the module, and back, for training that goes on later.
  var memory: FitMemory { get }
  func remember(_ memory: FitMemory)
}

extension FitCallback {
  public var memory: FitMemory { FitMemory() }
  public func remember(_ memory: FitMemory) {}
}

/// Named numbers and tensors.
public struct FitMemory {
  public var numbers: [(name: String, value: Double)] = []
  public var tensors: [(name: String, tensor: Tensor)] = []

  public init() {}

  public subscript(_ name: String) -> Double? { numbers.first { $0.name == name }?.value }
}

/// A number of an epoch that is to become small or large. Raw values are the C interface's.
public enum Monitor: Int32, Sendable {
  case validationLoss = 0
  case validationAccuracy = 1
  case loss = 2
  case accuracy = 3

  /// The number, as one that is to become small.
  func cost(_ result: EpochResult) -> Double {
    switch self {
    case .validationLoss: result.validationLoss
    case .validationAccuracy: -result.validationAccuracy
    case .loss: result.loss
    case .accuracy: -result.accuracy
    }
  }

  /// `cost`; nil if the number was not computed.
  package func knownCost(_ result: EpochResult) -> Double? {
    let cost = cost(result)
    return cost.isNaN ? nil : cost
  }
}

/// Ends training when a number has not become better for some epochs.
public final class EarlyStopping: FitCallback {
  public let monitor: Monitor
  /// Epochs without progress after which training ends.
  public let patience: Int
  /// What is less does not count as progress.
  public let minDelta: Double
  /// Whether the module gets back the parameters and buffers of its best epoch at the end.
  public let restoresBest: Bool
  public private(set) var bestEpoch = 0

  private var best = Double.infinity
  private var state: [(name: String, tensor: Tensor)] = []

  /// - Throws: `.invalidArgument` for a patience below 1.
  public init(
    _ monitor: Monitor = .validationLoss, patience: Int, minDelta: Double = 0, restoresBest: Bool = false
  ) throws(ThalwegError) {
    guard patience >= 1 else {
      throw ThalwegError(.invalidArgument, "early stopping: patience is \(patience); it must be at least 1")
    }
    (self.monitor, self.patience, self.minDelta) = (monitor, patience, minDelta)
    self.restoresBest = restoresBest
  }

  public func epochEnded(
    _ epoch: Int, _ result: EpochResult, _ module: Module
  ) throws(ThalwegError) -> Bool {
    let cost = monitor.cost(result)
    if cost < best - minDelta || (best == .infinity && cost < best) {
      (best, bestEpoch) = (cost, epoch)
      if restoresBest { try keep(module) }
    }
    return epoch - bestEpoch < patience
  }

  public var memory: FitMemory {
    var memory = FitMemory()
    memory.numbers = [("best", best), ("best_epoch", Double(bestEpoch))]
    memory.tensors = state
    return memory
  }

  public func remember(_ memory: FitMemory) {
    best = memory["best"] ?? .infinity
    bestEpoch = memory["best_epoch"].flatMap { Int(exactly: $0) } ?? 0
    state = memory.tensors
  }

  public func fitEnded(_ module: Module) throws(ThalwegError) {
    if !state.isEmpty { try module.load(state: state, strict: false) }
    state = []
  }

  private func keep(_ module: Module) throws(ThalwegError) {
    state = []
    try noGrad { () throws(ThalwegError) in
      for (name, tensor) in module.state() { state.append((name, try tensor.detach().clone())) }
    }
  }
}

/// Calls `save` whenever a number has become better: to keep the best checkpoint.
public final class BestCheckpoint: FitCallback {
  public let monitor: Monitor
  public private(set) var bestEpoch = 0

  private let save: (Module) throws(ThalwegError) -> Void
  private var best = Double.infinity

  public init(_ monitor: Monitor = .validationLoss, save: @escaping (Module) throws(ThalwegError) -> Void) {
    self.monitor = monitor
    self.save = save
  }

  public func epochEnded(
    _ epoch: Int, _ result: EpochResult, _ module: Module
  ) throws(ThalwegError) -> Bool {
    let cost = monitor.cost(result)
    if cost < best {
      (best, bestEpoch) = (cost, epoch)
      try save(module)
    }
    return true
  }

  public func fitEnded(_ module: Module) throws(ThalwegError) {}

  public var memory: FitMemory {
    var memory = FitMemory()
    memory.numbers = [("best", best), ("best_epoch", Double(bestEpoch))]
    return memory
  }

  public func remember(_ memory: FitMemory) {
    best = memory["best"] ?? .infinity
    bestEpoch = memory["best_epoch"].flatMap { Int(exactly: $0) } ?? 0
  }
}
