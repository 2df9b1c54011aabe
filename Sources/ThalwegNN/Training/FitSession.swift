import CSystem
import ThalwegCore

/// One run of `fit`.
final class FitSession {
  private let module: Module
  private let loss: Loss
  private let optimizer: Optimizer
  private let loader: DataLoader
  private let options: FitOptions

  private var progress = FitProgress()
  private var history: [EpochResult] = []
  private var isStopped = false
  private let start = tw_clock()
  private var lastCall = tw_clock()
  /// When the first batch was done: what came before it, caches and files, says little about the rest.
  private var firstBatchDone: UInt64?
  private var batchesDone = 0
  /// Batches of the training that this one goes on from.
  private var batchesBefore = 0
  /// The score of the epoch that a recorded training was in.
  private var resumedScore: Score?

  private static let interval: UInt64 = 50_000_000

  init(
    _ module: Module, _ loss: Loss, _ optimizer: Optimizer, _ loader: DataLoader, _ options: FitOptions
  ) throws(ThalwegError) {
    guard options.epochs >= 1 else {
      throw ThalwegError(.invalidArgument, "fit: epochs is \(options.epochs); at least 1 is needed")
    }
    if let validation = options.validation, validation === loader {
      throw ThalwegError(
        .invalidArgument, "fit: the validation loader is the training loader; open another one on its data")
    }
    self.module = module
    self.loss = loss
    self.optimizer = optimizer
    self.loader = loader
    self.options = options
    progress.epochs = options.epochs
  }

  func run() throws(ThalwegError) -> [EpochResult] {
    optimizer.fitIsCancelled.value = false
    let modes = TrainingModes(of: module)
    defer { modes.restore() }
    let checkpoint = Checkpoint { [unowned self] () throws(ThalwegError) in try self.beat() }
    do throws(ThalwegError) {
      try checkpoint.whileRunning { () throws(ThalwegError) in
        try GradMode.with(true) { () throws(ThalwegError) in
          let first = try firstEpoch()
          guard first <= options.epochs else { return }
          for epoch in first...options.epochs where !isStopped { try run(epoch: epoch) }
        }
      }
    } catch {
      optimizer.zeroGrad()  // of a batch that was given up
      for callback in options.callbacks { try? callback.fitEnded(module) }
      if !isStopped { throw error }
      return history
    }
    for callback in options.callbacks { try callback.fitEnded(module) }
    return history
  }

  private func run(epoch: Int) throws(ThalwegError) {
    let began = tw_clock()
    var score = resumedScore ?? Score()
    resumedScore = nil
    progress = FitProgress()
    progress.epoch = epoch
    progress.batch = score.batches
    progress.epochs = options.epochs
    progress.batches = loader.batchCount
    module.train(true)
    try loader.startEpoch()
    while let arrays = try loader.next() {
      try train(on: Batch(arrays, "fit"), &score)
      progress.batch = score.batches
      progress.loss = score.loss
      progress.accuracy = score.accuracy
      batchesDone &+= 1
      if firstBatchDone == nil { firstBatchDone = tw_clock() }
      try record(score, isEpochEnd: false)
      try report(.batchEnd)
    }
    guard score.samples > 0 else {
      throw ThalwegError(.invalidArgument, "fit: the loader gave no samples; there is nothing to train on")
    }
    if let validation = options.validation {
      let result = try Evaluation.score(module, validation, loss, "fit") { () throws(ThalwegError) in
        try report(.validationBatchEnd)
      }
      progress.validationLoss = result.loss
      progress.validationAccuracy = result.accuracy
    }
    var result = EpochResult()
    result.loss = score.loss
    result.accuracy = score.accuracy
    result.validationLoss = progress.validationLoss
    result.validationAccuracy = progress.validationAccuracy
    result.seconds = Double(tw_clock() &- began) * 1e-9
    history.append(result)
    options.epochEnd?(result)
    for callback in options.callbacks {
      if try !callback.epochEnded(epoch, result, module) { isStopped = true }
    }
    try record(score, isEpochEnd: true)
    try report(.epochEnd)
  }

  private func train(on batch: Batch, _ score: inout Score) throws(ThalwegError) {
    optimizer.zeroGrad()
    let output = try module(batch.input)
    let value = try loss(output, batch.target)
    let number = try value.item()
    guard number.isFinite || !options.stopsOnNonFiniteLoss else {
      throw ThalwegError(
        .invalidArgument,
        """
        fit: the loss of batch \(progress.batch + 1) of epoch \(progress.epoch) is \(number); a smaller learning rate or \
        scaled inputs may help
        """
      )
    }
    try value.backward()
    try optimizer.step()
    score.add(loss: number, hits: try loss.hits(output, batch.target), samples: batch.samples)
  }

  // MARK: - The record

  /// The epoch to begin with: 1, or that of the recorded training.
  private func firstEpoch() throws(ThalwegError) -> Int {
    guard let record = try options.recorder?.resume() else { return 1 }
    batchesBefore = record.steps
    history = record.history
    for result in history { options.epochEnd?(result) }
    for (callback, memory) in zip(options.callbacks, record.callbacks) { callback.remember(memory) }
    resumedScore = record.score
    return history.count &+ 1
  }

  private func record(_ score: Score, isEpochEnd: Bool) throws(ThalwegError) {
    guard let recorder = options.recorder else { return }
    let interval = recorder.everyBatches
    guard isEpochEnd || (interval > 0 && score.batches % interval == 0) else { return }
    try recorder.record(
      FitRecord(
        steps: batchesBefore &+ batchesDone, history: history, score: isEpochEnd ? nil : score,
        callbacks: options.callbacks.map(\.memory)))
  }

  // MARK: - Progress

  /// Between layers: the callback's turn, if it has waited long enough.
  private func beat() throws(ThalwegError) {
    if optimizer.fitIsCancelled.value || tw_clock() &- lastCall >= FitSession.interval {
      try report(.running)
    }
  }

  private func report(_ event: FitProgress.Event) throws(ThalwegError) {
    let now = tw_clock()
    progress.event = event
    progress.seconds = Double(now &- start) * 1e-9
    progress.secondsLeft = secondsLeft(now)
    if let call = options.progress, !call(progress) { isStopped = true }
    lastCall = tw_clock()
    if optimizer.fitIsCancelled.value { isStopped = true }
    if isStopped { throw ThalwegError(.cancelled, "fit: training was stopped") }
  }

  /// What the batches to come take if they take as long as those so far, validation included.
  private func secondsLeft(_ now: UInt64) -> Double {
    guard let firstBatchDone, progress.batches > 0 else { return .nan }
    let left = max(0, Double(options.epochs) * Double(progress.batches) - Double(batchesDone))
    if left == 0 { return 0 }
    guard batchesDone > 1 else { return .nan }
    return Double(now &- firstBatchDone) * 1e-9 / Double(batchesDone - 1) * left
  }
}
