import CKernels

extension RecurrentCell {
  /// c = f c0 + i g, h = o tanh(c)
  @inline(__always)
  static func lstm(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ bias: Address?, _ h0: Address?,
    _ c0: Address?, _ h: MutableAddress?, _ c: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let c0 = c0?.assumingMemoryBound(to: E.self),
      let h = h?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    let whole = RecurrentPart<E>(part)
    if let peephole = part.peephole?.assumingMemoryBound(to: E.self) {
      lstm(whole, gates, bias, peephole, h0, c0, h, c)
      return
    }
    sigmoid(whole, 0, gates, bias)
    sigmoid(whole, 1, gates, bias)
    tanh(whole, 2, gates, bias)
    sigmoid(whole, 3, gates, bias)
    let step = whole.slotStep
    whole.forEach { _, _ in
    } body: { _, at, place, n in
      let p = In(gates + place)
      let cell = Pack(p + step, n).times(Pack(c0 + at, n), plus: Pack(p, n) * Pack(p + 2 &* step, n))
      cell.store(c + at, n)
      (Pack(p + 3 &* step, n) * cell.tanh()).store(h + at, n)
    } stay: { at, place, n in
      for slot in 0..<4 { Pack<E>(0).store(gates + (place &+ slot &* step), n) }
      Pack(c0 + at, n).store(c + at, n)
      Pack(h0 + at, n).store(h + at, n)
    }
  }

  /// With peepholes: what i and f see is the c before, what o sees the c after.
  @inline(never)
  private static func lstm(
    _ part: RecurrentPart<E>, _ gates: Out, _ bias: In?, _ peephole: In, _ h0: In, _ c0: In, _ h: Out,
    _ c: Out
  ) {
    let step = part.slotStep
    for slot in 0..<2 {
      peep(part, slot, gates, peephole + slot &* step, c0)
      sigmoid(part, slot, gates, bias)
    }
    tanh(part, 2, gates, bias)
    part.forEach { _, _ in
    } body: { _, at, place, n in
      let p = In(gates + place)
      Pack(p + step, n).times(Pack(c0 + at, n), plus: Pack(p, n) * Pack(p + 2 &* step, n)).store(c + at, n)
    } stay: { at, _, n in
      Pack(c0 + at, n).store(c + at, n)
    }
    peep(part, 3, gates, peephole + 2 &* step, In(c))
    sigmoid(part, 3, gates, bias)
    part.forEach { _, _ in
    } body: { _, at, place, n in
      (Pack(In(gates) + (place &+ 3 &* step), n) * Pack(In(c) + at, n).tanh()).store(h + at, n)
    } stay: { at, place, n in
      for slot in 0..<4 { Pack<E>(0).store(gates + (place &+ slot &* step), n) }
      Pack(h0 + at, n).store(h + at, n)
    }
  }

  /// Adds a slot's peepholes times c to its sums.
  @inline(never)
  private static func peep(_ part: RecurrentPart<E>, _ slot: Int, _ gates: Out, _ peephole: In, _ c: In) {
    forEachPack(part.units) { unit, n in
      let weight = Pack(peephole + unit, n)
      for b in 0..<part.rows {
        let p = gates + (b &* part.gatesRow &+ slot &* part.slotStep &+ unit)
        weight.times(Pack(c + (b &* part.row &+ unit), n), plus: Pack(In(p), n)).store(p, n)
      }
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
      let dsums = dsums?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    let back = Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares)
    // Two loops, made of the same words.
    if let peephole = part.peephole?.assumingMemoryBound(to: E.self) {
      back.lstm(gates, c0, c, dc, dsums, peephole)
    } else {
      back.lstm(gates, c0, c, dc, dsums, nil)
    }
  }
}

extension RecurrentCell.Backward {
  @inline(__always)
  func lstm(
    _ gates: In, _ c0: In, _ c: In, _ dc: Out, _ dsums: Out, _ peephole: In?
  ) {
    let (step, one) = (part.slotStep, Pack<E>(1))
    run(slots: 4, dsums) { at, unit, place, n, sums, ofHidden, ofCell in
      let p = gates + place, d = dsums + place
      let i = Pack(p, n), f = Pack(p + step, n), g = Pack(p + 2 &* step, n), o = Pack(p + 3 &* step, n)
      let whole = gradient(at, n)
      let t = Pack(c + at, n).tanh()
      let dO = whole * t * (o * (one - o))
      var cell = (whole * o).times(one - t * t, plus: Pack(In(dc + at), n))
      if let peephole { cell = dO.times(Pack(peephole + (unit &+ 2 &* step), n), plus: cell) }
      if squares != nil {
        ofHidden.add(whole)
        ofCell.add(cell)
      }
      let di = cell * g * (i * (one - i)), df = cell * Pack(c0 + at, n) * (f * (one - f))
      let dg = cell * i * (one - g * g)
      di.store(d, n)
      df.store(d + step, n)
      dg.store(d + 2 &* step, n)
      dO.store(d + 3 &* step, n)
      sums.first = sums.first + di
      sums.second = sums.second + df
      sums.third = sums.third + dg
      sums.fourth = sums.fourth + dO
      var before = cell * f
      if let peephole {
        before = di.times(Pack(peephole + unit, n), plus: before)
        before = df.times(Pack(peephole + (unit &+ step), n), plus: before)
      }
      before.store(dc + at, n)
      if part.active != nil { Pack<E>(0).store(dh + at, n) }
    }
  }
}
