import CKernels

/// RMSprop. Tieleman and Hinton (2012); centred as in Graves (2013), "Generating sequences with recurrent neural
/// networks".
enum RMSprop<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ square: MutableAddress?,
    _ mean: MutableAddress?, _ velocity: MutableAddress?, _ scalars: UnsafePointer<tk_rmsprop_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self),
      let square = square?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let mean = mean?.assumingMemoryBound(to: E.self), velocity = velocity?.assumingMemoryBound(to: E.self)
    let decay = Pack(E(s.decay)), sign = Pack(E(s.maximize != 0 ? -1 : 1))
    let rate = Pack(E(-s.rate)), epsilon = Pack(E(s.epsilon)), momentum = Pack(E(s.momentum))
    let alpha = Pack(E(s.alpha)), rest = Pack(E(1 - s.alpha))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      let g = x.times(decay, plus: sign * Pack(gradient + i, count))
      let v = alpha.times(Pack(UnsafePointer(square + i), count), plus: rest * (g * g))
      v.store(square + i, count)
      var variance = v
      if let mean {
        // From the old mean to the gradient: equal gradients leave the mean, thus the variance, exact.
        let old = Pack(UnsafePointer(mean + i), count)
        let new = rest.times(g - old, plus: old)
        new.store(mean + i, count)
        variance = (-new).times(new, plus: v)
      }
      var step = g / (variance.squareRoot + epsilon)
      if let velocity {
        step = momentum.times(Pack(UnsafePointer(velocity + i), count), plus: step)
        step.store(velocity + i, count)
      }
      rate.times(step, plus: x).store(p + i, count)
    }
  }
}
