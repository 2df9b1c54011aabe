public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - Keras's models

/// The model in a file of Keras's, `.keras` or legacy `.h5`, told apart by what is in them: Sequential, functional and
/// nested models of layers that are known here. It takes what Keras's model takes, channels last, and gives what that
/// gives; it begins in evaluation mode. Nothing of the file is ever run: a layer or option that is not supported is
/// TW_ERROR_FORMAT, with its path and class, before weights are read. As every HDF5 file, one that nobody vouches for
/// can crash libhdf5 itself: see tw_set_isolation.
///
/// Threads: any. `out`: new reference.
@c(tw_model_load_keras)
public func tw_model_load_keras(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try Module.loadKeras(asString(path, "path")) }
}

/// Reads the weights alone of a file of Keras's, `.keras`, `.weights.h5` or legacy `.h5`, into a module that
/// tw_model_load_keras made, or one of this library's layers that fit. All of them or none.
///
/// Threads: one at a time per module.
@c(tw_model_load_keras_weights)
public func tw_model_load_keras_weights(
  _ module: tw_module_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).loadKerasWeights(asString(path, "path")) }
}

/// Writes a model to a file that Keras opens: legacy `.h5` where the path ends so, else `.keras`. It may be what
/// tw_model_load_keras made, or a Sequential of this library's layers that Keras has, in it Residuals of such: images are
/// channels last there, sequences batch first, outputs the same. Another layer is TW_ERROR_INVALID_ARGUMENT with its
/// name. The file appears in one step. Keras 2.15 and Keras 3 open it, but Keras 3 alone a model with models inside, or
/// with states, masks or a MultiHeadAttention's value handed on between layers; where Keras 2 wrote the model, .h5 is in
/// its form, and .keras is refused where Keras 3 computes something else (hard_sigmoid, masks of what is merged).
///
/// Threads: one at a time per module and path.
@c(tw_model_save_keras)
public func tw_model_save_keras(_ module: tw_module_t?, _ path: UnsafePointer<CChar>?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).saveKeras(asString(path, "path")) }
}

/// Writes a model that tw_model_load_keras made with the optimiser that trains it, so that training goes on in Keras:
/// options, steps and momenta of Adam, AdamW, SGD, RMSprop, Adagrad, Adadelta, Adamax or Lion. Else as
/// tw_model_save_keras.
///
/// Threads: one at a time per module, optimiser and path.
@c(tw_model_save_keras_training)
public func tw_model_save_keras_training(
  _ module: tw_module_t?, _ optimizer: tw_optimizer_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).saveKeras(asString(path, "path"), optimizer: asOptimizer(optimizer))
  }
}

/// Gives an optimiser of the parameters of a model that tw_model_load_keras made the options and the state of the one in
/// the file: learning rate, steps, momenta. Training goes on as in Keras, but for where an epsilon stands. Of a schedule of
/// Keras's the rate that it has come to is taken, not the schedule. An optimiser of another rule, a schedule that is not
/// Keras's, or options that have no equal here (clipping, moving averages of weights, accumulated gradients, scaled
/// losses): TW_ERROR_FORMAT, and nothing has changed.
///
/// Threads: one at a time per module and optimiser.
@c(tw_optimizer_load_keras)
public func tw_optimizer_load_keras(
  _ optimizer: tw_optimizer_t?, _ module: tw_module_t?, _ path: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).loadKerasOptimizer(asOptimizer(optimizer), asString(path, "path"))
  }
}

/// Calls a model of several inputs or outputs, such as tw_model_load_keras makes; another module with one of each.
///
/// Threads: any, also several on one module. `outs`: room for `capacity` handles; new references. `out_count`: how many
/// outputs there are; with more than `capacity` nothing is written to `outs` and the call is TW_ERROR_INVALID_ARGUMENT.
@c(tw_module_call)
public func tw_module_call(
  _ module: tw_module_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ outs: UnsafeMutablePointer<tw_tensor_t?>?, _ capacity: UInt, _ out_count: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let inputs = try asTensors(inputs, input_count, "inputs")
    let outs = try pointer(outs, "outs")
    let count = try pointer(out_count, "out_count")
    let outputs = try module.call(inputs)
    guard outputs.count <= capacity else {
      throw ThalwegError(
        .invalidArgument, "tw_module_call: there are \(outputs.count) outputs and room for \(capacity)")
    }
    try handOut(outputs, outs)
    count.pointee = UInt(outputs.count)
  }
}
