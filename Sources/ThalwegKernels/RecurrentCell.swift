import CKernels

// Recurrent cells, where the products with weights have landed: a part of one time step, which a core has in its
// first-level cache. Units go from pack to pack, sequences one after the other below, so that the sums for the biases stay
// in registers.

/// `tk_recurrent_part`, and how to walk over it.
struct RecurrentPart<E: Real> {
  typealias In = UnsafePointer<E>
  typealias Out = UnsafeMutablePointer<E>

  let rows, units, row, gatesRow, slotStep: Int
  let active: UnsafePointer<UInt8>?

  @inline(__always)
  init(_ part: tk_recurrent_part) {
    (rows, units, row) = (Int(part.rows), Int(part.units), Int(part.row))
    (gatesRow, slotStep) = (Int(part.gates_row), Int(part.slot_step))
    active = part.active
  }

  /// Calls `body(place of a pack of states, place of its gates, lanes)` where there is a step, `stay` where there is none.
  @inline(__always)
  func forEach(_ body: (Int, Int, Int) -> Void, stay: (Int, Int, Int) -> Void) {
    forEachPack(units) { unit, count in
      for b in 0..<rows {
        let (state, gates) = (b &* row &+ unit, b &* gatesRow &+ unit)
        if let active, active[b] == 0 {
          stay(state, gates, count)
        } else {
          body(state, gates, count)
        }
      }
    }
  }
}

/// Sums of squares in double precision: squares of vanishing gradients are too small for single precision.
struct Squares<E: Real> {
  private var sum = Pack<Double>(0)

  @inline(__always) init() {}
  @inline(__always)
  mutating func add(_ x: Pack<E>) {
    let wide = x.wide
    sum = wide.times(wide, plus: sum)
  }
  @inline(__always)
  var total: Double { sum.folded { $0 + $1 }[0] }
}

enum RecurrentCell<E: Real> {
  typealias In = UnsafePointer<E>
  typealias Out = UnsafeMutablePointer<E>

  // MARK: - RNN

  /// h = f(sum)
  @inline(__always)
  static func rnn(
    _ part: UnsafePointer<tk_recurrent_part>?, _ activation: Int32, _ sums: Address?, _ h0: Address?,
    _ h: MutableAddress?
  ) {
    guard let part = part?.pointee, let sums = sums?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let h = h?.assumingMemoryBound(to: E.self)
    else { return }
    switch Int(activation) {
    case TK_ACTIVATION_RELU: rnn(RecurrentPart(part), sums, h0, h) { Rectifier.apply($0) }
    case TK_ACTIVATION_SIGMOID: rnn(RecurrentPart(part), sums, h0, h) { $0.sigmoid() }
    default: rnn(RecurrentPart(part), sums, h0, h) { $0.tanh() }
    }
  }

  @inline(__always)
  private static func rnn(
    _ part: RecurrentPart<E>, _ sums: In, _ h0: In, _ h: Out, _ f: (Pack<E>) -> Pack<E>
  ) {
    part.forEach { at, gates, n in
      f(Pack(sums + gates, n)).store(h + at, n)
    } stay: { at, _, n in
      Pack(h0 + at, n).store(h + at, n)
    }
  }

  /// dsum = dh f'(sum), f' from h
  @inline(__always)
  static func rnnBackward(
    _ part: UnsafePointer<tk_recurrent_part>?, _ activation: Int32, _ h: Address?, _ dy: Address?,
    _ dh: MutableAddress?, _ dsums: MutableAddress?, _ bias: MutableAddress?,
    _ squares: UnsafeMutablePointer<Double>?
  ) {
    guard let part = part?.pointee, let h = h?.assumingMemoryBound(to: E.self),
      let dh = dh?.assumingMemoryBound(to: E.self), let dsums = dsums?.assumingMemoryBound(to: E.self),
      let bias = bias?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self)
    let back = Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares)
    switch Int(activation) {
    case TK_ACTIVATION_RELU: back.rnn(h, dsums) { RectifierBackward.apply($0, $1) }
    case TK_ACTIVATION_SIGMOID: back.rnn(h, dsums) { SigmoidBackward.apply($0, $1) }
    default: back.rnn(h, dsums) { HyperbolicTangentBackward.apply($0, $1) }
    }
  }

  // MARK: - LSTM

  /// c = f c0 + i g, h = o tanh(c)
  @inline(__always)
  static func lstm(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ h0: Address?, _ c0: Address?,
    _ h: MutableAddress?, _ c: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let c0 = c0?.assumingMemoryBound(to: E.self),
      let h = h?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    let step = Int(part.slot_step)
    RecurrentPart<E>(part).forEach { at, place, n in
      let p = gates + place
      let i = Pack(In(p), n).sigmoid(), f = Pack(In(p + step), n).sigmoid()
      let g = Pack(In(p + 2 &* step), n).tanh(), o = Pack(In(p + 3 &* step), n).sigmoid()
      let cell = f.times(Pack(c0 + at, n), plus: i * g)
      i.store(p, n)
      f.store(p + step, n)
      g.store(p + 2 &* step, n)
      o.store(p + 3 &* step, n)
      cell.store(c + at, n)
      (o * cell.tanh()).store(h + at, n)
    } stay: { at, place, n in
      for slot in 0..<4 { Pack<E>(0).store(gates + (place &+ slot &* step), n) }
      Pack(c0 + at, n).store(c + at, n)
      Pack(h0 + at, n).store(h + at, n)
    }
  }

  @inline(__always)
  static func lstmBackward(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: Address?, _ c0: Address?, _ c: Address?,
    _ dy: Address?, _ dh: MutableAddress?, _ dc: MutableAddress?, _ dsums: MutableAddress?,
    _ bias: MutableAddress?, _ squares: UnsafeMutablePointer<Double>?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let c0 = c0?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self),
      let dh = dh?.assumingMemoryBound(to: E.self), let dc = dc?.assumingMemoryBound(to: E.self),
      let dsums = dsums?.assumingMemoryBound(to: E.self), let bias = bias?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self)
    Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares)
      .lstm(gates, c0, c, dc, dsums)
  }

  // MARK: - GRU

  /// n = tanh(u + r v), h = n + z (h0 - n)
  @inline(__always)
  static func gru(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ h0: Address?, _ h: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let h = h?.assumingMemoryBound(to: E.self)
    else { return }
    let step = Int(part.slot_step)
    RecurrentPart<E>(part).forEach { at, place, count in
      let p = gates + place
      let r = Pack(In(p + step), count).sigmoid(), z = Pack(In(p + 2 &* step), count).sigmoid()
      let n = r.times(Pack(In(p + 3 &* step), count), plus: Pack(In(p), count)).tanh()
      n.store(p, count)
      r.store(p + step, count)
      z.store(p + 2 &* step, count)
      z.times(Pack(h0 + at, count) - n, plus: n).store(h + at, count)
    } stay: { at, place, count in
      for slot in 0..<4 { Pack<E>(0).store(gates + (place &+ slot &* step), count) }
      Pack(h0 + at, count).store(h + at, count)
    }
  }

  @inline(__always)
  static func gruBackward(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: Address?, _ h0: Address?, _ dy: Address?,
    _ dh: MutableAddress?, _ dsums: MutableAddress?, _ bias: MutableAddress?,
    _ squares: UnsafeMutablePointer<Double>?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let dh = dh?.assumingMemoryBound(to: E.self),
      let dsums = dsums?.assumingMemoryBound(to: E.self), let bias = bias?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self)
    Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares).gru(gates, h0, dsums)
  }

  // MARK: - The way back

  /// What the ways back have in common.
  struct Backward {
    let part: RecurrentPart<E>
    let dy: In?
    let dh, bias: Out
    let squares: UnsafeMutablePointer<Double>?

    /// The whole gradient of h.
    @inline(__always)
    private func gradient(_ at: Int, _ n: Int) -> Pack<E> {
      let later = Pack(In(dh + at), n)
      return if let dy { later + Pack(dy + at, n) } else { later }
    }

    /// Calls `body(state, gates, lanes, sums of the slots, square sums)` for every pack with a step; elsewhere the slots
    /// get 0 and the gradients stay.
    @inline(__always)
    private func run(
      slots: Int, _ dsums: Out,
      _ body: (Int, Int, Int, inout Sums, inout Squares<E>, inout Squares<E>) -> Void
    ) {
      var (ofHidden, ofCell) = (Squares<E>(), Squares<E>())
      forEachPack(part.units) { unit, n in
        var sums = Sums()
        for b in 0..<part.rows {
          let (at, place) = (b &* part.row &+ unit, b &* part.gatesRow &+ unit)
          if let active = part.active, active[b] == 0 {
            for slot in 0..<slots { Pack<E>(0).store(dsums + (place &+ slot &* part.slotStep), n) }
          } else {
            body(at, place, n, &sums, &ofHidden, &ofCell)
          }
        }
        add(sums.first, unit, 0, n)
        if slots > 1 {
          add(sums.second, unit, 1, n)
          add(sums.third, unit, 2, n)
          add(sums.fourth, unit, 3, n)
        }
      }
      if let squares {
        squares[0] += ofHidden.total
        squares[1] += ofCell.total
      }
    }

    @inline(__always)
    private func add(_ sum: Pack<E>, _ unit: Int, _ slot: Int, _ n: Int) {
      let p = bias + (unit &+ slot &* part.slotStep)
      (Pack(In(p), n) + sum).store(p, n)
    }

    /// A pack a slot.
    struct Sums {
      var first = Pack<E>(0), second = Pack<E>(0), third = Pack<E>(0), fourth = Pack<E>(0)
      @inline(__always) init() {}
    }

    @inline(__always)
    func rnn(_ h: In, _ dsums: Out, _ derivative: (Pack<E>, Pack<E>) -> Pack<E>) {
      run(slots: 1, dsums) { at, place, n, sums, ofHidden, _ in
        let whole = gradient(at, n)
        if squares != nil { ofHidden.add(whole) }
        let d = derivative(whole, Pack(h + at, n))
        d.store(dsums + place, n)
        sums.first = sums.first + d
        if part.active != nil { Pack<E>(0).store(dh + at, n) }
      }
    }

    @inline(__always)
    func lstm(_ gates: In, _ c0: In, _ c: In, _ dc: Out, _ dsums: Out) {
      let (step, one) = (part.slotStep, Pack<E>(1))
      run(slots: 4, dsums) { at, place, n, sums, ofHidden, ofCell in
        let p = gates + place, d = dsums + place
        let i = Pack(p, n), f = Pack(p + step, n), g = Pack(p + 2 &* step, n), o = Pack(p + 3 &* step, n)
        let whole = gradient(at, n)
        let t = Pack(c + at, n).tanh()
        let cell = (whole * o).times(one - t * t, plus: Pack(In(dc + at), n))
        if squares != nil {
          ofHidden.add(whole)
          ofCell.add(cell)
        }
        let di = cell * g * (i * (one - i)), df = cell * Pack(c0 + at, n) * (f * (one - f))
        let dg = cell * i * (one - g * g), dO = whole * t * (o * (one - o))
        di.store(d, n)
        df.store(d + step, n)
        dg.store(d + 2 &* step, n)
        dO.store(d + 3 &* step, n)
        sums.first = sums.first + di
        sums.second = sums.second + df
        sums.third = sums.third + dg
        sums.fourth = sums.fourth + dO
        (cell * f).store(dc + at, n)
        if part.active != nil { Pack<E>(0).store(dh + at, n) }
      }
    }

    /// In: n, r, z, v. Out: the gradients of n's sum, of r's, of z's, and of v.
    @inline(__always)
    func gru(_ gates: In, _ h0: In, _ dsums: Out) {
      let (step, one) = (part.slotStep, Pack<E>(1))
      run(slots: 4, dsums) { at, place, count, sums, ofHidden, _ in
        let p = gates + place, d = dsums + place
        let n = Pack(p, count), r = Pack(p + step, count), z = Pack(p + 2 &* step, count)
        let v = Pack(p + 3 &* step, count)
        let whole = gradient(at, count)
        if squares != nil { ofHidden.add(whole) }
        let dn = whole * (one - z) * (one - n * n)
        let dz = whole * (Pack(h0 + at, count) - n) * (z * (one - z))
        let dr = dn * v * (r * (one - r)), dv = dn * r
        dn.store(d, count)
        dr.store(d + step, count)
        dz.store(d + 2 &* step, count)
        dv.store(d + 3 &* step, count)
        sums.first = sums.first + dn
        sums.second = sums.second + dr
        sums.third = sums.third + dz
        sums.fourth = sums.fourth + dv
        (whole * z).store(dh + at, count)
      }
    }
  }
}
