public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - Training and evaluation

private var fitDefaults: tw_fit_options {
  tw_fit_options(
    struct_size: MemoryLayout<tw_fit_options>.size, epochs: 1, validation: nil, loss: 0,
    stop_on_non_finite_loss: 1, loss_callback: nil, callback: nil, user_data: nil,
    monitor: Int32(TW_MONITOR_VALIDATION_LOSS), restore_best: 0, patience: 0, min_delta: 0, best_path: nil,
    checkpoint: nil, checkpoint_folder: nil, checkpoint_every: 0, checkpoint_options: nil)
}

/// Fills the options with their defaults: one epoch, cross-entropy, no validation, no callbacks. `struct_size` is
/// sizeof(tw_fit_options).
///
/// Threads: any.
@c(tw_fit_options_init)
public func tw_fit_options_init(
  _ options: UnsafeMutablePointer<tw_fit_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, fitDefaults) }
}

/// Trains the module on the loader's batches, each two arrays: inputs and targets. `options` may be NULL for the defaults.
///
/// The first `capacity` epochs' results go to `results`, which may be NULL if `capacity` is 0, and `out` receives the
/// number of epochs that were completed. Both are written as each epoch ends, so they hold what was done also if this
/// call fails later; so do the module's parameters.
///
/// The module is in training mode meanwhile, in evaluation mode during validation, and left in the mode it was in. If the
/// callback does not return TW_OK, or tw_fit_cancel is called, training ends within a layer's time. That is an ordinary
/// end: TW_OK. The batch it was in is given up and changes nothing; an epoch that was not completed has no result.
///
/// With a checkpoint of the same module, optimizer and loader, whose folder has files already, training goes on from the
/// last of them as if it had never ended; `results` then begins with the epochs that were complete.
///
/// Threads: one at a time per module, optimizer and loader.
@c(tw_fit)
public func tw_fit(
  _ module: tw_module_t?, _ optimizer: tw_optimizer_t?, _ loader: tw_loader_t?,
  _ options: UnsafePointer<tw_fit_options>?, _ results: UnsafeMutablePointer<tw_epoch_result>?,
  _ capacity: UInt,
  _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let optimizer = try asOptimizer(optimizer)
    let loader = try asLoader(loader)
    let given = try complete(options, fitDefaults)
    let out = try pointer(out, "out")
    let results = capacity == 0 ? nil : try pointer(results, "results")

    var choices = FitOptions()
    choices.epochs = Int(clamping: given.epochs)
    choices.stopsOnNonFiniteLoss = given.stop_on_non_finite_loss != 0
    if given.validation != nil { choices.validation = try asLoader(given.validation, "validation") }
    if let callback = given.callback {
      choices.progress = { progress in
        var heard = tw_fit_progress(progress)
        return callback(&heard, given.user_data) == TW_OK
      }
    }
    choices.epochEnd = { result in
      let done = out.pointee
      if let results, done < capacity { results[Int(done)] = tw_epoch_result(result) }
      out.pointee = done &+ 1
    }
    let loss: Loss
    if let callback = given.loss_callback {
      loss = ownLoss(callback, given.user_data)
    } else {
      loss = try asLoss(given.loss)
    }
    choices.callbacks = try fitCallbacks(given)
    if given.checkpoint != nil { choices.recorder = try fitCheckpoints(given, module, optimizer) }
    out.pointee = 0
    try fit(module, loss: loss, optimizer: optimizer, loader: loader, options: choices)
  }
}

/// Ends the tw_fit that runs with this optimizer, within a layer's time; without one it does nothing.
///
/// Threads: any.
@c(tw_fit_cancel)
public func tw_fit_cancel(_ optimizer: tw_optimizer_t?) -> tw_status {
  call { () throws(ThalwegError) in try asOptimizer(optimizer).cancelFit() }
}

/// The mean over the loader's batches of a loss, TW_LOSS_*, and the share of right classes, from 0 to 1, NaN where targets
/// are none. In evaluation mode, without recording; the module is left in the mode it was in.
///
/// Threads: one at a time per module and loader.
@c(tw_evaluate)
public func tw_evaluate(
  _ module: tw_module_t?, _ loader: tw_loader_t?, _ loss: Int32, _ out_loss: UnsafeMutablePointer<Double>?,
  _ out_accuracy: UnsafeMutablePointer<Double>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let loader = try asLoader(loader)
    let loss = try asLoss(loss)
    let outLoss = try pointer(out_loss, "out_loss")
    let outAccuracy = try pointer(out_accuracy, "out_accuracy")
    let result = try evaluate(module, loader: loader, loss: loss)
    outLoss.pointee = result.loss
    outAccuracy.pointee = result.accuracy
  }
}

// MARK: - Arguments

private func fitCallbacks(
  _ options: tw_fit_options, _ function: StaticString = #function
) throws(ThalwegError) -> [any FitCallback] {
  guard let monitor = Monitor(rawValue: options.monitor) else {
    throw ThalwegError(
      .invalidArgument,
      "tw_fit: monitor \(options.monitor) does not exist; TW_MONITOR_VALIDATION_LOSS (0) to _ACCURACY (3) do")
  }
  guard options.patience >= 0 else {
    throw ThalwegError(.invalidArgument, "tw_fit: patience is \(options.patience); it must not be negative")
  }
  var callbacks: [any FitCallback] = []
  if let path = options.best_path {
    let path = String(cString: path)
    callbacks.append(BestCheckpoint(monitor) { (module) throws(ThalwegError) in try module.save(path) })
  }
  if options.patience > 0 || options.restore_best != 0 {
    let patience = options.patience > 0 ? Int(options.patience) : Int.max
    callbacks.append(
      try EarlyStopping(
        monitor, patience: patience, minDelta: options.min_delta, restoresBest: options.restore_best != 0))
  }
  return callbacks
}

private func fitCheckpoints(
  _ options: tw_fit_options, _ module: Module, _ optimizer: Optimizer, _ function: StaticString = "tw_fit"
) throws(ThalwegError) -> FitCheckpoints {
  let checkpoint = try asCheckpoint(options.checkpoint, "checkpoint", function)
  guard checkpoint.module === module, checkpoint.optimizer === optimizer else {
    throw ThalwegError(
      .invalidArgument, "tw_fit: the checkpoint is of another module or optimizer than those to train with")
  }
  return try FitCheckpoints(
    checkpoint,
    folder: asString(options.checkpoint_folder, "checkpoint_folder", function),
    everyBatches: Int(clamping: options.checkpoint_every),
    keeping: keeping(complete(options.checkpoint_options, keepDefaults, function)),
    monitor: Monitor(rawValue: options.monitor) ?? .validationLoss)
}

func asLoss(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> Loss {
  switch value {
  case Int32(TW_LOSS_CROSS_ENTROPY): return .crossEntropy
  case Int32(TW_LOSS_MSE): return .meanSquaredError
  case Int32(TW_LOSS_SEQUENCE_CROSS_ENTROPY): return .sequenceCrossEntropy
  default:
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): loss \(value) does not exist; TW_LOSS_CROSS_ENTROPY (0), _MSE (1), _SEQUENCE_CROSS_ENTROPY (2) do"
    )
  }
}

func ownLoss(
  _ function: @escaping tw_loss_callback, _ userData: UnsafeMutableRawPointer?, of name: String = "tw_fit"
) -> Loss {
  let callback = Callback(function, userData)
  return .custom { (output, target) throws(ThalwegError) in
    let first = try Handles.reference(to: output, .tensor)
    defer { Handles.release(first, .tensor) }
    let second = try Handles.reference(to: target, .tensor)
    defer { Handles.release(second, .tensor) }
    var loss: tw_tensor_t?
    try callback.run("the loss of \(name)") { $0(first, second, &loss, $1) }
    guard loss != nil else {
      throw ThalwegError(.invalidArgument, "\(name): the loss callback returned TW_OK without a loss")
    }
    defer { Handles.release(loss, .tensor) }
    return try asTensor(loss, "the callback's loss", "tw_fit")
  }
}

extension tw_fit_progress {
  fileprivate init(_ progress: FitProgress) {
    self.init(
      struct_size: MemoryLayout<tw_fit_progress>.size, event: progress.event.rawValue,
      epoch: Int64(progress.epoch), epochs: Int64(progress.epochs), batch: Int64(progress.batch),
      batches: Int64(progress.batches), loss: progress.loss, accuracy: progress.accuracy,
      validation_loss: progress.validationLoss, validation_accuracy: progress.validationAccuracy,
      seconds: progress.seconds, seconds_left: progress.secondsLeft)
  }
}

extension tw_epoch_result {
  fileprivate init(_ result: EpochResult) {
    self.init(
      loss: result.loss, accuracy: result.accuracy, validation_loss: result.validationLoss,
      validation_accuracy: result.validationAccuracy, seconds: result.seconds)
  }
}
