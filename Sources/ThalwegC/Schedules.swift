public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Schedules: all of them

/// Goes on to the next epoch, or step: sets the learning rates of the optimizer's groups.
///
/// Threads: one at a time per optimizer.
@c(tw_schedule_step)
public func tw_schedule_step(_ schedule: tw_schedule_t?) -> tw_status {
  call { () throws(ThalwegError) in try asSchedule(schedule).step() }
}

/// As tw_schedule_step, told the metric that the schedule watches: for tw_reduce_lr_on_plateau_create.
///
/// Threads: one at a time per optimizer.
@c(tw_schedule_step_metric)
public func tw_schedule_step_metric(_ schedule: tw_schedule_t?, _ metric: Double) -> tw_status {
  call { () throws(ThalwegError) in try asSchedule(schedule).step(metric: metric) }
}

/// Goes to an epoch, which may be a fraction: for tw_cosine_annealing_warm_restarts_create.
///
/// Threads: one at a time per optimizer.
@c(tw_schedule_step_to)
public func tw_schedule_step_to(_ schedule: tw_schedule_t?, _ epoch: Double) -> tw_status {
  call { () throws(ThalwegError) in try asSchedule(schedule).step(to: epoch) }
}

/// The epoch that the rates are of; 0 at first.
///
/// Threads: one at a time per schedule.
@c(tw_schedule_last_epoch)
public func tw_schedule_last_epoch(
  _ schedule: tw_schedule_t?, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asSchedule(schedule).lastEpoch) }
}

/// The rate that the schedule has last set for a group.
///
/// Threads: one at a time per schedule.
@c(tw_schedule_last_lr)
public func tw_schedule_last_lr(
  _ schedule: tw_schedule_t?, _ group: UInt, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let rates = try asSchedule(schedule).lastRates
    guard group < UInt(rates.count) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_schedule_last_lr: there is no parameter group \(group); there are \(rates.count)")
    }
    return rates[Int(group)]
  }
}

/// The number of values of the schedule's state.
///
/// Threads: one at a time per schedule.
@c(tw_schedule_state_count)
public func tw_schedule_state_count(
  _ schedule: tw_schedule_t?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asSchedule(schedule).state().count) }
}

/// A value of the schedule's state, such as "last_epoch", and its name, which lives as long as the schedule.
///
/// Threads: one at a time per schedule. `out_name`: borrowed.
@c(tw_schedule_state_at)
public func tw_schedule_state_at(
  _ schedule: tw_schedule_t?, _ index: UInt, _ out_name: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out_value: UnsafeMutablePointer<Double>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let schedule = try asSchedule(schedule)
    let state = schedule.state()
    let name = try pointer(out_name, "out_name"), value = try pointer(out_value, "out_value")
    guard index < UInt(state.count) else {
      throw ThalwegError(
        .invalidArgument, "tw_schedule_state_at: there is no value \(index); there are \(state.count)")
    }
    name.pointee = schedule.names.pointer(to: state[Int(index)].name)
    value.pointee = state[Int(index)].value
  }
}

/// Sets values of the schedule's state, by the names of tw_schedule_state_at. The rates themselves are the optimizer's.
///
/// Threads: one at a time per schedule.
@c(tw_schedule_load_state)
public func tw_schedule_load_state(
  _ schedule: tw_schedule_t?, _ keys: UnsafePointer<UnsafePointer<CChar>?>?, _ key_count: UInt,
  _ values: UnsafePointer<Double>?, _ value_count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try asSchedule(schedule).loadState(asNamedValues(keys, key_count, values, value_count))
  }
}

/// Gives back a reference to a schedule. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_schedule_release)
public func tw_schedule_release(_ schedule: tw_schedule_t?) { Handles.release(schedule, .schedule) }

func asSchedule(
  _ handle: tw_schedule_t?, _ argument: StaticString = "schedule", _ function: StaticString = #function
) throws(ThalwegError) -> Schedule {
  try Handles.object(handle, .schedule, as: Schedule.self, argument, function)
}

func asSchedules(
  _ handles: UnsafePointer<tw_schedule_t?>?, _ count: UInt, _ function: StaticString = #function
) throws(ThalwegError) -> [Schedule] {
  let count = try length(count, "schedules", function)
  if count == 0 { return [] }
  let handles = try pointer(handles, "schedules", function)
  var result: [Schedule] = []
  for i in 0..<count { result.append(try asSchedule(handles[i], "schedules", function)) }
  return result
}

func makeSchedule(
  _ out: UnsafeMutablePointer<tw_schedule_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Schedule
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .schedule)
  }
}
