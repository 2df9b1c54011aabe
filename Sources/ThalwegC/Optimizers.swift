public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Optimisers: all of them

/// Updates every parameter that has a gradient, in place. On an error no parameter has changed.
///
/// Threads: one at a time per optimizer, and nobody else may use its parameters meanwhile.
@c(tw_optimizer_step)
public func tw_optimizer_step(_ optimizer: tw_optimizer_t?) -> tw_status {
  call { () throws(ThalwegError) in try asOptimizer(optimizer).step() }
}

/// Computes the loss and its gradients by the closure, which records, then steps. L-BFGS, which has no other step, calls it
/// several times. `out_loss`, the first call's loss, may be NULL.
///
/// Threads: one at a time per optimizer, and nobody else may use its parameters meanwhile.
@c(tw_optimizer_step_closure)
public func tw_optimizer_step_closure(
  _ optimizer: tw_optimizer_t?, _ closure: tw_closure?, _ user_data: UnsafeMutableRawPointer?,
  _ out_loss: UnsafeMutablePointer<Double>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let optimizer = try asOptimizer(optimizer)
    guard let closure else { throw null("closure") }
    let callback = Callback(closure, user_data)
    let loss = try optimizer.step { () throws(ThalwegError) in
      var loss = Double.nan
      try callback.run("the closure of tw_optimizer_step_closure") { $0(&loss, $1) }
      return loss
    }
    out_loss?.pointee = loss
  }
}

/// Clears the gradient of every parameter.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_zero_grad)
public func tw_optimizer_zero_grad(_ optimizer: tw_optimizer_t?) -> tw_status {
  call { () throws(ThalwegError) in try asOptimizer(optimizer).zeroGrad() }
}

/// The learning rate.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_lr)
public func tw_optimizer_lr(_ optimizer: tw_optimizer_t?, _ out: UnsafeMutablePointer<Double>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asOptimizer(optimizer).learningRate }
}

/// Sets the learning rate, which must be finite and not negative.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_set_lr)
public func tw_optimizer_set_lr(_ optimizer: tw_optimizer_t?, _ value: Double) -> tw_status {
  call { () throws(ThalwegError) in try asOptimizer(optimizer).setLearningRate(value) }
}

/// Gives back a reference to an optimizer. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_optimizer_release)
public func tw_optimizer_release(_ optimizer: tw_optimizer_t?) { Handles.release(optimizer, .optimizer) }

// MARK: - Optimisers: parameter groups

/// Adds parameters with values of their own: `value_count` numbers, by the names of their hyperparameters; what is not
/// given is as the optimizer was made. Names are those of the fields of its options; flags are 0 or 1.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_add_group)
public func tw_optimizer_add_group(
  _ optimizer: tw_optimizer_t?, _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt,
  _ keys: UnsafePointer<UnsafePointer<CChar>?>?, _ key_count: UInt, _ values: UnsafePointer<Double>?,
  _ value_count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try asOptimizer(optimizer).addGroup(
      asTensors(parameters, count, "parameters"), asNamedValues(keys, key_count, values, value_count))
  }
}

/// The number of parameter groups.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_group_count)
public func tw_optimizer_group_count(
  _ optimizer: tw_optimizer_t?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asOptimizer(optimizer).groups.count) }
}

/// The number of hyperparameters that a group has.
///
/// Threads: any.
@c(tw_optimizer_hyperparameter_count)
public func tw_optimizer_hyperparameter_count(
  _ optimizer: tw_optimizer_t?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asOptimizer(optimizer).hyperparameters.count) }
}

/// The name of a hyperparameter, PyTorch's. The string lives for ever.
///
/// Threads: any. `out`: borrowed.
@c(tw_optimizer_hyperparameter_name)
public func tw_optimizer_hyperparameter_name(
  _ optimizer: tw_optimizer_t?, _ index: UInt, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let all = try asOptimizer(optimizer).hyperparameters
    guard index < UInt(all.count) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_optimizer_hyperparameter_name: there is no hyperparameter \(index); there are \(all.count)")
    }
    return UnsafeRawPointer(all[Int(index)].name.utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

/// A group's value of a hyperparameter; also of "initial_lr", which it has once a schedule was made.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_value)
public func tw_optimizer_value(
  _ optimizer: tw_optimizer_t?, _ group: UInt, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try asOptimizer(optimizer).value(asString(name, "name"), group: Int(clamping: group))
  }
}

/// Changes a group's value of a hyperparameter, or "initial_lr".
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_set_value)
public func tw_optimizer_set_value(
  _ optimizer: tw_optimizer_t?, _ group: UInt, _ name: UnsafePointer<CChar>?, _ value: Double
) -> tw_status {
  call { () throws(ThalwegError) in
    try asOptimizer(optimizer).setValue(asString(name, "name"), group: Int(clamping: group), value)
  }
}

// MARK: - Optimisers: what they remember

/// What the optimizer remembers between steps: "0.step", "0.exp_avg" and so on, parameters numbered through all groups,
/// names PyTorch's. The first `capacity` entries go to `names` and `tensors`, which may be NULL if `capacity` is 0, and
/// `out` receives the number of all. Names live as long as the optimizer; numbers are copies, other tensors its own.
///
/// Threads: one at a time per optimizer. `tensors`: new references.
@c(tw_optimizer_state)
public func tw_optimizer_state(
  _ optimizer: tw_optimizer_t?, _ capacity: UInt, _ names: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ tensors: UnsafeMutablePointer<tw_tensor_t?>?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let optimizer = try asOptimizer(optimizer)
    let out = try pointer(out, "out")
    let all = try optimizer.stateTensors()
    if capacity > 0 {
      let names = try pointer(names, "names"), tensors = try pointer(tensors, "tensors")
      let given = all.prefix(Int(clamping: capacity))
      try handOut(given.map(\.tensor), tensors)
      for (i, entry) in given.enumerated() { names[i] = optimizer.names.pointer(to: entry.name) }
    }
    out.pointee = UInt(all.count)
  }
}

/// Replaces all that the optimizer remembers by copies of `count` tensors under the names of tw_optimizer_state: training
/// goes on as it would have. On an error nothing has changed.
///
/// Threads: one at a time per optimizer.
@c(tw_optimizer_load_state)
public func tw_optimizer_load_state(
  _ optimizer: tw_optimizer_t?, _ keys: UnsafePointer<UnsafePointer<CChar>?>?, _ key_count: UInt,
  _ tensors: UnsafePointer<tw_tensor_t?>?, _ count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    let optimizer = try asOptimizer(optimizer)
    let names = try asStrings(keys, key_count, "keys")
    let tensors = try asTensors(tensors, count, "tensors")
    guard names.count == tensors.count else {
      throw ThalwegError(
        .invalidArgument,
        "tw_optimizer_load_state: there are \(names.count) names of \(tensors.count) tensors")
    }
    try optimizer.loadState(zip(names, tensors).map { (name: $0, tensor: $1) })
  }
}

func makeOptimizer(
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Optimizer
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .optimizer)
  }
}

func asStrings(
  _ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [String] {
  let count = try length(count, argument, function)
  if count == 0 { return [] }
  let texts = try pointer(texts, argument, function)
  var result: [String] = []
  for i in 0..<count { result.append(try asString(texts[i], argument, function)) }
  return result
}

func asDoubles(
  _ values: UnsafePointer<Double>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [Double] {
  let count = try length(count, argument, function)
  return count == 0
    ? [] : Array(UnsafeBufferPointer(start: try pointer(values, argument, function), count: count))
}

/// Names with a value each.
func asNamedValues(
  _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ nameCount: UInt, _ values: UnsafePointer<Double>?,
  _ valueCount: UInt, _ function: StaticString = #function
) throws(ThalwegError) -> [(name: String, value: Double)] {
  let names = try asStrings(names, nameCount, "keys", function)
  let values = try asDoubles(values, valueCount, "values", function)
  guard names.count == values.count else {
    throw ThalwegError(
      .invalidArgument, "\(bareName(function)): there are \(names.count) names of \(values.count) values")
  }
  return zip(names, values).map { (name: $0, value: $1) }
}
