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

// MARK: - Optimisers: Adagrad

private var adagradDefaults: tw_adagrad_options {
  tw_adagrad_options(
    struct_size: MemoryLayout<tw_adagrad_options>.size, lr: 1e-2, lr_decay: 0, weight_decay: 0,
    initial_accumulator_value: 0, eps: 1e-10, maximize: 0)
}

/// Fills the options with their defaults: lr 1e-2, eps 1e-10, the rest 0. `struct_size` is sizeof(tw_adagrad_options).
///
/// Threads: any.
@c(tw_adagrad_options_init)
public func tw_adagrad_options_init(
  _ options: UnsafeMutablePointer<tw_adagrad_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, adagradDefaults) }
}

/// Adagrad (Duchi et al. 2011): steps divided by the root of all squared gradients so far, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_adagrad_create)
public func tw_adagrad_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_adagrad_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, adagradDefaults)
    return try Adagrad(
      parameters, learningRate: options.lr, learningRateDecay: options.lr_decay,
      weightDecay: options.weight_decay, initialAccumulatorValue: options.initial_accumulator_value,
      epsilon: options.eps, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: Adadelta

private var adadeltaDefaults: tw_adadelta_options {
  tw_adadelta_options(
    struct_size: MemoryLayout<tw_adadelta_options>.size, lr: 1, rho: 0.9, eps: 1e-6, weight_decay: 0,
    maximize: 0)
}

/// Fills the options with their defaults: lr 1, rho 0.9, eps 1e-6, the rest 0. `struct_size` is sizeof(tw_adadelta_options).
///
/// Threads: any.
@c(tw_adadelta_options_init)
public func tw_adadelta_options_init(
  _ options: UnsafeMutablePointer<tw_adadelta_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, adadeltaDefaults) }
}

/// Adadelta (Zeiler 2012): steps whose size follows those before, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_adadelta_create)
public func tw_adadelta_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_adadelta_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, adadeltaDefaults)
    return try Adadelta(
      parameters, learningRate: options.lr, rho: options.rho, epsilon: options.eps,
      weightDecay: options.weight_decay, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: RMSprop

private var rmspropDefaults: tw_rmsprop_options {
  tw_rmsprop_options(
    struct_size: MemoryLayout<tw_rmsprop_options>.size, lr: 1e-2, alpha: 0.99, eps: 1e-8, weight_decay: 0,
    momentum: 0, centered: 0, maximize: 0)
}

/// Fills the options with their defaults: lr 1e-2, alpha 0.99, eps 1e-8, the rest 0. `struct_size` is sizeof(tw_rmsprop_options).
///
/// Threads: any.
@c(tw_rmsprop_options_init)
public func tw_rmsprop_options_init(
  _ options: UnsafeMutablePointer<tw_rmsprop_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, rmspropDefaults) }
}

/// RMSprop (Tieleman & Hinton 2012; centred: Graves 2013): steps divided by the root of the gradients' running mean square, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_rmsprop_create)
public func tw_rmsprop_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_rmsprop_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, rmspropDefaults)
    return try RMSprop(
      parameters, learningRate: options.lr, alpha: options.alpha, epsilon: options.eps,
      weightDecay: options.weight_decay, momentum: options.momentum, centered: options.centered != 0,
      maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: NAdam

private var nadamDefaults: tw_nadam_options {
  tw_nadam_options(
    struct_size: MemoryLayout<tw_nadam_options>.size, lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8,
    weight_decay: 0, momentum_decay: 4e-3, decoupled_weight_decay: 0, maximize: 0)
}

/// Fills the options with their defaults: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8, momentum_decay 4e-3, the rest 0. `struct_size` is sizeof(tw_nadam_options).
///
/// Threads: any.
@c(tw_nadam_options_init)
public func tw_nadam_options_init(
  _ options: UnsafeMutablePointer<tw_nadam_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, nadamDefaults) }
}

/// NAdam (Dozat 2016): Adam with Nesterov's momentum, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_nadam_create)
public func tw_nadam_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_nadam_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, nadamDefaults)
    return try NAdam(
      parameters, learningRate: options.lr, betas: (options.beta1, options.beta2), epsilon: options.eps,
      weightDecay: options.weight_decay, momentumDecay: options.momentum_decay,
      decoupledWeightDecay: options.decoupled_weight_decay != 0, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: RAdam

private var radamDefaults: tw_radam_options {
  tw_radam_options(
    struct_size: MemoryLayout<tw_radam_options>.size, lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8,
    weight_decay: 0, decoupled_weight_decay: 0, maximize: 0)
}

/// Fills the options with their defaults: lr 1e-3, beta1 0.9, beta2 0.999, eps 1e-8, the rest 0. `struct_size` is sizeof(tw_radam_options).
///
/// Threads: any.
@c(tw_radam_options_init)
public func tw_radam_options_init(
  _ options: UnsafeMutablePointer<tw_radam_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, radamDefaults) }
}

/// RAdam (Liu et al. 2020): Adam whose first steps are rectified, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_radam_create)
public func tw_radam_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_radam_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, radamDefaults)
    return try RAdam(
      parameters, learningRate: options.lr, betas: (options.beta1, options.beta2), epsilon: options.eps,
      weightDecay: options.weight_decay, decoupledWeightDecay: options.decoupled_weight_decay != 0,
      maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: Adamax

private var adamaxDefaults: tw_adamax_options {
  tw_adamax_options(
    struct_size: MemoryLayout<tw_adamax_options>.size, lr: 2e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8,
    weight_decay: 0, maximize: 0)
}

/// Fills the options with their defaults: lr 2e-3, beta1 0.9, beta2 0.999, eps 1e-8, the rest 0. `struct_size` is sizeof(tw_adamax_options).
///
/// Threads: any.
@c(tw_adamax_options_init)
public func tw_adamax_options_init(
  _ options: UnsafeMutablePointer<tw_adamax_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, adamaxDefaults) }
}

/// Adamax (Kingma & Ba 2015): Adam with the largest gradient instead of the mean of squares, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_adamax_create)
public func tw_adamax_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_adamax_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, adamaxDefaults)
    return try Adamax(
      parameters, learningRate: options.lr, betas: (options.beta1, options.beta2), epsilon: options.eps,
      weightDecay: options.weight_decay, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: Lion

private var lionDefaults: tw_lion_options {
  tw_lion_options(
    struct_size: MemoryLayout<tw_lion_options>.size, lr: 1e-4, beta1: 0.9, beta2: 0.99, weight_decay: 0,
    maximize: 0)
}

/// Fills the options with their defaults: lr 1e-4, beta1 0.9, beta2 0.99, the rest 0. `struct_size` is sizeof(tw_lion_options).
///
/// Threads: any.
@c(tw_lion_options_init)
public func tw_lion_options_init(
  _ options: UnsafeMutablePointer<tw_lion_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, lionDefaults) }
}

/// Lion (Chen et al. 2023): steps of one size along the sign of a momentum, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_lion_create)
public func tw_lion_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_lion_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, lionDefaults)
    return try Lion(
      parameters, learningRate: options.lr, betas: (options.beta1, options.beta2),
      weightDecay: options.weight_decay, maximize: options.maximize != 0)
  }
}

// MARK: - Optimisers: LBFGS

private var lbfgsDefaults: tw_lbfgs_options {
  tw_lbfgs_options(
    struct_size: MemoryLayout<tw_lbfgs_options>.size, lr: 1, max_iter: 20, max_eval: -1, tolerance_grad: 1e-7,
    tolerance_change: 1e-9, history_size: 100, strong_wolfe: 0)
}

/// Fills the options with their defaults: lr 1, max_iter 20, max_eval -1, tolerance_grad 1e-7, tolerance_change 1e-9, history_size 100, the rest 0. `struct_size` is sizeof(tw_lbfgs_options).
///
/// Threads: any.
@c(tw_lbfgs_options_init)
public func tw_lbfgs_options_init(
  _ options: UnsafeMutablePointer<tw_lbfgs_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, lbfgsDefaults) }
}

/// L-BFGS (Nocedal & Wright 2006, algorithm 7.5), which steps by tw_optimizer_step_closure alone, over
/// `count` parameters: different float leaves. `options` may be NULL for the defaults. The handles stay the caller's; the
/// tensors themselves are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_lbfgs_create)
public func tw_lbfgs_create(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ options: UnsafePointer<tw_lbfgs_options>?,
  _ out: UnsafeMutablePointer<tw_optimizer_t?>?
) -> tw_status {
  makeOptimizer(out) { () throws(ThalwegError) in
    let parameters = try asTensors(parameters, count, "parameters")
    let options = try complete(options, lbfgsDefaults)
    return try LBFGS(
      parameters, learningRate: options.lr, maxIterations: Int(options.max_iter),
      maxEvaluations: options.max_eval < 0 ? nil : Int(options.max_eval),
      toleranceGradient: options.tolerance_grad, toleranceChange: options.tolerance_change,
      historySize: Int(options.history_size), strongWolfe: options.strong_wolfe != 0)
  }
}
