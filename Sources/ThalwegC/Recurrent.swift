// Calls of recurrent layers: states, lengths, gradients in time.
public import CThalweg
import ThalwegCore
import ThalwegNN

/// Computes a recurrent layer's output [T, B, directions R] and final state: `h_n` [layers directions, B, R] and, of an LSTM,
/// `c_n` [layers directions, B, H], NULL of others. R is H or proj_size. `h0` and `c0`, of the same shapes, are the state to
/// begin with; NULL for zeros, or, if the layer is stateful, for where it stands. With `lengths` [B] of integers, which may be
/// NULL, sequences end there: outputs behind are zeros, final states those of each sequence's own end, and the second
/// direction begins there; tw_sequence_lengths makes them of a mask. Without a batch's dimension in the input there is none
/// in the results.
///
/// Threads: any; one at a time per stateful module. `out`, `h_n`, `c_n`: new references; `h_n` and `c_n` may be NULL.
@c(tw_recurrent_forward)
public func tw_recurrent_forward(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ h0: tw_tensor_t?, _ c0: tw_tensor_t?,
  _ lengths: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ h_n: UnsafeMutablePointer<tw_tensor_t?>?, _ c_n: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let (module, input) = (try asModule(module), try asTensor(input, "input"))
    let (state, lengths) = (try asState(h0, c0), try asOptionalTensor(lengths, "lengths"))
    let out = try pointer(out, "out")
    let result = try asRecurrent(module)(input, state: state, lengths: lengths)
    try handOut([(result.output, out), (result.state.hidden, h_n), (result.state.cell, c_n)])
  }
}

/// tw_recurrent_forward that gives what is inside, too: the gates' values at all steps, [layers directions, T, B, gates H] (of
/// an LSTM i, f, g, o; of a GRU r, z, n; of an RNN h), and, of an LSTM, c, [layers directions, T, B, H], NULL of others. Both
/// are outside the graph and 0 behind a sequence's end.
///
/// Threads: as tw_recurrent_forward. `out`, `h_n`, `c_n`, `gates`, `cells`: new references; all but `out` may be NULL.
@c(tw_recurrent_gates)
public func tw_recurrent_gates(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ h0: tw_tensor_t?, _ c0: tw_tensor_t?,
  _ lengths: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ h_n: UnsafeMutablePointer<tw_tensor_t?>?, _ c_n: UnsafeMutablePointer<tw_tensor_t?>?,
  _ gates: UnsafeMutablePointer<tw_tensor_t?>?, _ cells: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let (module, input) = (try asModule(module), try asTensor(input, "input"))
    let (state, lengths) = (try asState(h0, c0), try asOptionalTensor(lengths, "lengths"))
    let out = try pointer(out, "out")
    let result = try asRecurrent(module)(input, state: state, lengths: lengths, wantsGates: true)
    try handOut([
      (result.output, out), (result.state.hidden, h_n), (result.state.cell, c_n), (result.gates, gates),
      (result.cells, cells),
    ])
  }
}

/// One step of a recurrent cell: from `input` [B, in] and the state `h` [B, H] and, of an LSTM, `c` [B, H] to the next one.
/// NULL states are zeros, or, if the cell is stateful, where it stands. `c_next` is NULL of cells that are no LSTM's.
///
/// Threads: any; one at a time per stateful module. `h_next`, `c_next`: new references; `c_next` may be NULL.
@c(tw_recurrent_step)
public func tw_recurrent_step(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ h: tw_tensor_t?, _ c: tw_tensor_t?,
  _ h_next: UnsafeMutablePointer<tw_tensor_t?>?, _ c_next: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let (module, input) = (try asModule(module), try asTensor(input, "input"))
    let state = try asState(h, c)
    let first = try pointer(h_next, "h_next")
    guard let cell = module as? CellLayer else {
      throw ThalwegError(
        .invalidArgument, "tw_recurrent_step: the module is a \(module.typeName), not a recurrent cell")
    }
    let next = try cell(input, state: state)
    try handOut([(next.hidden, first), (next.cell, c_next)])
  }
}

/// The lengths [B], int64, of the sequences that a mask [B, T] of any dtype tells of: not 0 at their steps, 0 behind their
/// ends. A mask with gaps is an error.
///
/// Threads: any. `out`: new reference.
@c(tw_sequence_lengths)
public func tw_sequence_lengths(
  _ mask: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try SequenceLengths.from(mask: asTensor(mask, "mask")) }
}

// MARK: - States between calls

/// How the recurrent layers and cells of the module and below begin a call that is given no state, TW_STATE_...:
/// TW_STATE_VALUES to go on where the call before ended, for text that comes in pieces or to generate one step at a time;
/// TW_STATE_GRAPH to have gradients flow into the calls before as well, until the mode is set to TW_STATE_VALUES, which cuts
/// the graph. TW_STATE_NONE, as at the start, forgets what was kept. Of a layer with two directions the first goes on; the
/// second begins with zeros at the end of every piece, as what follows there has not come yet. A state that is given or set
/// counts for both.
///
/// Threads: one at a time per module, and so are calls of modules that are stateful.
@c(tw_module_set_stateful)
public func tw_module_set_stateful(_ module: tw_module_t?, _ mode: Int32) -> tw_status {
  call { () throws(ThalwegError) in
    guard let carrying = StateCarrying(rawValue: Int(mode)) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_module_set_stateful: mode \(mode) does not exist; TW_STATE_NONE (0), _VALUES (1), _GRAPH (2) do")
    }
    for layer in try asModule(module).recurring { layer.carried.carrying = carrying }
  }
}

/// How the module, a recurrent layer or cell, begins a call that is given no state: TW_STATE_...
///
/// Threads: any.
@c(tw_recurrent_stateful)
public func tw_recurrent_stateful(_ module: tw_module_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { () throws(ThalwegError) in Int32(try asRecurring(asModule(module)).carried.carrying.rawValue) }
}

/// Lets the recurrent layers and cells of the module and below forget the state that they keep: the next call begins with
/// zeros.
///
/// Threads: one at a time per module.
@c(tw_module_reset_state)
public func tw_module_reset_state(_ module: tw_module_t?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).resetState() }
}

/// The state that a recurrent layer or cell keeps, as tw_recurrent_forward or tw_recurrent_step gives it for input with a
/// batch's dimension; NULL where there is none.
///
/// Threads: one at a time per module. `h`, `c`: new references.
@c(tw_recurrent_state)
public func tw_recurrent_state(
  _ module: tw_module_t?, _ h: UnsafeMutablePointer<tw_tensor_t?>?, _ c: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let (first, second) = (try pointer(h, "h"), try pointer(c, "c"))
    let state = try asRecurring(module).carried.state
    try handOut([(state?.hidden, first), (state?.cell, second)])
  }
}

/// Sets the state that a recurrent layer or cell, which must be stateful, keeps; NULL for zeros.
///
/// Threads: one at a time per module.
@c(tw_recurrent_set_state)
public func tw_recurrent_set_state(
  _ module: tw_module_t?, _ h: tw_tensor_t?, _ c: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    let layer = try asRecurring(asModule(module))
    let state = try asState(h, c)
    guard layer.carried.carrying != .none else {
      throw ThalwegError(
        .invalidArgument,
        "tw_recurrent_set_state: this \(layer.typeName) keeps no state; call tw_module_set_stateful first")
    }
    if let state { try layer.check(state) }
    layer.carried.state = layer.carried.carrying == .attached ? state : state?.detached()
  }
}

// MARK: - Gradients in time

/// Whether calls of a recurrent layer keep the norms of their states' gradients when a backward pass goes through them:
/// tw_recurrent_gradient_norms. They come of the same pass.
///
/// Threads: one at a time per module.
@c(tw_recurrent_keep_gradient_norms)
public func tw_recurrent_keep_gradient_norms(_ module: tw_module_t?, _ mode: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asRecurrent(asModule(module)).keepsGradientNorms = mode != 0 }
}

/// How large the gradient of the loss was at every step of the layer's latest call, as the backward pass through it found:
/// `hidden` has the norms with respect to h_t over batch and units, float64 [layers directions, T], `cell` those with respect
/// to c_t of an LSTM, NULL of others. Norms that shrink towards the beginning are a gradient that vanishes.
///
/// Threads: one at a time per module. `hidden`, `cell`: new references.
@c(tw_recurrent_gradient_norms)
public func tw_recurrent_gradient_norms(
  _ module: tw_module_t?, _ hidden: UnsafeMutablePointer<tw_tensor_t?>?,
  _ cell: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let (first, second) = (try pointer(hidden, "hidden"), try pointer(cell, "cell"))
    let norms = try asRecurrent(module).latestGradientNorms()
    try handOut([(norms.hidden, first), (norms.cell, second)])
  }
}

// MARK: - Truncated backpropagation through time

private var tbpttDefaults: tw_tbptt_options {
  tw_tbptt_options(
    struct_size: MemoryLayout<tw_tbptt_options>.size, tau: 0, k1: 0, dim: 0,
    loss: Int32(TW_LOSS_CROSS_ENTROPY), mean: 1, loss_callback: nil, after: nil, user_data: nil)
}

/// Fills the options with their defaults: not cut, time first, cross-entropy. `struct_size` is sizeof(tw_tbptt_options).
///
/// Threads: any.
@c(tw_tbptt_options_init)
public func tw_tbptt_options_init(
  _ options: UnsafeMutablePointer<tw_tbptt_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, tbpttDefaults) }
}

/// Goes once through a long sequence and accumulates the gradients of the loss of all its steps in the module's parameters,
/// each step's gradient going back `tau` steps at most: memory is that of `tau` steps, however long the sequence is, and with
/// `tau` of its length or more the gradient is exact. `input` and `target` have time along `dim`; the module is called with
/// pieces, and its recurrent layers take their states along. With the loss of every `k1` new steps gradients go back
/// (Williams & Peng 1990); if `k1` is less than `tau`, steps are computed again for that. `out` is the loss of all steps.
/// To cross-entropy outputs are [T, B, classes] for targets [T, B]. `options` may be NULL for the defaults.
///
/// The second direction of a layer begins with zeros at the end of each piece, which is all that it sees; `k1` must be `tau`
/// then.
///
/// Stateful layers begin with the state that they keep, and keep the last one; others with zeros.
///
/// Threads: one at a time per module.
@c(tw_tbptt)
public func tw_tbptt(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ target: tw_tensor_t?,
  _ options: UnsafePointer<tw_tbptt_options>?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    let (input, target) = (try asTensor(input, "input"), try asTensor(target, "target"))
    let given = try complete(options, tbpttDefaults)
    let loss =
      if let callback = given.loss_callback { ownLoss(callback, given.user_data, of: "tw_tbptt") } else {
        try asLoss(given.loss)
      }
    let reach = given.tau == 0 ? Int.max : Int(given.tau)
    let rule = try TruncatedBackpropagation(
      reach: reach, interval: given.k1 == 0 ? nil : Int(given.k1))
    guard let after = given.after else {
      return try rule(module, input, target, dim: Int(given.dim), loss: loss, mean: given.mean != 0)
    }
    let callback = Callback(after, given.user_data)
    return try rule(module, input, target, dim: Int(given.dim), loss: loss, mean: given.mean != 0) {
      (value) throws(ThalwegError) in
      try callback.run("the callback of tw_tbptt") { $0(value, $1) }
      return true
    }
  }
}

// MARK: - Arguments of recurrent functions

private func asRecurrent(
  _ module: Module, _ function: StaticString = #function
) throws(ThalwegError) -> RecurrentLayer {
  if let layer = module as? RecurrentLayer { return layer }
  throw ThalwegError(
    .invalidArgument,
    "\(bareName(function)): the module is a \(module.typeName); it must be an RNN, an LSTM or a GRU")
}

private func asRecurring(
  _ module: Module, _ function: StaticString = #function
) throws(ThalwegError) -> any Recurring {
  if let layer = module as? any Recurring { return layer }
  throw ThalwegError(
    .invalidArgument,
    "\(bareName(function)): the module is a \(module.typeName); it must be a recurrent layer or cell")
}

private func asState(
  _ h: tw_tensor_t?, _ c: tw_tensor_t?, _ function: StaticString = #function
) throws(ThalwegError) -> RecurrentState? {
  guard h != nil else {
    guard c == nil else {
      throw ThalwegError(.invalidArgument, "\(bareName(function)): there is a c but no h; give both")
    }
    return nil
  }
  return RecurrentState(try asTensor(h, "h", function), cell: try asOptionalTensor(c, "c", function))
}
