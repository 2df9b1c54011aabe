import CKernels

// Images into lanes and back: transposed in registers, a square of lanes by lanes at a time. A square is transposed by
// perfect shuffles: zipping the first half of its packs with the second turns the bits of (pack, lane) by one.

extension LaneProduct {
  private typealias P = Pack<E>
  #if THALWEG_V4
    private typealias Square = (P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P)

    @inline(__always)
    private static func square(_ load: (Int) -> P) -> Square {
      (
        load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7), load(8), load(9), load(10),
        load(11), load(12), load(13), load(14), load(15)
      )
    }

    @inline(__always)
    private static func shuffle(_ v: Square) -> Square {
      (
        low(v.0, v.8), high(v.0, v.8), low(v.1, v.9), high(v.1, v.9), low(v.2, v.10), high(v.2, v.10),
        low(v.3, v.11), high(v.3, v.11), low(v.4, v.12), high(v.4, v.12), low(v.5, v.13), high(v.5, v.13),
        low(v.6, v.14), high(v.6, v.14), low(v.7, v.15), high(v.7, v.15)
      )
    }

    @inline(__always)
    private static func transposed(_ v: Square) -> Square { shuffle(shuffle(shuffle(shuffle(v)))) }

    @inline(__always)
    private static func forEach(_ v: Square, _ body: (Int, P) -> Void) {
      body(0, v.0)
      body(1, v.1)
      body(2, v.2)
      body(3, v.3)
      body(4, v.4)
      body(5, v.5)
      body(6, v.6)
      body(7, v.7)
      body(8, v.8)
      body(9, v.9)
      body(10, v.10)
      body(11, v.11)
      body(12, v.12)
      body(13, v.13)
      body(14, v.14)
      body(15, v.15)
    }
  #elseif THALWEG_V3
    private typealias Square = (P, P, P, P, P, P, P, P)

    @inline(__always)
    private static func square(_ load: (Int) -> P) -> Square {
      (load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7))
    }

    @inline(__always)
    private static func shuffle(_ v: Square) -> Square {
      (
        low(v.0, v.4), high(v.0, v.4), low(v.1, v.5), high(v.1, v.5), low(v.2, v.6), high(v.2, v.6),
        low(v.3, v.7), high(v.3, v.7)
      )
    }

    @inline(__always)
    private static func transposed(_ v: Square) -> Square { shuffle(shuffle(shuffle(v))) }

    @inline(__always)
    private static func forEach(_ v: Square, _ body: (Int, P) -> Void) {
      body(0, v.0)
      body(1, v.1)
      body(2, v.2)
      body(3, v.3)
      body(4, v.4)
      body(5, v.5)
      body(6, v.6)
      body(7, v.7)
    }
  #else
    private typealias Square = (P, P, P, P)

    @inline(__always)
    private static func square(_ load: (Int) -> P) -> Square { (load(0), load(1), load(2), load(3)) }

    @inline(__always)
    private static func shuffle(_ v: Square) -> Square {
      (low(v.0, v.2), high(v.0, v.2), low(v.1, v.3), high(v.1, v.3))
    }

    @inline(__always)
    private static func transposed(_ v: Square) -> Square { shuffle(shuffle(v)) }

    @inline(__always)
    private static func forEach(_ v: Square, _ body: (Int, P) -> Void) {
      body(0, v.0)
      body(1, v.1)
      body(2, v.2)
      body(3, v.3)
    }
  #endif

  @inline(__always)
  private static func low(_ a: P, _ b: P) -> P { P(E.zipLow(a.lanes, b.lanes)) }
  @inline(__always)
  private static func high(_ a: P, _ b: P) -> P { P(E.zipHigh(a.lanes, b.lanes)) }

  /// to[q / columns, q % columns] = the pixels q < n of `images` images at most as many as lanes, others 0.
  @inline(never)
  static func gather(
    _ images: Int64, _ n: Int64, _ columns: Int64, _ x: Address?, _ imageStep: Int64, _ to: MutableAddress?,
    _ rowStep: Int64
  ) {
    guard let x = x?.assumingMemoryBound(to: E.self), let to = to?.assumingMemoryBound(to: E.self) else {
      return
    }
    let (images, n, columns) = (Int(images), Int(n), Int(columns))
    let (imageStep, gap) = (Int(imageStep), Int(rowStep) &- columns &* width)
    var target = to
    var left = columns
    var q = 0
    while q < n {
      let (count, from) = (min(width, n &- q), x + q)
      let pixels = transposed(
        images == width && count == width
          ? square { P(from + $0 &* imageStep) }
          : square { $0 < images ? P(from + $0 &* imageStep, count) : P(0) })
      if count == width && left > width {
        forEach(pixels) { $1.store(target + $0 &* width) }
        target += width &* width
        left &-= width
      } else {
        forEach(pixels) { i, pixel in
          if i >= count { return }
          pixel.store(target)
          target += width
          left &-= 1
          if left == 0 {
            target += gap
            left = columns
          }
        }
      }
      q &+= width
    }
  }

  /// A square of packs, of either float type.
  private typealias Buffer = InlineArray<4, SIMD64<Double>>

  /// The other way round, of packs `step` apart, with addend, bias and activation. These are for packs that have gone through
  /// memory: between shuffles, the compiler would make calls of them.
  @inline(never)
  static func scatter(
    _ images: Int64, _ n: Int64, _ y: Address?, _ step: Int64, _ to: MutableAddress?, _ imageStep: Int64,
    _ addend: Address?, _ bias: Address?, _ biasStep: Int64, _ activation: Int32
  ) {
    guard let y = y?.assumingMemoryBound(to: E.self), let to = to?.assumingMemoryBound(to: E.self) else {
      return
    }
    let (images, n, step, imageStep) = (Int(images), Int(n), Int(step), Int(imageStep))
    let (addend, bias) = (addend?.assumingMemoryBound(to: E.self), bias?.assumingMemoryBound(to: E.self))
    let biasStep = Int(biasStep), isRectified = activation == TK_ACTIVATION_RELU
    var buffer = Buffer(repeating: .zero)
    withUnsafeMutableBytes(of: &buffer) {
      let packs = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      var q = 0
      while q < n {
        let (count, from) = (min(width, n &- q), y + q &* step)
        let whole = transposed(
          count == width
            ? square { P(from + $0 &* step) } : square { $0 < count ? P(from + $0 &* step) : P(0) })
        forEach(whole) { $1.store(packs + $0 &* width) }
        for i in 0..<images {
          var value = P(UnsafePointer(packs + i &* width))
          if let bias { value = value + P(bias[i &* biasStep]) }
          if let addend { value = value + P(addend + (i &* imageStep &+ q), count) }
          if isRectified { value = Rectifier.apply(value) }
          value.store(to + (i &* imageStep &+ q), count)
        }
        q &+= width
      }
    }
    if activation != TK_ACTIVATION_NONE && !isRectified {
      activate(images, n, to, imageStep, Int(activation))
    }
  }

  @inline(never)
  private static func activate(
    _ images: Int, _ n: Int, _ to: UnsafeMutablePointer<E>, _ imageStep: Int, _ activation: Int
  ) {
    for i in 0..<images {
      let row = to + i &* imageStep
      forEachPack(n) { q, count in
        Epilogue<E>.activate(P(UnsafePointer(row + q), count), activation).store(row + q, count)
      }
    }
  }
}
