import CKernels

// Convolution with a number of images side by side in the lanes of a register (Core's `LaneProduct`): each tap of a
// window is then a whole register, wherever the window is, and nothing is copied for it. The micro-kernels keep a tile
// of sums in registers, as the matrix product's do.

enum LaneProduct<E: LaneElement> {
  // MARK: - Windows times weights

  /// y[f, to[v]] (+)= Σ over l of weights[l, f] x[from[v] + offsets[l]], a pack each; f < height, v < n, l < k.
  @inline(__always)
  static func run(
    _ height: Int64, _ n: Int64, _ from: UnsafePointer<Int64>?, _ to: UnsafePointer<Int64>?, _ k: Int64,
    _ offsets: UnsafePointer<Int64>?, _ weights: Address?, _ x: Address?, _ y: MutableAddress?, _ ldy: Int64,
    _ accumulate: Int32
  ) {
    guard let from, let to, let offsets, let weights = weights?.assumingMemoryBound(to: E.self),
      let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self)
    else { return }
    let operands = Operands(
      k: Int(k), offsets: offsets, weights: weights, x: x, y: y, ldy: Int(ldy), accumulate: accumulate != 0)
    switch Int(height) {
    case E.Tall.count: tiles(Int(n), from, to, operands, E.Tall.self, E.TallRest.self)
    case E.Middle.count: tiles(Int(n), from, to, operands, E.Middle.self, E.MiddleRest.self)
    default: tiles(Int(n), from, to, operands, E.Low.self, E.LowRest.self)
    }
  }

  private struct Operands {
    let k: Int
    let offsets: UnsafePointer<Int64>
    let weights, x: UnsafePointer<E>
    let y: UnsafeMutablePointer<E>
    let ldy: Int
    let accumulate: Bool
  }

  /// As many places at a time as a tile has, then one by one.
  @inline(never)
  private static func tiles<T: LaneTile, Rest: LaneTile>(
    _ n: Int, _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ operands: Operands, _: T.Type,
    _: Rest.Type
  ) where T.Cells.E == E, Rest.Cells.E == E {
    var v = 0
    while v &+ T.Cells.count <= n {
      tile(from + v, to + v, operands, T.self)
      v &+= T.Cells.count
    }
    while v < n {
      tile(from + v, to + v, operands, Rest.self)
      v &+= 1
    }
  }

  @inline(__always)
  private static func tile<T: LaneTile>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: T.Type
  ) where T.Cells.E == E {
    var sums = T()
    let places = T.Cells.places(from, o.x)
    var weights = o.weights
    for l in 0..<o.k {
      sums.add(weights, T.Cells.load(places, Int(o.offsets[l])))
      weights += T.count
    }
    sums.store(o.y, o.ldy, to, o.accumulate)
  }

  // MARK: - Gradients times windows

  /// sums[f, j] += Σ over v < n and lanes of g[f, v] x[from[v] + offsets[j]]; f < m, j < k.
  @inline(__always)
  static func sums(
    _ m: Int64, _ k: Int64, _ n: Int64, _ from: UnsafePointer<Int64>?, _ offsets: UnsafePointer<Int64>?,
    _ g: Address?, _ ldg: Int64, _ x: Address?, _ sums: MutableAddress?, _ ldsums: Int64
  ) {
    guard let from, let offsets, let g = g?.assumingMemoryBound(to: E.self),
      let x = x?.assumingMemoryBound(to: E.self), let sums = sums?.assumingMemoryBound(to: E.self)
    else { return }
    let (m, k, ldg, ldsums) = (Int(m), Int(k), Int(ldg), Int(ldsums))
    var memory = Totals(repeating: 0)
    withUnsafeMutableBytes(of: &memory) {
      // Of as many filters as a pack has lanes, and the taps of a window.
      let packs = $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      var f = 0
      while f < m {
        let filters = min(width, m &- f)
        var j = 0
        while j < k {
          let taps = min(E.Window.count, k &- j)
          var i = 0
          while i < filters {
            let g = g + (f &+ i) &* ldg, other = i &+ 1 < filters ? ldg : 0
            pair(Int(n), from, offsets + j, taps, g, g + other, x, packs + i &* E.Window.count &* width)
            i &+= 2
          }
          for tap in 0..<taps {
            let totals = totals { Pack(packs + ($0 &* E.Window.count &+ tap) &* width) }
            for i in 0..<filters { sums[(f &+ i) &* ldsums &+ j &+ tap] += totals[i] }
          }
          j &+= E.Window.count
        }
        f &+= width
      }
    }
  }

  /// For lanes filters times the taps of a window, a pack each.
  #if THALWEG_V4
    private typealias Totals = InlineArray<1536, Double>
  #else
    private typealias Totals = InlineArray<384, Double>
  #endif
  private typealias Offsets = InlineArray<16, Int64>

  /// The sums, lane by lane, of two filters and `count` taps; those of filters go one behind the other.
  @inline(never)
  private static func pair(
    _ n: Int, _ from: UnsafePointer<Int64>, _ offsets: UnsafePointer<Int64>, _ count: Int,
    _ g0: UnsafePointer<E>, _ g1: UnsafePointer<E>, _ x: UnsafePointer<E>, _ packs: UnsafeMutablePointer<E>
  ) {
    var taps = Offsets(repeating: 0)
    for j in 0..<E.Window.count { taps[j] = offsets[min(j, count &- 1)] }
    let window = withUnsafeBytes(of: &taps) {
      E.Window.places($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int64.self), x)
    }
    var (a, b) = (E.Window(), E.Window())
    for v in 0..<n {
      let taps = E.Window.load(window, Int(from[v]))
      a = a.plus(Pack(g0 + v &* width), taps)
      b = b.plus(Pack(g1 + v &* width), taps)
    }
    a.store(packs)
    b.store(packs + E.Window.count &* width)
  }

  /// Lane i is the sum of pack i's lanes: zipped two by two, packs are half added up and share one.
  @inline(__always)
  private static func totals(_ load: (Int) -> Pack<E>) -> Pack<E> {
    func both(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> {
      Pack(E.zipLow(a.lanes, b.lanes)) + Pack(E.zipHigh(a.lanes, b.lanes))
    }
    func two(_ i: Int) -> Pack<E> { both(load(i), load(i &+ width / 2)) }
    func four(_ i: Int) -> Pack<E> { both(two(i), two(i &+ width / 4)) }
    #if THALWEG_V4
      func eight(_ i: Int) -> Pack<E> { both(four(i), four(i &+ 2)) }
      return both(eight(0), eight(1))
    #elseif THALWEG_V3
      return both(four(0), four(1))
    #else
      return four(0)
    #endif
  }
}
