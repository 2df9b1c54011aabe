import CKernels

/// Adagrad. Duchi et al. (2011), "Adaptive subgradient methods for online learning and stochastic optimization".
enum Adagrad<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ sum: MutableAddress?,
    _ scalars: UnsafePointer<tk_adagrad_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self),
      let sum = sum?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let decay = Pack(E(s.decay)), sign = Pack(E(s.maximize != 0 ? -1 : 1))
    let rate = Pack(E(-s.rate)), epsilon = Pack(E(s.epsilon))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      let g = x.times(decay, plus: sign * Pack(gradient + i, count))
      let total = g.times(g, plus: Pack(UnsafePointer(sum + i), count))
      total.store(sum + i, count)
      rate.times(g / (total.squareRoot + epsilon), plus: x).store(p + i, count)
    }
  }
}
