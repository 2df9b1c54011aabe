public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Optimisers: SGD

private var sgdDefaults: tw_sgd_options {
  tw_sgd_options(
    struct_size: MemoryLayout<tw_sgd_options>.size, lr: 1e-3, momentum: 0, dampening: 0, weight_decay: 0,
    nesterov: 0, maximize: 0)
}

/// Fills the options with their defaults: lr 1e-3, the rest 0. `struct_size` is sizeof(tw_sgd_options).
///
/// Threads: any.
@c(tw_sgd_options_init)
public func tw_sgd_options_init(
  _ options: UnsafeMutablePointer<tw_sgd_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, sgdDefaults) }
}

/// Stochastic gradient descent with momentum, as PyTorch defines it, over `count` parameters: different float leaves.
/// `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_sgd_create)
public func tw_sgd_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_sgd_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, sgdDefaults)
    return try SGD(
      parameters, learningRate: options.lr, momentum: options.momentum, dampening: options.dampening,
      weightDecay: options.weight_decay, nesterov: options.nesterov != 0, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: Adam

private var adamDefaults: tw_adam_options {
  tw_adam_options(
    struct_size: MemoryLayout<tw_adam_options>.size, lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8,
    weight_decay: 0, amsgrad: 0, maximize: 0, decoupled_weight_decay: 0)
}

/// Fills the options with their defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8, the rest 0. `struct_size` is
/// sizeof(tw_adam_options).
///
/// Threads: any.
@c(tw_adam_options_init)
public func tw_adam_options_init(
  _ options: UnsafeMutablePointer<tw_adam_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, adamDefaults) }
}

/// Adam, or AdamW with `decoupled_weight_decay`, as PyTorch defines them, over `count` parameters: different float
/// leaves. `options` may be NULL for the defaults. The handles stay the caller's; the tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_adam_create)
public func tw_adam_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_adam_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, adamDefaults)
    return try Adam(
      parameters, learningRate: options.lr, betas: (options.beta1, options.beta2), epsilon: options.eps,
      weightDecay: options.weight_decay, amsgrad: options.amsgrad != 0, maximize: options.maximize != 0,
      decoupledWeightDecay: options.decoupled_weight_decay != 0)
  }
}

// MARK: - Optimisers: all of them

/// Updates every parameter that has a gradient, in place. On an error no parameter has changed.
///
/// Threads: one at a time per optimizer, and nobody else may use its parameters meanwhile.
@c(tw_optimizer_step)
public func tw_optimizer_step(_ optimizer: tw_optimizer_t?) -> tw_status {
  call { () throws(ThalwegError) in try asOptimizer(optimizer).step() }
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

private func makeOptimizer(
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Optimizer
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .optimizer)
  }
}
