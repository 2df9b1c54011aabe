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

  /// Calls `body(what a pack of units has, place of its states, place of its gates, lanes)` where there is a step, `stay`
  /// where there is none.
  @inline(__always)
  func forEach<Own>(
    _ own: (Int, Int) -> Own, body: (Own, Int, Int, Int) -> Void, stay: (Int, Int, Int) -> Void
  ) {
    forEachPack(units) { unit, count in
      let mine = own(unit, count)
      for b in 0..<rows {
        let (state, gates) = (b &* row &+ unit, b &* gatesRow &+ unit)
        if let active, active[b] == 0 {
          stay(state, gates, count)
        } else {
          body(mine, state, gates, count)
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

  // MARK: - Gates

  /// Every element of a slot, for all sequences, as `f` makes it of the sum and its bias. A function a pass: where a loop has
  /// several of them, the compiler falls back to quarters of registers.
  @inline(__always)
  static func activate(
    _ part: RecurrentPart<E>, _ slot: Int, _ gates: Out, _ bias: In?, _ f: (Pack<E>) -> Pack<E>
  ) {
    forEachPack(part.units) { unit, n in
      let place = slot &* part.slotStep &+ unit
      let shift = if let bias { Pack(bias + place, n) } else { Pack<E>(0) }
      for b in 0..<part.rows {
        let p = gates + (b &* part.gatesRow &+ place)
        f(Pack(In(p), n) + shift).store(p, n)
      }
    }
  }

  @inline(never)
  static func sigmoid(_ part: RecurrentPart<E>, _ slot: Int, _ gates: Out, _ bias: In?) {
    activate(part, slot, gates, bias) { $0.sigmoid() }
  }

  @inline(never)
  static func tanh(_ part: RecurrentPart<E>, _ slot: Int, _ gates: Out, _ bias: In?) {
    activate(part, slot, gates, bias) { $0.tanh() }
  }

  // MARK: - RNN

  /// h = f(sum + bias)
  @inline(__always)
  static func rnn(
    _ part: UnsafePointer<tk_recurrent_part>?, _ activation: Int32, _ sums: Address?, _ bias: Address?,
    _ h0: Address?, _ h: MutableAddress?
  ) {
    guard let part = part?.pointee, let sums = sums?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let h = h?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    switch Int(activation) {
    case TK_ACTIVATION_RELU: rnn(RecurrentPart(part), sums, bias, h0, h) { Rectifier.apply($0) }
    case TK_ACTIVATION_SIGMOID: rnn(RecurrentPart(part), sums, bias, h0, h) { $0.sigmoid() }
    case TK_ACTIVATION_NONE: rnn(RecurrentPart(part), sums, bias, h0, h) { $0 }
    default: rnn(RecurrentPart(part), sums, bias, h0, h) { $0.tanh() }
    }
  }

  @inline(__always)
  private static func rnn(
    _ part: RecurrentPart<E>, _ sums: In, _ bias: In?, _ h0: In, _ h: Out, _ f: (Pack<E>) -> Pack<E>
  ) {
    part.forEach { unit, n in
      if let bias { Pack(bias + unit, n) } else { Pack<E>(0) }
    } body: { shift, at, gates, n in
      f(Pack(sums + gates, n) + shift).store(h + at, n)
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
      let dh = dh?.assumingMemoryBound(to: E.self), let dsums = dsums?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    let back = Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares)
    switch Int(activation) {
    case TK_ACTIVATION_RELU: back.rnn(h, dsums) { RectifierBackward.apply($0, $1) }
    case TK_ACTIVATION_SIGMOID: back.rnn(h, dsums) { SigmoidBackward.apply($0, $1) }
    case TK_ACTIVATION_NONE: back.rnn(h, dsums) { whole, _ in whole }
    default: back.rnn(h, dsums) { HyperbolicTangentBackward.apply($0, $1) }
    }
  }

  // MARK: - The way back

  /// What the ways back have in common.
  struct Backward {
    typealias In = UnsafePointer<E>
    typealias Out = UnsafeMutablePointer<E>

    let part: RecurrentPart<E>
    let dy: In?
    let dh: Out
    let bias: Out?
    let squares: UnsafeMutablePointer<Double>?

    /// The whole gradient of h.
    @inline(__always)
    func gradient(_ at: Int, _ n: Int) -> Pack<E> {
      let later = Pack(In(dh + at), n)
      return if let dy { later + Pack(dy + at, n) } else { later }
    }

    /// Calls `body(state, unit, gates, lanes, sums of the slots, square sums)` for every pack with a step; elsewhere the
    /// slots get 0 and the gradients stay.
    @inline(__always)
    func run(
      slots: Int, _ dsums: Out,
      _ body: (Int, Int, Int, Int, inout Sums, inout Squares<E>, inout Squares<E>) -> Void
    ) {
      var (ofHidden, ofCell) = (Squares<E>(), Squares<E>())
      forEachPack(part.units) { unit, n in
        var sums = Sums()
        for b in 0..<part.rows {
          let (at, place) = (b &* part.row &+ unit, b &* part.gatesRow &+ unit)
          if let active = part.active, active[b] == 0 {
            for slot in 0..<slots { Pack<E>(0).store(dsums + (place &+ slot &* part.slotStep), n) }
          } else {
            body(at, unit, place, n, &sums, &ofHidden, &ofCell)
          }
        }
        add(sums.first, unit, 0, n)
        if slots > 1 {
          add(sums.second, unit, 1, n)
          add(sums.third, unit, 2, n)
        }
        if slots > 3 { add(sums.fourth, unit, 3, n) }
      }
      if let squares {
        squares[0] += ofHidden.total
        squares[1] += ofCell.total
      }
    }

    @inline(__always)
    private func add(_ sum: Pack<E>, _ unit: Int, _ slot: Int, _ n: Int) {
      guard let bias else { return }
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
      run(slots: 1, dsums) { at, _, place, n, sums, ofHidden, _ in
        let whole = gradient(at, n)
        if squares != nil { ofHidden.add(whole) }
        let d = derivative(whole, Pack(h + at, n))
        d.store(dsums + place, n)
        sums.first = sums.first + d
        if part.active != nil { Pack<E>(0).store(dh + at, n) }
      }
    }
  }
}
