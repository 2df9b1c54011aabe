public import ThalwegCore

/// What `fit` may be told.
public struct FitOptions {
  /// Passes over the loader's samples.
  public var epochs = 1
  /// Evaluated after each epoch, in evaluation mode and without recording.
  public var validation: DataLoader?
  /// Whether a loss that is not finite is an error. The step is not taken then.
  public var stopsOnNonFiniteLoss = true
  /// Called at the end of each batch and epoch, and about every 50 ms between layers. False ends training: in the middle
  /// of a batch, that batch is given up and changes nothing. It may use the module, but must not train it.
  public var progress: ((FitProgress) -> Bool)?
  /// Called with each epoch's result as the epoch ends, before `progress`; also heard where a later epoch fails.
  public var epochEnd: ((EpochResult) -> Void)?
  /// Hear of each epoch after `epochEnd`, in order, such as `EarlyStopping` and `BestCheckpoint`.
  public var callbacks: [any FitCallback] = []
  /// Where training is recorded and goes on from if something was; nil: nowhere.
  public var recorder: (any FitRecorder)?

  public init(epochs: Int = 1, validation: DataLoader? = nil, progress: ((FitProgress) -> Bool)? = nil) {
    self.epochs = epochs
    self.validation = validation
    self.progress = progress
  }
}

/// Trains `module` on the batches of `loader`, each two arrays: inputs and targets.
///
/// The module is in training mode meanwhile (evaluation mode during validation) and left in the mode it was in. To stop
/// early, by the callback or with `cancelFit` of the optimizer, is an ordinary end.
/// With a `recorder` that has something training goes on from there, to the same bits as if it had never ended.
/// - Returns: a result for each epoch that was completed, those of the training that it goes on from included.
/// - Throws: what the module, the loss, the loader or the optimizer throws; `.invalidArgument` for no epochs or a loss that
///   is not finite. The module keeps the steps that were taken before.
@discardableResult
public func fit(
  _ module: Module, loss: Loss, optimizer: Optimizer, loader: DataLoader, options: FitOptions = FitOptions()
) throws(ThalwegError) -> [EpochResult] {
  try FitSession(module, loss, optimizer, loader, options).run()
}

/// The mean loss over the batches of `loader`, and the share of right classes (NaN where targets are none), in evaluation
/// mode and without recording. The module is left in the mode it was in.
/// - Throws: what the module, the loss or the loader throws.
public func evaluate(
  _ module: Module, loader: DataLoader, loss: Loss
) throws(ThalwegError) -> (loss: Double, accuracy: Double) {
  let score = try Evaluation.score(module, loader, loss, "evaluate") { () throws(ThalwegError) in }
  return (score.loss, score.accuracy)
}

enum Evaluation {
  static func score(
    _ module: Module, _ loader: DataLoader, _ loss: Loss, _ function: StaticString,
    _ afterBatch: () throws(ThalwegError) -> Void
  ) throws(ThalwegError) -> Score {
    let modes = TrainingModes(of: module)
    defer { modes.restore() }
    module.train(false)
    var score = Score()
    try noGrad { () throws(ThalwegError) in
      try loader.startEpoch()
      while let arrays = try loader.next() {
        let batch = try Batch(arrays, function)
        let output = try module(batch.input)
        let value = try loss(output, batch.target).item()
        score.add(loss: value, hits: try loss.hits(output, batch.target), samples: batch.samples)
        try afterBatch()
      }
    }
    return score
  }
}

/// The mode of each module of a tree: some may have been put in evaluation mode on their own.
struct TrainingModes {
  private let modes: [(module: Module, isTraining: Bool)]

  init(of module: Module) { modes = module.namedModules().map { ($0.module, $0.module.isTraining) } }

  func restore() {
    for (module, isTraining) in modes { module.setTraining(isTraining) }
  }
}
