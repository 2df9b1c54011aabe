// Recurrent layers and cells. Sequences are [T, B, ...], time first, or with the option batch_first [B, T, ...]; a sequence alone is
// [T, ...]. In a tw_sequential_create they take and give one tensor, as every layer; tw_recurrent_forward gives states and takes
// lengths.
public import CThalweg
import ThalwegCore
import ThalwegNN

private var recurrentDefaults: tw_recurrent_options {
  tw_recurrent_options(
    struct_size: MemoryLayout<tw_recurrent_options>.size, num_layers: 1, bias: 1, batch_first: 0, dropout: 0,
    bidirectional: 0, nonlinearity: Int32(TW_RNN_TANH), proj_size: 0, peephole: 0, reset_after: 1,
    forget_bias: .nan, return_sequences: 1, mask_zero: 0, dtype: Int32(TW_FLOAT32))
}

/// Fills the options with their defaults: one layer of one direction with biases, time first, TW_FLOAT32. `struct_size` is
/// sizeof(tw_recurrent_options).
///
/// Threads: any.
@c(tw_recurrent_options_init)
public func tw_recurrent_options_init(
  _ options: UnsafeMutablePointer<tw_recurrent_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, recurrentDefaults) }
}

/// h' = f(W_ih x + b_ih + W_hh h + b_hh), f the hyperbolic tangent, ReLU or the logistic function, step by step, in layers
/// and directions as the options say; they may be NULL for the defaults. Parameters of layer k: "weight_ih_lk" [H, in],
/// "weight_hh_lk" [H, H], "bias_ih_lk" and "bias_hh_lk" [H], those of a second direction with "_reverse" behind. All start
/// uniform in +-1/sqrt(H), from the default generator. A bias that is taken away (tw_module_register_parameter with NULL)
/// is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_rnn_create)
public func tw_rnn_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.RNN(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

/// Long short-term memory: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c') with s the logistic function and i, f, g, o, in
/// this order, the parts of W_ih x + b_ih + W_hh h + b_hh. Parameters as tw_rnn_create's with 4 H rows; with a projection
/// "weight_hr_lk" [proj_size, H] as well, with peepholes "weight_ch_lk" [3, H], those to i, f and o.
///
/// Threads: any. `out`: new reference.
@c(tw_lstm_create)
public func tw_lstm_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.LSTM(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

/// A gated recurrent unit: h' = (1 - z) n + z h with n = tanh(W_in x + b_in + r (W_hn h + b_hn)) or, without `reset_after`,
/// tanh(W_in x + b_in + W_hn (r h) + b_hn). Parameters as tw_rnn_create's with 3 H rows: r, z, n.
///
/// Threads: any. `out`: new reference.
@c(tw_gru_create)
public func tw_gru_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.GRU(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

/// One step of tw_rnn_create's layer, [B, in] to [B, H], with parameters "weight_ih", "weight_hh", "bias_ih" and "bias_hh".
///
/// Threads: any. `out`: new reference.
@c(tw_rnn_cell_create)
public func tw_rnn_cell_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.RNNCell(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

/// One step of tw_lstm_create's layer, [B, in] to [B, H], with parameters as tw_rnn_cell_create.
///
/// Threads: any. `out`: new reference.
@c(tw_lstm_cell_create)
public func tw_lstm_cell_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.LSTMCell(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

/// One step of tw_gru_create's layer, [B, in] to [B, H], with parameters as tw_rnn_cell_create.
///
/// Threads: any. `out`: new reference.
@c(tw_gru_cell_create)
public func tw_gru_cell_create(
  _ input_size: Int64, _ hidden_size: Int64, _ options: UnsafePointer<tw_recurrent_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let (settings, dtype) = try recurrentSettings(options)
    return try ThalwegNN.GRUCell(Int(input_size), Int(hidden_size), settings, dtype: dtype)
  }
}

private func recurrentSettings(
  _ options: UnsafePointer<tw_recurrent_options>?, _ function: StaticString = #function
) throws(ThalwegError) -> (RecurrentOptions, DType) {
  let given = try complete(options, recurrentDefaults, function)
  let nonlinearity: RecurrentOptions.Nonlinearity =
    switch given.nonlinearity {
    case Int32(TW_RNN_TANH): .tanh
    case Int32(TW_RNN_RELU): .relu
    case Int32(TW_RNN_SIGMOID): .sigmoid
    default:
      throw ThalwegError(
        .invalidArgument,
        "\(bareName(function)): nonlinearity \(given.nonlinearity) does not exist; TW_RNN_TANH (0) to _SIGMOID (2) do"
      )
    }
  let settings = RecurrentOptions(
    layers: Int(given.num_layers), bias: given.bias != 0, batchFirst: given.batch_first != 0,
    dropout: given.dropout, bidirectional: given.bidirectional != 0, projection: Int(given.proj_size),
    peephole: given.peephole != 0, forgetBias: given.forget_bias.isNaN ? nil : given.forget_bias,
    resetAfter: given.reset_after != 0, nonlinearity: nonlinearity,
    returnsSequences: given.return_sequences != 0, masksZeros: given.mask_zero != 0)
  return (settings, try asDType(given.dtype, function))
}
