import CKernels

/// Stochastic gradient descent with momentum; Sutskever et al. (2013), in PyTorch's form.
enum StochasticGradientDescent<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ velocity: MutableAddress?,
    _ scalars: UnsafePointer<tk_sgd_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let v = velocity?.assumingMemoryBound(to: E.self)
    let rate = Pack(E(-s.learning_rate)), decay = Pack(E(s.weight_decay))
    let momentum = Pack(E(s.momentum))
    let fresh = Pack(E(s.first_step != 0 ? 1 : 1 - s.dampening))
    let sign = Pack(E(s.maximize != 0 ? -1 : 1))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      var g = x.times(decay, plus: sign * Pack(gradient + i, count))
      if let v {
        // At the first step the velocity is not read: it may be memory that nobody has written.
        var u = fresh * g
        if s.first_step == 0 { u = momentum.times(Pack(UnsafePointer(v + i), count), plus: u) }
        u.store(v + i, count)
        g = s.nesterov != 0 ? momentum.times(u, plus: g) : u
      }
      rate.times(g, plus: x).store(p + i, count)
    }
  }
}
