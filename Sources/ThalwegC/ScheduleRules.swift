public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Schedules: rules
//
// A schedule changes the learning rates of an optimizer's groups; it sets those of epoch 0 when it is made. Rules are
// PyTorch's. `last_epoch` is -1 at the beginning; one that goes on after epoch n of another is made with n.

/// The rate times `gamma` every `step_size` epochs.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_step_lr_create)
public func tw_step_lr_create(
  _ optimizer: tw_optimizer_t?, _ step_size: Int64, _ gamma: Double, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try StepLR(
      asOptimizer(optimizer), stepSize: Int(step_size), gamma: gamma, lastEpoch: Int(last_epoch))
  }
}

/// The rate times `gamma` at each of `count` milestones.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_multi_step_lr_create)
public func tw_multi_step_lr_create(
  _ optimizer: tw_optimizer_t?, _ milestones: UnsafePointer<Int64>?, _ count: UInt, _ gamma: Double,
  _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try MultiStepLR(
      asOptimizer(optimizer), milestones: asInts(milestones, count, "milestones"), gamma: gamma,
      lastEpoch: Int(last_epoch))
  }
}

/// The rate times `factor`, of [0, 1], until epoch `total_iters`.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_constant_lr_create)
public func tw_constant_lr_create(
  _ optimizer: tw_optimizer_t?, _ factor: Double, _ total_iters: Int64, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try ConstantLR(
      asOptimizer(optimizer), factor: factor, iterations: Int(total_iters), lastEpoch: Int(last_epoch))
  }
}

/// The rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs: a warm-up or a decay.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_linear_lr_create)
public func tw_linear_lr_create(
  _ optimizer: tw_optimizer_t?, _ start_factor: Double, _ end_factor: Double, _ total_iters: Int64,
  _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try LinearLR(
      asOptimizer(optimizer), startFactor: start_factor, endFactor: end_factor, iterations: Int(total_iters),
      lastEpoch: Int(last_epoch))
  }
}

/// The rate times `gamma` every epoch.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_exponential_lr_create)
public func tw_exponential_lr_create(
  _ optimizer: tw_optimizer_t?, _ gamma: Double, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try ExponentialLR(asOptimizer(optimizer), gamma: gamma, lastEpoch: Int(last_epoch))
  }
}

/// The rate times (1 - epoch / total_iters)^power, 0 in the end.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_polynomial_lr_create)
public func tw_polynomial_lr_create(
  _ optimizer: tw_optimizer_t?, _ total_iters: Int64, _ power: Double, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try PolynomialLR(
      asOptimizer(optimizer), iterations: Int(total_iters), power: power, lastEpoch: Int(last_epoch))
  }
}

/// Half a cosine wave from the first rate to `eta_min` in `T_max` epochs, and back.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_cosine_annealing_lr_create)
public func tw_cosine_annealing_lr_create(
  _ optimizer: tw_optimizer_t?, _ T_max: Int64, _ eta_min: Double, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try CosineAnnealingLR(
      asOptimizer(optimizer), period: Int(T_max), least: eta_min, lastEpoch: Int(last_epoch))
  }
}

/// Half a cosine wave from the first rate to `eta_min` in `T_0` epochs, again and again, each time `T_mult` times as long.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_cosine_annealing_warm_restarts_create)
public func tw_cosine_annealing_warm_restarts_create(
  _ optimizer: tw_optimizer_t?, _ T_0: Int64, _ T_mult: Int64, _ eta_min: Double, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try CosineAnnealingWarmRestarts(
      asOptimizer(optimizer), firstPeriod: Int(T_0), growth: Int(T_mult), least: eta_min,
      lastEpoch: Int(last_epoch))
  }
}

/// From the rate that there is to `swa_lr`, one value or one a group, in `anneal_epochs` epochs, along half a cosine wave or
/// with `linear` 1 a line; then no more change: the rate at which weights are averaged.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_swa_lr_create)
public func tw_swa_lr_create(
  _ optimizer: tw_optimizer_t?, _ swa_lr: UnsafePointer<Double>?, _ count: UInt, _ anneal_epochs: Int64,
  _ linear: Int32, _ last_epoch: Int64, _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try SWALR(
      asOptimizer(optimizer), rate: asDoubles(swa_lr, count, "swa_lr"), epochs: Int(anneal_epochs),
      isLinear: linear != 0, lastEpoch: Int(last_epoch))
  }
}

private var cyclicDefaults: tw_cyclic_options {
  tw_cyclic_options(
    struct_size: MemoryLayout<tw_cyclic_options>.size, step_size_up: 2000, step_size_down: -1, mode: 0,
    gamma: 1,
    cycle_momentum: 1, base_momentum: 0.8, max_momentum: 0.9, last_epoch: -1)
}

/// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_cyclic_options).
///
/// Threads: any.
@c(tw_cyclic_options_init)
public func tw_cyclic_options_init(
  _ options: UnsafeMutablePointer<tw_cyclic_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, cyclicDefaults) }
}

/// The rate goes up and down between `base_lr` and `max_lr`, one value or one a group, and the momentum, or Adam's beta1,
/// down and up. `options` may be NULL for the defaults.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_cyclic_lr_create)
public func tw_cyclic_lr_create(
  _ optimizer: tw_optimizer_t?, _ base_lr: UnsafePointer<Double>?, _ base_count: UInt,
  _ max_lr: UnsafePointer<Double>?, _ max_count: UInt, _ options: UnsafePointer<tw_cyclic_options>?,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    let given = try complete(options, cyclicDefaults)
    guard let mode = CyclicLR.Mode(rawValue: given.mode) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_cyclic_lr_create: mode \(given.mode) does not exist; TW_CYCLE_TRIANGULAR (0) to 2 do")
    }
    var rule = try CyclicLR.Options(
      base: asDoubles(base_lr, base_count, "base_lr"), most: asDoubles(max_lr, max_count, "max_lr"))
    rule.stepsUp = Int(given.step_size_up)
    rule.stepsDown = given.step_size_down < 0 ? nil : Int(given.step_size_down)
    (rule.mode, rule.gamma, rule.cyclesMomentum) = (mode, given.gamma, given.cycle_momentum != 0)
    (rule.baseMomentum, rule.mostMomentum) = ([given.base_momentum], [given.max_momentum])
    rule.lastEpoch = Int(given.last_epoch)
    return try CyclicLR(asOptimizer(optimizer), rule)
  }
}

/// Takes what the callback writes for the height of a cycle of a schedule that tw_cyclic_lr_create made, instead of its mode,
/// from the present step on. The callback is given the number of the cycle, from 1, or with `of_steps` 1 that of the steps
/// (as its `epoch`; its `group` is 0). `destroy`, which may be NULL, frees `user_data` in the end; not if this call fails.
///
/// Threads: one at a time per optimizer.
@c(tw_cyclic_lr_set_scale)
public func tw_cyclic_lr_set_scale(
  _ schedule: tw_schedule_t?, _ scale: tw_factor_callback?, _ of_steps: Int32,
  _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?
) -> tw_status {
  call { () throws(ThalwegError) in
    let schedule = try asSchedule(schedule)
    if scale == nil { throw null("scale", "tw_cyclic_lr_set_scale") }
    guard let schedule = schedule as? CyclicLR else {
      throw ThalwegError(
        .invalidArgument, "tw_cyclic_lr_set_scale: the schedule is none that tw_cyclic_lr_create made")
    }
    try withFactors(scale, user_data, destroy) { factor throws(ThalwegError) in
      try schedule.setScale(ofSteps: of_steps != 0) { place throws(ThalwegError) in
        try factor(Int(exactly: place) ?? 0, 0)
      }
    }
  }
}

private var oneCycleDefaults: tw_one_cycle_options {
  tw_one_cycle_options(
    struct_size: MemoryLayout<tw_one_cycle_options>.size, pct_start: 0.3, linear: 0, cycle_momentum: 1,
    base_momentum: 0.85, max_momentum: 0.95, div_factor: 25, final_div_factor: 1e4, three_phase: 0,
    last_epoch: -1)
}

/// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_one_cycle_options).
///
/// Threads: any.
@c(tw_one_cycle_options_init)
public func tw_one_cycle_options_init(
  _ options: UnsafeMutablePointer<tw_one_cycle_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, oneCycleDefaults) }
}

/// The rate goes up to `max_lr`, one value or one a group, and down to almost 0 in `total_steps` steps, and the momentum, or
/// Adam's beta1, down and up. `options` may be NULL for the defaults.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_one_cycle_lr_create)
public func tw_one_cycle_lr_create(
  _ optimizer: tw_optimizer_t?, _ max_lr: UnsafePointer<Double>?, _ count: UInt, _ total_steps: Int64,
  _ options: UnsafePointer<tw_one_cycle_options>?,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    let given = try complete(options, oneCycleDefaults)
    var rule = try OneCycleLR.Options(most: asDoubles(max_lr, count, "max_lr"), steps: Int(total_steps))
    (rule.riseShare, rule.isLinear) = (given.pct_start, given.linear != 0)
    rule.cyclesMomentum = given.cycle_momentum != 0
    (rule.baseMomentum, rule.mostMomentum) = ([given.base_momentum], [given.max_momentum])
    (rule.divisor, rule.finalDivisor) = (given.div_factor, given.final_div_factor)
    (rule.hasThreePhases, rule.lastEpoch) = (given.three_phase != 0, Int(given.last_epoch))
    return try OneCycleLR(asOptimizer(optimizer), rule)
  }
}

private var plateauDefaults: tw_plateau_options {
  tw_plateau_options(
    struct_size: MemoryLayout<tw_plateau_options>.size, maximum: 0, factor: 0.1, patience: 10,
    threshold: 1e-4,
    absolute: 0, cooldown: 0, eps: 1e-8)
}

/// Fills the options with their defaults, PyTorch's. `struct_size` is sizeof(tw_plateau_options).
///
/// Threads: any.
@c(tw_plateau_options_init)
public func tw_plateau_options_init(
  _ options: UnsafeMutablePointer<tw_plateau_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, plateauDefaults) }
}

/// The rate times a factor when a metric, given to tw_schedule_step_metric, has not become better for some epochs; never
/// below `min_lr`, one value or one a group; none for 0. `options` may be NULL for the defaults.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_reduce_lr_on_plateau_create)
public func tw_reduce_lr_on_plateau_create(
  _ optimizer: tw_optimizer_t?, _ min_lr: UnsafePointer<Double>?, _ count: UInt,
  _ options: UnsafePointer<tw_plateau_options>?,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    let given = try complete(options, plateauDefaults)
    var rule = ReduceLROnPlateau.Options()
    (rule.isMaximum, rule.factor, rule.patience) = (given.maximum != 0, given.factor, Int(given.patience))
    (rule.threshold, rule.isAbsolute) = (given.threshold, given.absolute != 0)
    (rule.cooldown, rule.epsilon) = (Int(given.cooldown), given.eps)
    if count > 0 { rule.least = try asDoubles(min_lr, count, "min_lr") }
    return try ReduceLROnPlateau(asOptimizer(optimizer), rule)
  }
}

/// Schedules of one optimizer one after the other: the i-th until milestone i, then the next, which begins there.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_sequential_lr_create)
public func tw_sequential_lr_create(
  _ optimizer: tw_optimizer_t?, _ schedules: UnsafePointer<tw_schedule_t?>?, _ count: UInt,
  _ milestones: UnsafePointer<Int64>?, _ milestone_count: UInt, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try SequentialLR(
      asOptimizer(optimizer), asSchedules(schedules, count),
      milestones: asInts(milestones, milestone_count, "milestones"), lastEpoch: Int(last_epoch))
  }
}

/// Schedules of one optimizer side by side: each step is one of all of them.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_chained_lr_create)
public func tw_chained_lr_create(
  _ optimizer: tw_optimizer_t?, _ schedules: UnsafePointer<tw_schedule_t?>?, _ count: UInt,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    try ChainedScheduler(asOptimizer(optimizer), asSchedules(schedules, count))
  }
}

/// The first rate times a factor that the callback gives for each epoch and group. `destroy`, which may be
/// NULL, frees `user_data` in the end; not if this call fails.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_lambda_lr_create)
public func tw_lambda_lr_create(
  _ optimizer: tw_optimizer_t?, _ factor: tw_factor_callback?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    let optimizer = try asOptimizer(optimizer)
    return try withFactors(factor, user_data, destroy) { factor throws(ThalwegError) in
      try LambdaLR(optimizer, lastEpoch: Int(last_epoch), factor: factor)
    }
  }
}

/// The rate times a factor that the callback gives for each epoch but the first and each group. `destroy`, which may be
/// NULL, frees `user_data` in the end; not if this call fails.
///
/// Threads: one at a time per optimizer. `out`: new reference.
@c(tw_multiplicative_lr_create)
public func tw_multiplicative_lr_create(
  _ optimizer: tw_optimizer_t?, _ factor: tw_factor_callback?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ last_epoch: Int64,
  _ out: UnsafeMutablePointer<tw_schedule_t?>?
) -> tw_status {
  makeSchedule(out) { () throws(ThalwegError) in
    let optimizer = try asOptimizer(optimizer)
    return try withFactors(factor, user_data, destroy) { factor throws(ThalwegError) in
      try MultiplicativeLR(optimizer, lastEpoch: Int(last_epoch), factor: factor)
    }
  }
}

/// Gives `body` the caller's function. Once that has succeeded, `destroy` will free the data.
private func withFactors<Result>(
  _ factor: tw_factor_callback?, _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?,
  _ function: StaticString = #function,
  _ body: (@escaping LambdaLR.Factor) throws(ThalwegError) -> Result
) throws(ThalwegError) -> Result {
  guard let factor else { throw null("the callback", function) }
  let callback = Callback(factor, user_data)
  let result = try body { (epoch, group) throws(ThalwegError) in
    var result = Double.nan
    try callback.run("the callback of \(bareName(function))") { $0(Int64(epoch), group, &result, $1) }
    return result
  }
  callback.destroy = destroy
  return result
}
