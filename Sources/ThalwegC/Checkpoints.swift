public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - Checkpoints

/// A checkpoint of training: parameters and buffers of `module`, what `optimizer` (or NULL) and the schedules remember, the
/// default stream of random numbers and `generators`, and the place of `loader` (or NULL) in its data. It refers to all of
/// these; what is saved is how they are at that moment. Training that was ended, or killed, at any moment and goes on from
/// its last checkpoint computes the same bits as one that was not.
///
/// Threads: any. `out`: new reference.
@c(tw_checkpoint_create)
public func tw_checkpoint_create(
  _ module: tw_module_t?, _ optimizer: tw_optimizer_t?, _ schedules: UnsafePointer<tw_schedule_t?>?,
  _ schedule_count: UInt, _ generators: UnsafePointer<tw_generator_t?>?, _ generator_count: UInt,
  _ loader: tw_loader_t?, _ out: UnsafeMutablePointer<tw_checkpoint_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out")
    var streams: [Generator] = []
    let count = try length(generator_count, "generators")
    if count > 0 {
      let generators = try pointer(generators, "generators")
      for i in 0..<count {
        streams.append(
          try Handles.object(generators[i], .generator, as: Generator.self, "a generator", #function))
      }
    }
    let checkpoint = TrainingCheckpoint(
      try asModule(module), optimizer: optimizer == nil ? nil : try asOptimizer(optimizer),
      schedules: try asSchedules(schedules, schedule_count), generators: streams,
      loader: loader == nil ? nil : try asLoader(loader))
    out.pointee = try Handles.reference(to: checkpoint, .checkpoint)
  }
}

/// Writes the checkpoint to `path`: a model file, too, that tw_module_load and Keras read. The file appears in one step: a
/// failure or a kill at any moment leaves what was there.
///
/// Threads: one at a time per checkpoint and what it refers to.
@c(tw_checkpoint_save)
public func tw_checkpoint_save(
  _ checkpoint: tw_checkpoint_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in try asCheckpoint(checkpoint).save(asString(path, "path")) }
}

/// As tw_checkpoint_save, on a thread of the library's: returns as soon as everything is copied, and training may go on.
/// What goes wrong is the error of the next call with this checkpoint, of tw_checkpoint_wait at the latest.
///
/// Threads: one at a time per checkpoint and what it refers to.
@c(tw_checkpoint_save_in_background)
public func tw_checkpoint_save_in_background(
  _ checkpoint: tw_checkpoint_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in try asCheckpoint(checkpoint).saveInBackground(asString(path, "path")) }
}

/// Waits until what is saved in the background is on the disk, and returns how that ended. Without it returns TW_OK.
///
/// Threads: one at a time per checkpoint.
@c(tw_checkpoint_wait)
public func tw_checkpoint_wait(_ checkpoint: tw_checkpoint_t?) -> tw_status {
  call { () throws(ThalwegError) in try asCheckpoint(checkpoint).wait() }
}

/// Reads a file that was saved into everything that the checkpoint refers to: all or, on an error, nothing. The loader then
/// is in the middle of an epoch: tw_loader_next goes on there, and so does tw_fit.
///
/// Threads: one at a time per checkpoint and what it refers to.
@c(tw_checkpoint_load)
public func tw_checkpoint_load(
  _ checkpoint: tw_checkpoint_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in try asCheckpoint(checkpoint).load(asString(path, "path")) }
}

var keepDefaults: tw_checkpoint_options {
  tw_checkpoint_options(
    struct_size: MemoryLayout<tw_checkpoint_options>.size, keep_last: 3, score: .nan, larger_is_better: 0,
    in_background: 0)
}

/// Fills the options with their defaults. `struct_size` is sizeof(tw_checkpoint_options).
///
/// Threads: any.
@c(tw_checkpoint_options_init)
public func tw_checkpoint_options_init(
  _ options: UnsafeMutablePointer<tw_checkpoint_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, keepDefaults) }
}

/// Writes "checkpoint-<step>.h5" in `folder`, which is made if it is not there, and removes those that are not to be kept;
/// the one with the best score stays as "best.h5". `options` may be NULL for the defaults.
///
/// Threads: one at a time per checkpoint, folder, and what it refers to.
@c(tw_checkpoint_keep)
public func tw_checkpoint_keep(
  _ checkpoint: tw_checkpoint_t?, _ folder: UnsafePointer<CChar>?,
  _ options: UnsafePointer<tw_checkpoint_options>?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asCheckpoint(checkpoint).keep(
      in: asString(folder, "folder"), keeping(complete(options, keepDefaults)))
  }
}

/// Goes on from the checkpoint of `folder` that was written last, and says so in `out`: 1; 0 if there is none, and nothing
/// has changed. One that turns out damaged is passed over for the one before, with a warning to the log.
///
/// Threads: one at a time per checkpoint and what it refers to.
@c(tw_checkpoint_resume)
public func tw_checkpoint_resume(
  _ checkpoint: tw_checkpoint_t?, _ folder: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Int32>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try asCheckpoint(checkpoint).resume(from: asString(folder, "folder")) ? 1 : 0
  }
}

/// Steps and epochs, as tw_checkpoint_set_progress or a file set them; 0 at first.
///
/// Threads: one at a time per checkpoint.
@c(tw_checkpoint_progress)
public func tw_checkpoint_progress(
  _ checkpoint: tw_checkpoint_t?, _ out_step: UnsafeMutablePointer<Int64>?,
  _ out_epoch: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let checkpoint = try asCheckpoint(checkpoint)
    let step = try pointer(out_step, "out_step"), epoch = try pointer(out_epoch, "out_epoch")
    step.pointee = Int64(checkpoint.step)
    epoch.pointee = Int64(checkpoint.epoch)
  }
}

/// Sets what tw_checkpoint_progress gives: how far the caller's loop is. tw_checkpoint_keep names files by the step.
///
/// Threads: one at a time per checkpoint.
@c(tw_checkpoint_set_progress)
public func tw_checkpoint_set_progress(
  _ checkpoint: tw_checkpoint_t?, _ step: Int64, _ epoch: Int64
) -> tw_status {
  call { () throws(ThalwegError) in
    let checkpoint = try asCheckpoint(checkpoint)
    guard step >= 0, epoch >= 0 else {
      throw ThalwegError(
        .invalidArgument,
        "tw_checkpoint_set_progress: the step is \(step), the epoch \(epoch); both must be at least 0")
    }
    checkpoint.step = Int(step)
    checkpoint.epoch = Int(epoch)
  }
}

/// A note of the caller's; NULL if there is none of the name. It lives as long as the checkpoint.
///
/// Threads: one at a time per checkpoint. `out`: borrowed.
@c(tw_checkpoint_note)
public func tw_checkpoint_note(
  _ checkpoint: tw_checkpoint_t?, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let checkpoint = try asCheckpoint(checkpoint)
    let name = try asString(name, "name")
    return checkpoint.metadata.first { $0.name == name }.map { checkpoint.names.pointer(to: $0.value) }
  }
}

/// Writes a note, a text under a name, that is saved with the rest; NULL takes it away.
///
/// Threads: one at a time per checkpoint.
@c(tw_checkpoint_set_note)
public func tw_checkpoint_set_note(
  _ checkpoint: tw_checkpoint_t?, _ name: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let checkpoint = try asCheckpoint(checkpoint)
    let name = try asString(name, "name")
    let text = text == nil ? nil : try asString(text, "text")
    let place = checkpoint.metadata.firstIndex { $0.name == name }
    switch (place, text) {
    case (let place?, let text?): checkpoint.metadata[place].value = text
    case (let place?, nil): checkpoint.metadata.remove(at: place)
    case (nil, let text?): checkpoint.metadata.append((name, text))
    case (nil, nil): break
    }
  }
}

/// The number of notes.
///
/// Threads: one at a time per checkpoint.
@c(tw_checkpoint_note_count)
public func tw_checkpoint_note_count(
  _ checkpoint: tw_checkpoint_t?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asCheckpoint(checkpoint).metadata.count) }
}

/// A note and its name. They live as long as the checkpoint.
///
/// Threads: one at a time per checkpoint. `out_name`, `out_text`: borrowed.
@c(tw_checkpoint_note_at)
public func tw_checkpoint_note_at(
  _ checkpoint: tw_checkpoint_t?, _ index: UInt, _ out_name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out_text: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let checkpoint = try asCheckpoint(checkpoint)
    let name = try pointer(out_name, "out_name"), text = try pointer(out_text, "out_text")
    let notes = checkpoint.metadata
    guard index < UInt(notes.count) else {
      throw ThalwegError(
        .invalidArgument, "tw_checkpoint_note_at: there is no note \(index); there are \(notes.count)")
    }
    name.pointee = checkpoint.names.pointer(to: notes[Int(index)].name)
    text.pointee = checkpoint.names.pointer(to: notes[Int(index)].value)
  }
}

/// Gives back a reference to a checkpoint; the last one waits for what is saved in the background. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_checkpoint_release)
public func tw_checkpoint_release(_ checkpoint: tw_checkpoint_t?) {
  Handles.release(checkpoint, .checkpoint)
}

func asCheckpoint(
  _ handle: tw_checkpoint_t?, _ argument: StaticString = "checkpoint", _ function: StaticString = #function
) throws(ThalwegError) -> TrainingCheckpoint {
  try Handles.object(handle, .checkpoint, as: TrainingCheckpoint.self, argument, function)
}

func keeping(_ given: tw_checkpoint_options) -> TrainingCheckpoint.Keeping {
  TrainingCheckpoint.Keeping(
    last: Int(clamping: given.keep_last), score: given.score.isNaN ? nil : given.score,
    isLargerBetter: given.larger_is_better != 0, isInBackground: given.in_background != 0)
}
