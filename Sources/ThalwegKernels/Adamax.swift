import CKernels

/// Adamax: Adam with the infinity norm. Kingma and Ba (2015), section 7.1.
enum Adamax<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ m: MutableAddress?,
    _ u: MutableAddress?, _ scalars: UnsafePointer<tk_adamax_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self), let m = m?.assumingMemoryBound(to: E.self),
      let u = u?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let decay = Pack(E(s.decay)), sign = Pack(E(s.maximize != 0 ? -1 : 1))
    let beta1 = Pack(E(s.beta1)), rest1 = Pack(E(1 - s.beta1)), beta2 = Pack(E(s.beta2))
    let rate = Pack(E(-s.rate)), epsilon = Pack(E(s.epsilon))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      let g = x.times(decay, plus: sign * Pack(gradient + i, count))
      let first = beta1.times(Pack(UnsafePointer(m + i), count), plus: rest1 * g)
      let largest = Maximum.apply(beta2 * Pack(UnsafePointer(u + i), count), g.magnitude + epsilon)
      first.store(m + i, count)
      largest.store(u + i, count)
      rate.times(first / largest, plus: x).store(p + i, count)
    }
  }
}
