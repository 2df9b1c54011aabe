import CKernels

/// Adam (Kingma and Ba 2015) and what differs from it in scalars alone: AdamW (Loshchilov and Hutter 2019), NAdam
/// (Dozat 2016), RAdam (Liu et al. 2020); with `maxV` AMSGrad (Reddi et al. 2018).
enum Adam<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ m: MutableAddress?,
    _ v: MutableAddress?,
    _ maxV: MutableAddress?, _ scalars: UnsafePointer<tk_adam_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self), let m = m?.assumingMemoryBound(to: E.self),
      let v = v?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let greatest = maxV?.assumingMemoryBound(to: E.self)
    let decay = Pack(E(s.decay)), shrink = Pack(E(s.shrink))
    let sign = Pack(E(s.maximize != 0 ? -1 : 1))
    let beta1 = Pack(E(s.beta1)), beta2 = Pack(E(s.beta2))
    let rest1 = Pack(E(1 - s.beta1)), rest2 = Pack(E(1 - s.beta2))
    let momentRate = Pack(E(-s.moment_rate)), gradientRate = Pack(E(-s.gradient_rate))
    let root = Pack(E(s.root)), epsilon = Pack(E(s.epsilon))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      let g = x.times(decay, plus: sign * Pack(gradient + i, count))
      let first = beta1.times(Pack(UnsafePointer(m + i), count), plus: rest1 * g)
      let second = beta2.times(Pack(UnsafePointer(v + i), count), plus: rest2 * (g * g))
      first.store(m + i, count)
      second.store(v + i, count)
      var size = second
      if let greatest {
        size = Maximum.apply(Pack(UnsafePointer(greatest + i), count), second)
        size.store(greatest + i, count)
      }
      let step = momentRate.times(first, plus: gradientRate * g)
      (shrink.times(x, plus: step / size.squareRoot.times(root, plus: epsilon))).store(p + i, count)
    }
  }
}
