import CKernels

// Loops over one and two operands. Contiguous data goes through `run` pack by pack; a broadcast operand
// (step 0) is a pack in memory that is read again and again; other steps are gathered into and scattered
// from small buffers, so that an operation's own code exists once.

typealias Address = UnsafeRawPointer
typealias MutableAddress = UnsafeMutableRawPointer

/// Elements that are gathered at a time.
@inline(__always)
private var chunk: Int { 64 }
private typealias Buffer<E> = InlineArray<64, E>

/// out = f(x) on packs.
protocol UnaryOperation {
  associatedtype Input: Element
  associatedtype Output: Element
  static func apply(_ x: Pack<Input>) -> Pack<Output>
  /// Whether it is so long a chain of instructions, without branches, that the processor is busy only with several of
  /// them side by side.
  static var isLong: Bool { get }
}

extension UnaryOperation {
  @inline(__always)
  static var isLong: Bool { false }
}

/// out = f(a, b) on packs.
protocol BinaryOperation {
  associatedtype Input: Element
  associatedtype Output: Element
  static func apply(_ a: Pack<Input>, _ b: Pack<Input>) -> Pack<Output>
}

/// Copies n elements, `step` apart, side by side.
@inline(__always)
private func gather<E>(_ n: Int, _ from: UnsafePointer<E>, _ step: Int, _ to: UnsafeMutablePointer<E>) {
  for i in 0..<n { to[i] = from[i &* step] }
}

@inline(__always)
private func scatter<E>(_ n: Int, _ from: UnsafePointer<E>, _ to: UnsafeMutablePointer<E>, _ step: Int) {
  for i in 0..<n { to[i &* step] = from[i] }
}

/// An address of elements side by side for n elements from `p`: `p` itself, or the buffer they are gathered in.
@inline(__always)
private func flat<E>(_ n: Int, _ p: UnsafePointer<E>, _ step: Int, _ buffer: UnsafeMutablePointer<E>)
  -> UnsafePointer<E>
{
  if step == 1 { return p }
  gather(n, p, step, buffer)
  return UnsafePointer(buffer)
}

extension UnaryOperation {
  // Written out: a closure as long as an elementary function would not be inlined, but called for every pack.
  @inline(never)
  private static func run<To: Destination>(
    _ n: Int, _ out: UnsafeMutablePointer<Output>, _ a: UnsafePointer<Input>, _: To.Type
  ) {
    var i = 0
    if isLong {
      while i &+ 4 &* width <= n {
        let (x0, x1) = (Pack(a + i), Pack(a + i + width))
        let (x2, x3) = (Pack(a + i + 2 &* width), Pack(a + i + 3 &* width))
        let (y0, y1, y2, y3) = (apply(x0), apply(x1), apply(x2), apply(x3))
        To.put(y0, out + i)
        To.put(y1, out + i + width)
        To.put(y2, out + i + 2 &* width)
        To.put(y3, out + i + 3 &* width)
        i &+= 4 &* width
      }
    }
    while i &+ width <= n {
      To.put(apply(Pack(a + i)), out + i)
      i &+= width
    }
    if i < n { apply(Pack(a + i, n &- i)).store(out + i, n &- i) }
  }

  @inline(__always)
  private static func contiguous(_ n: Int, _ out: UnsafeMutablePointer<Output>, _ a: UnsafePointer<Input>) {
    guard Streamed.suits(n, out, a, a) else { return run(n, out, a, Cached.self) }
    let head = Streamed.head(out)
    run(head, out, a, Cached.self)
    run(n &- head, out + head, a + head, Streamed.self)
    tk_stream_end()
  }

  @inline(__always)
  static func loop(_ n: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64) {
    guard let out = out?.assumingMemoryBound(to: Output.self), n > 0,
      let a = a?.assumingMemoryBound(to: Input.self)
    else { return }
    let n = Int(n), so = Int(so), sa = Int(sa)
    if so == 1 && sa == 1 { return contiguous(n, out, a) }
    var input = Buffer<Input>(repeating: .zero), output = Buffer<Output>(repeating: .zero)
    withUnsafeMutableBytes(of: &input) { input in
      withUnsafeMutableBytes(of: &output) { output in
        let x = input.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Input.self)
        let y = output.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Output.self)
        var i = 0
        while i < n {
          let m = min(chunk, n &- i)
          run(m, y, flat(m, a + i &* sa, sa, x), Cached.self)
          scatter(m, y, out + i &* so, so)
          i &+= chunk
        }
      }
    }
  }
}

extension BinaryOperation {
  /// `sa` and `sb` are 0 for an operand that is one pack in memory, `width` for one that is an array.
  @inline(never)
  private static func run<To: Destination>(
    _ n: Int, _ out: UnsafeMutablePointer<Output>, _ a: UnsafePointer<Input>, _ sa: Int,
    _ b: UnsafePointer<Input>, _ sb: Int, _: To.Type
  ) {
    var a = a, b = b
    var i = 0
    while i &+ width <= n {
      To.put(apply(Pack(a), Pack(b)), out + i)
      a += sa
      b += sb
      i &+= width
    }
    if i < n { apply(Pack(a, n &- i), Pack(b, n &- i)).store(out + i, n &- i) }
  }

  @inline(__always)
  private static func contiguous(
    _ n: Int, _ out: UnsafeMutablePointer<Output>, _ a: UnsafePointer<Input>, _ sa: Int,
    _ b: UnsafePointer<Input>, _ sb: Int
  ) {
    guard Streamed.suits(n, out, a, b) else { return run(n, out, a, sa, b, sb, Cached.self) }
    let head = Streamed.head(out)
    run(head, out, a, sa, b, sb, Cached.self)
    run(
      n &- head, out + head, a + (sa == 0 ? 0 : head), sa, b + (sb == 0 ? 0 : head), sb, Streamed.self)
    tk_stream_end()
  }

  @inline(__always)
  static func loop(
    _ n: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64, _ b: Address?, _ sb: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: Output.self), n > 0,
      let a = a?.assumingMemoryBound(to: Input.self), let b = b?.assumingMemoryBound(to: Input.self)
    else { return }
    let n = Int(n), so = Int(so), sa = Int(sa), sb = Int(sb)
    if so == 1 && sa == 1 && sb == 1 { return contiguous(n, out, a, width, b, width) }
    broadcasting(n, out, so, a, sa, b, sb)
  }

  @inline(never)
  private static func broadcasting(
    _ n: Int, _ out: UnsafeMutablePointer<Output>, _ so: Int, _ a: UnsafePointer<Input>, _ sa: Int,
    _ b: UnsafePointer<Input>, _ sb: Int
  ) {
    var constants = (Pack(a[0]), Pack(b[0]))
    withUnsafeBytes(of: &constants) { constants in
      let base = constants.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Input.self)
      let pa = sa == 0 ? base : a, pb = sb == 0 ? base + width : b
      if so == 1 && sa & ~1 == 0 && sb & ~1 == 0 {
        return contiguous(n, out, pa, sa &* width, pb, sb &* width)
      }
      strided(n, out, so, pa, sa, pb, sb)
    }
  }

  @inline(__always)
  private static func strided(
    _ n: Int, _ out: UnsafeMutablePointer<Output>, _ so: Int, _ a: UnsafePointer<Input>, _ sa: Int,
    _ b: UnsafePointer<Input>, _ sb: Int
  ) {
    var inputs = (Buffer<Input>(repeating: .zero), Buffer<Input>(repeating: .zero))
    var output = Buffer<Output>(repeating: .zero)
    withUnsafeMutableBytes(of: &inputs) { inputs in
      withUnsafeMutableBytes(of: &output) { output in
        let x = inputs.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Input.self)
        let y = output.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Output.self)
        var i = 0
        while i < n {
          let m = min(chunk, n &- i)
          let pa = sa == 0 ? a : flat(m, a + i &* sa, sa, x)
          let pb = sb == 0 ? b : flat(m, b + i &* sb, sb, x + chunk)
          run(m, y, pa, sa == 0 ? 0 : width, pb, sb == 0 ? 0 : width, Cached.self)
          scatter(m, y, out + i &* so, so)
          i &+= chunk
        }
      }
    }
  }
}
