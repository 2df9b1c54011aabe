import CKernels

/// Lion. Chen et al. (2023), "Symbolic discovery of optimization algorithms", algorithm 2.
enum Lion<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ m: MutableAddress?,
    _ scalars: UnsafePointer<tk_lion_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self), let m = m?.assumingMemoryBound(to: E.self),
      let s = scalars?.pointee
    else { return }
    let sign = Pack(E(s.maximize != 0 ? -1 : 1)), shrink = Pack(E(s.shrink))
    let beta1 = Pack(E(s.beta1)), rest1 = Pack(E(1 - s.beta1))
    let beta2 = Pack(E(s.beta2)), rest2 = Pack(E(1 - s.beta2))
    let rate = Pack(E(-s.rate)), zero = Pack(E.zero)
    forEachPack(Int(n)) { i, count in
      let g = sign * Pack(gradient + i, count)
      let old = Pack(UnsafePointer(m + i), count)
      let direction = beta1.times(old, plus: rest1 * g)
      // The sign; 0 for 0, and NaN stays.
      let step = Pack.select(
        zero < direction, rate, Pack.select(direction < zero, -rate, direction))
      beta2.times(old, plus: rest2 * g).store(m + i, count)
      shrink.times(Pack(UnsafePointer(p + i), count), plus: step).store(p + i, count)
    }
  }
}
