import CKernels

// Convolution with filters side by side in the lanes of a register (Core's `ChannelProduct`): a tile of pixels times a strip
// of filters lives in registers, while one channel of one tap after the other is multiplied into it. The tiles are those
// of the matrix product, of pixels in groups that may lie anywhere.

enum ChannelProduct<E: Real> {
  /// Three groups of pixels fill the registers.
  #if THALWEG_V4
    typealias Group<S: Strip> = Twice<Twice<Row<S>>>
  #else
    typealias Group<S: Strip> = Twice<Row<S>>
  #endif

  @inline(__always) static var group: Int { Group<E.Wide>.count }

  private struct Operands {
    let step, channels, plane, taps: Int
    let offsets: UnsafePointer<Int64>
    let weights, x: UnsafePointer<E>
    let y: UnsafeMutablePointer<E>
  }

  /// There is a channel and a tap at least, so that loops need no test before them: sums would go through memory for it.
  ///
  /// y[to[v] + i nr + f] = Σ over channels c and taps t of weights[c, t, f] x[from[v] + i step + offsets[t], c], f < columns,
  /// v < n, i < group.
  @inline(__always)
  static func run(
    _ columns: Int64, _ n: Int64, _ from: UnsafePointer<Int64>?, _ to: UnsafePointer<Int64>?, _ step: Int64,
    _ channels: Int64, _ plane: Int64, _ taps: Int64, _ offsets: UnsafePointer<Int64>?, _ weights: Address?,
    _ x: Address?, _ y: MutableAddress?
  ) {
    guard let from, let to, let offsets, let weights = weights?.assumingMemoryBound(to: E.self),
      let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self)
    else { return }
    let operands = Operands(
      step: Int(step), channels: Int(channels), plane: Int(plane), taps: Int(taps), offsets: offsets,
      weights: weights, x: x, y: y)
    if Int(columns) > E.Narrow.width {
      groups(Int(n), from, to, operands, E.Wide.self)
    } else {
      groups(Int(n), from, to, operands, E.Narrow.self)
    }
  }

  /// Three groups at a time, or six where a row of a group is one register; the last four are two and two.
  @inline(__always)
  private static func groups<S: Strip>(
    _ n: Int, _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type
  ) where S.E == E {
    var v = 0
    while v < n {
      let left = n &- v
      if left >= 6 && S.width == E.Narrow.width && (o.step == width || o.step == 1) {
        if o.step == 1 { six(from + v, to + v, o, S.self) } else { sixApart(from + v, to + v, o, S.self) }
        v &+= 6
      } else if left == 3 || left > 4 {
        three(from + v, to + v, o, S.self)
        v &+= 3
      } else if left > 1 {
        two(from + v, to + v, o, S.self)
        v &+= 2
      } else {
        two(from + v, to + v, o, S.self, second: 0)
        v &+= 1
      }
    }
  }

  @inline(never)
  private static func six<S: Strip>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type
  ) where S.E == E { six(from, to, o, S.self, step: 1) }

  @inline(never)
  private static func sixApart<S: Strip>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type
  ) where S.E == E { six(from, to, o, S.self, step: width) }

  /// Of pixels that are neighbours: addresses are sums of a register and a constant, as there are not registers enough.
  @inline(__always)
  private static func six<S: Strip>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type, step: Int
  ) where S.E == E {
    var (first, second, third) = (Group<S>(), Group<S>(), Group<S>())
    var (fourth, fifth, sixth) = (Group<S>(), Group<S>(), Group<S>())
    var weights = o.weights
    var block = o.x, left = o.channels
    repeat {
      var t = 0
      repeat {
        let corner = block + Int(o.offsets[t])
        var (p, q, r) = (corner + Int(from[0]), corner + Int(from[1]), corner + Int(from[2]))
        var (s, u, v) = (corner + Int(from[3]), corner + Int(from[4]), corner + Int(from[5]))
        var count = min(left, width)
        repeat {
          let strip = S.load(weights)
          first.add(p, step, strip)
          second.add(q, step, strip)
          third.add(r, step, strip)
          fourth.add(s, step, strip)
          fifth.add(u, step, strip)
          sixth.add(v, step, strip)
          (p, q, r) = (p + 1, q + 1, r + 1)
          (s, u, v) = (s + 1, u + 1, v + 1)
          weights += S.width
          count &-= 1
        } while count > 0
        t &+= 1
      } while t < o.taps
      block += o.plane
      left &-= width
    } while left > 0
    store(first, o.y + Int(to[0]))
    store(second, o.y + Int(to[1]))
    store(third, o.y + Int(to[2]))
    store(fourth, o.y + Int(to[3]))
    store(fifth, o.y + Int(to[4]))
    store(sixth, o.y + Int(to[5]))
  }

  @inline(never)
  private static func three<S: Strip>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type
  ) where S.E == E {
    var (first, second, third) = (Group<S>(), Group<S>(), Group<S>())
    var weights = o.weights
    let step = o.step
    var block = o.x, left = o.channels
    repeat {
      var t = 0
      repeat {
        let corner = block + Int(o.offsets[t])
        var (p, q, r) = (corner + Int(from[0]), corner + Int(from[1]), corner + Int(from[2]))
        var count = min(left, width)
        repeat {
          let strip = S.load(weights)
          first.add(p, step, strip)
          second.add(q, step, strip)
          third.add(r, step, strip)
          (p, q, r) = (p + 1, q + 1, r + 1)
          weights += S.width
          count &-= 1
        } while count > 0
        t &+= 1
      } while t < o.taps
      block += o.plane
      left &-= width
    } while left > 0
    store(first, o.y + Int(to[0]))
    store(second, o.y + Int(to[1]))
    store(third, o.y + Int(to[2]))
  }

  /// Of one group, twice the same.
  @inline(never)
  private static func two<S: Strip>(
    _ from: UnsafePointer<Int64>, _ to: UnsafePointer<Int64>, _ o: Operands, _: S.Type, second other: Int = 1
  ) where S.E == E {
    var (first, second) = (Group<S>(), Group<S>())
    var weights = o.weights
    let step = o.step
    var block = o.x, left = o.channels
    repeat {
      var t = 0
      repeat {
        let corner = block + Int(o.offsets[t])
        var (p, q) = (corner + Int(from[0]), corner + Int(from[other]))
        var count = min(left, width)
        repeat {
          let strip = S.load(weights)
          first.add(p, step, strip)
          second.add(q, step, strip)
          (p, q) = (p + 1, q + 1)
          weights += S.width
          count &-= 1
        } while count > 0
        t &+= 1
      } while t < o.taps
      block += o.plane
      left &-= width
    } while left > 0
    store(first, o.y + Int(to[0]))
    store(second, o.y + Int(to[other]))
  }

  @inline(__always)
  private static func store<T: Tile>(_ tile: T, _ to: UnsafeMutablePointer<E>) where T.S.E == E {
    tile.store(
      to, TilePart(first: 0, end: T.count, columns: T.S.width, ldc: E.Wide.width, accumulate: false), 0)
  }
}
