import CKernels

// Activations with numbers that say their shape, and the products of a gradient with their derivatives. Contiguous.

protocol ParametricActivation {
  associatedtype E: Real
  init(_ p: E, _ q: E)
  func value(_ x: Pack<E>) -> Pack<E>
  /// g f'(x)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E>
}

extension ParametricActivation {
  @inline(__always)
  static func value(_ n: Int64, _ x: Address?, _ y: MutableAddress?, _ p: Double, _ q: Double) {
    guard let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self) else {
      return
    }
    let n = Int(n), function = Self(E(p), E(q))
    guard Streamed.suits(n, y, x, x) else { return values(function, n, x, y, Cached.self) }
    let head = Streamed.head(y)
    values(function, head, x, y, Cached.self)
    values(function, n &- head, x + head, y + head, Streamed.self)
    tk_stream_end()
  }

  // Four packs side by side, as the functions are long chains of instructions.
  @inline(never)
  private static func values<To: Destination>(
    _ f: Self, _ n: Int, _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>, _: To.Type
  ) {
    var i = 0
    while i &+ 4 &* width <= n {
      let (x0, x1) = (Pack(x + i), Pack(x + i + width))
      let (x2, x3) = (Pack(x + i + 2 &* width), Pack(x + i + 3 &* width))
      let (y0, y1, y2, y3) = (f.value(x0), f.value(x1), f.value(x2), f.value(x3))
      To.put(y0, y + i)
      To.put(y1, y + i + width)
      To.put(y2, y + i + 2 &* width)
      To.put(y3, y + i + 3 &* width)
      i &+= 4 &* width
    }
    while i < n {
      let count = min(width, n &- i)
      f.value(Pack(x + i, count)).store(y + i, count)
      i &+= width
    }
  }

  @inline(__always)
  static func gradient(
    _ n: Int64, _ g: Address?, _ x: Address?, _ dx: MutableAddress?, _ p: Double, _ q: Double
  ) {
    guard let g = g?.assumingMemoryBound(to: E.self), let x = x?.assumingMemoryBound(to: E.self),
      let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(n), function = Self(E(p), E(q))
    guard Streamed.suits(n, dx, x, g) else { return gradients(function, n, g, x, dx, Cached.self) }
    let head = Streamed.head(dx)
    gradients(function, head, g, x, dx, Cached.self)
    gradients(function, n &- head, g + head, x + head, dx + head, Streamed.self)
    tk_stream_end()
  }

  @inline(never)
  private static func gradients<To: Destination>(
    _ f: Self, _ n: Int, _ g: UnsafePointer<E>, _ x: UnsafePointer<E>, _ dx: UnsafeMutablePointer<E>,
    _: To.Type
  ) {
    var i = 0
    while i &+ 2 &* width <= n {
      let (y0, y1) = (
        f.gradient(Pack(g + i), Pack(x + i)), f.gradient(Pack(g + i + width), Pack(x + i + width))
      )
      To.put(y0, dx + i)
      To.put(y1, dx + i + width)
      i &+= 2 &* width
    }
    while i < n {
      let count = min(width, n &- i)
      f.gradient(Pack(g + i, count), Pack(x + i, count)).store(dx + i, count)
      i &+= width
    }
  }
}

/// x above 0, else p x.
struct LeakyRectifier<E: Real>: ParametricActivation {
  let slope: Pack<E>

  @inline(__always)
  init(_ p: E, _ q: E) { slope = Pack(p) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { Pack.select(x > Pack(0), x, slope * x) }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> { Pack.select(x > Pack(0), g, slope * g) }
}

/// q x above 0, else q p (e^x - 1).
struct ExponentialLinear<E: Real>: ParametricActivation {
  let alpha, scale: Pack<E>

  @inline(__always)
  init(_ p: E, _ q: E) { (alpha, scale) = (Pack(p) * Pack(q), Pack(q)) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { Pack.select(x > Pack(0), scale * x, alpha * x.expm1()) }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    g * Pack.select(x > Pack(0), scale, alpha * x.exp())
  }
}

/// x F(x), F the normal distribution.
struct GaussianLinear<E: Real>: ParametricActivation {
  @inline(__always)
  init(_ p: E, _ q: E) {}
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { x * E.normal(x) }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    let density = Pack(0.398942280401432678) * (Pack(-0.5) * x * x).expOfNegative()
    return g * x.times(density, plus: E.normal(x))
  }
}

/// x (1 + tanh u) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
struct GaussianLinearByTanh<E: Real>: ParametricActivation {
  @inline(__always)
  init(_ p: E, _ q: E) {}
  @inline(__always)
  private func twice(_ x: Pack<E>) -> Pack<E> {
    Pack(1.59576912160573071) * x * Pack(0.044715).times(x * x, plus: 1)
  }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { x * twice(x).sigmoid() }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    let (s, rest) = twice(x).sigmoidAndComplement()
    let slope = Pack(1.59576912160573071) * Pack(0.134145).times(x * x, plus: 1)
    return g * (x * s * rest).times(slope, plus: s)
  }
}

/// x sigmoid(x)
struct SigmoidLinear<E: Real>: ParametricActivation {
  @inline(__always)
  init(_ p: E, _ q: E) {}
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { x * x.sigmoid() }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    let (s, rest) = x.sigmoidAndComplement()
    return g * s * x.times(rest, plus: 1)
  }
}

/// log(1 + e^px) / p, and x itself where px > q.
struct Softplus<E: Real>: ParametricActivation {
  let beta, threshold: Pack<E>

  @inline(__always)
  init(_ p: E, _ q: E) { (beta, threshold) = (Pack(p), Pack(q)) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> {
    let z = beta * x
    let soft = Pack.select(z > Pack(0), z, Pack(0)) + (-z.magnitude).exp().log1pOfFraction()
    return Pack.select(z > threshold, x, soft / beta)
  }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    let z = beta * x
    return Pack.select(z > threshold, g, g * z.sigmoid())
  }
}

/// x^2 / 2 where |x| <= p, else p (|x| - p / 2).
struct Huber<E: Real>: ParametricActivation {
  let limit: Pack<E>

  @inline(__always)
  init(_ p: E, _ q: E) { limit = Pack(p) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> {
    let size = x.magnitude
    return Pack.select(size <= limit, Pack(0.5) * x * x, limit * (size - Pack(0.5) * limit))
  }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    let raised = Pack.select(x < -limit, -limit, x)
    return g * Pack.select(raised > limit, limit, raised)
  }
}

/// The nearest number in [p, q], q where p > q; NaN stays. The gradient is g in [p, q].
struct Clamp<E: Real>: ParametricActivation {
  let low, high: Pack<E>

  @inline(__always)
  init(_ p: E, _ q: E) { (low, high) = (Pack(p), Pack(q)) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> {
    let raised = Pack.select(x < low, low, x)
    return Pack.select(raised > high, high, raised)
  }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    Pack.select((x >= low) & (x <= high), g, Pack(0))
  }
}

/// As `Clamp`, but the gradient is g in (p, q).
struct HardTanh<E: Real>: ParametricActivation {
  let clamp: Clamp<E>

  @inline(__always)
  init(_ p: E, _ q: E) { clamp = Clamp(p, q) }
  @inline(__always)
  func value(_ x: Pack<E>) -> Pack<E> { clamp.value(x) }
  @inline(__always)
  func gradient(_ g: Pack<E>, _ x: Pack<E>) -> Pack<E> {
    Pack.select((x > clamp.low) & (x < clamp.high), g, Pack(0))
  }
}
