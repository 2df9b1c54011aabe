public import ThalwegCore

/// Where `fit` keeps how far it is, with everything that it trains, so that another `fit` goes on from there. A
/// `FitCheckpoints` of ThalwegIO keeps it in files.
public protocol FitRecorder: AnyObject {
  /// Batches between two records inside an epoch; 0: none but that at the end of each epoch.
  var everyBatches: Int { get }
  func record(_ record: FitRecord) throws(ThalwegError)
  /// The last record, after everything is as it was then; nil if there is none.
  func resume() throws(ThalwegError) -> FitRecord?
}

/// How far `fit` is, beside modules, optimisers and loaders, which a recorder keeps by itself.
public struct FitRecord {
  /// Steps that were taken in all.
  public let steps: Int
  /// The epochs that are complete.
  public let history: [EpochResult]
  /// Of the epoch that is not.
  let score: Score?
  let callbacks: [FitMemory]
  /// Whether no epoch has begun that is not complete.
  public var isEpochEnd: Bool { score == nil }

  init(steps: Int, history: [EpochResult], score: Score?, callbacks: [FitMemory]) {
    self.steps = steps
    self.history = history
    self.score = score
    self.callbacks = callbacks
  }

  /// All of it as named numbers and tensors.
  public var memory: FitMemory {
    var memory = FitMemory()
    memory.numbers.append(("steps", Double(steps)))
    func add(_ name: String, _ parts: [Double]) {
      for (i, part) in parts.enumerated() { memory.numbers.append(("\(name).\(i)", part)) }
    }
    for (i, result) in history.enumerated() { add("epoch.\(i)", result.parts) }
    if let score { add("score", score.parts) }
    for (i, callback) in callbacks.enumerated() {
      memory.numbers += callback.numbers.map { ("callback.\(i).\($0.name)", $0.value) }
      memory.tensors += callback.tensors.map { ("callback.\(i).\($0.name)", $0.tensor) }
    }
    return memory
  }

  /// From what `memory` gave.
  public init(_ memory: FitMemory) {
    func parts(_ name: String) -> [Double] {
      var result: [Double] = []
      while let value = memory["\(name).\(result.count)"] { result.append(value) }
      return result
    }
    var history: [EpochResult] = []
    while let result = EpochResult(parts("epoch.\(history.count)")) { history.append(result) }
    var callbacks: [FitMemory] = []
    while true {
      let prefix = "callback.\(callbacks.count)."
      var callback = FitMemory()
      for (name, value) in memory.numbers where name.hasPrefix(prefix) {
        callback.numbers.append((String(name.dropFirst(prefix.count)), value))
      }
      for (name, tensor) in memory.tensors where name.hasPrefix(prefix) {
        callback.tensors.append((String(name.dropFirst(prefix.count)), tensor))
      }
      if callback.numbers.isEmpty && callback.tensors.isEmpty { break }
      callbacks.append(callback)
    }
    self.init(
      steps: memory["steps"].flatMap { Int(exactly: $0) } ?? 0, history: history,
      score: Score(parts("score")), callbacks: callbacks)
  }
}
