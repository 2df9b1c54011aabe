import CKernels

/// Adadelta. Zeiler (2012), "ADADELTA: an adaptive learning rate method", algorithm 1.
enum Adadelta<E: Real> {
  @inline(__always)
  static func step(
    _ n: Int64, _ parameter: MutableAddress?, _ gradient: Address?, _ square: MutableAddress?,
    _ delta: MutableAddress?, _ scalars: UnsafePointer<tk_adadelta_scalars>?
  ) {
    guard let p = parameter?.assumingMemoryBound(to: E.self), n > 0,
      let gradient = gradient?.assumingMemoryBound(to: E.self),
      let square = square?.assumingMemoryBound(to: E.self),
      let delta = delta?.assumingMemoryBound(to: E.self), let s = scalars?.pointee
    else { return }
    let decay = Pack(E(s.decay)), sign = Pack(E(s.maximize != 0 ? -1 : 1))
    let rate = Pack(E(-s.rate)), epsilon = Pack(E(s.epsilon))
    let rho = Pack(E(s.rho)), rest = Pack(E(1 - s.rho))
    forEachPack(Int(n)) { i, count in
      let x = Pack(UnsafePointer(p + i), count)
      let g = x.times(decay, plus: sign * Pack(gradient + i, count))
      let v = rho.times(Pack(UnsafePointer(square + i), count), plus: rest * (g * g))
      let old = Pack(UnsafePointer(delta + i), count)
      let step = (old + epsilon).squareRoot / (v + epsilon).squareRoot * g
      v.store(square + i, count)
      rho.times(old, plus: rest * (step * step)).store(delta + i, count)
      rate.times(step, plus: x).store(p + i, count)
    }
  }
}
