import CKernels

extension RecurrentCell {
  // MARK: - Reset behind the product

  /// n = tanh(u + r v), h = n + z (h0 - n); v with its bias stays in its slot
  @inline(__always)
  static func gru(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ bias: Address?, _ h0: Address?,
    _ h: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let h = h?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    let whole = RecurrentPart<E>(part)
    sigmoid(whole, 1, gates, bias)
    sigmoid(whole, 2, gates, bias)
    if let bias { activate(whole, 3, gates, bias) { $0 } }
    let step = whole.slotStep
    whole.forEach { unit, n in
      if let bias { Pack(bias + unit, n) } else { Pack<E>(0) }
    } body: { shift, at, place, count in
      let p = gates + place
      let u = Pack(In(p), count) + shift
      let n = Pack(In(p + step), count).times(Pack(In(p + 3 &* step), count), plus: u).tanh()
      n.store(p, count)
      Pack(In(p + 2 &* step), count).times(Pack(h0 + at, count) - n, plus: n).store(h + at, count)
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
      let dsums = dsums?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares).gru(gates, h0, dsums)
  }

  // MARK: - Reset before the product

  /// r and z; q = r h0
  @inline(__always)
  static func reset(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ bias: Address?, _ h0: Address?,
    _ q: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let q = q?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    let whole = RecurrentPart<E>(part)
    sigmoid(whole, 1, gates, bias)
    sigmoid(whole, 2, gates, bias)
    let step = whole.slotStep
    whole.forEach { _, _ in
    } body: { _, at, place, n in
      (Pack(In(gates) + (place &+ step), n) * Pack(h0 + at, n)).store(q + at, n)
    } stay: { at, _, n in
      Pack<E>(0).store(q + at, n)
    }
  }

  /// n = tanh(sum + bias), h = n + z (h0 - n)
  @inline(__always)
  static func update(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: MutableAddress?, _ bias: Address?, _ h0: Address?,
    _ h: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let h = h?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    let whole = RecurrentPart<E>(part)
    tanh(whole, 0, gates, bias)
    let step = whole.slotStep
    whole.forEach { _, _ in
    } body: { _, at, place, count in
      let n = Pack(In(gates) + place, count)
      Pack(In(gates) + (place &+ 2 &* step), count).times(Pack(h0 + at, count) - n, plus: n)
        .store(h + at, count)
    } stay: { at, place, count in
      for slot in 0..<3 { Pack<E>(0).store(gates + (place &+ slot &* step), count) }
      Pack(h0 + at, count).store(h + at, count)
    }
  }

  @inline(__always)
  static func updateBackward(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: Address?, _ h0: Address?, _ dy: Address?,
    _ dh: MutableAddress?, _ dsums: MutableAddress?, _ bias: MutableAddress?,
    _ squares: UnsafeMutablePointer<Double>?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let dh = dh?.assumingMemoryBound(to: E.self),
      let dsums = dsums?.assumingMemoryBound(to: E.self)
    else { return }
    let dy = dy?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    Backward(part: RecurrentPart(part), dy: dy, dh: dh, bias: bias, squares: squares).update(gates, h0, dsums)
  }

  @inline(__always)
  static func resetBackward(
    _ part: UnsafePointer<tk_recurrent_part>?, _ gates: Address?, _ h0: Address?, _ dq: Address?,
    _ dh: MutableAddress?, _ dsums: MutableAddress?, _ bias: MutableAddress?
  ) {
    guard let part = part?.pointee, let gates = gates?.assumingMemoryBound(to: E.self),
      let h0 = h0?.assumingMemoryBound(to: E.self), let dh = dh?.assumingMemoryBound(to: E.self),
      let dsums = dsums?.assumingMemoryBound(to: E.self), let dq = dq?.assumingMemoryBound(to: E.self)
    else { return }
    let bias = bias?.assumingMemoryBound(to: E.self)
    Backward(part: RecurrentPart(part), dy: nil, dh: dh, bias: bias, squares: nil).reset(gates, h0, dq, dsums)
  }
}

extension RecurrentCell.Backward {
  /// In: n, r, z, v. Out: the gradients of n's sum, of r's, of z's, and of v.
  @inline(__always)
  func gru(_ gates: In, _ h0: In, _ dsums: Out) {
    let (step, one) = (part.slotStep, Pack<E>(1))
    run(slots: 4, dsums) { at, _, place, count, sums, ofHidden, _ in
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

  /// In: n, r, z. Out: the gradients of n's sum and of z's; r stays for `reset`.
  @inline(__always)
  func update(_ gates: In, _ h0: In, _ dsums: Out) {
    let (step, one) = (part.slotStep, Pack<E>(1))
    run(slots: 3, dsums) { at, _, place, count, sums, ofHidden, _ in
      let p = gates + place, d = dsums + place
      let n = Pack(p, count), z = Pack(p + 2 &* step, count)
      let whole = gradient(at, count)
      if squares != nil { ofHidden.add(whole) }
      let dn = whole * (one - z) * (one - n * n)
      let dz = whole * (Pack(h0 + at, count) - n) * (z * (one - z))
      dn.store(d, count)
      dz.store(d + 2 &* step, count)
      sums.first = sums.first + dn
      sums.third = sums.third + dz
      (whole * z).store(dh + at, count)
    }
  }

  /// The gradient of r's sum from that of q = r h0; the rest of h0's.
  @inline(__always)
  func reset(_ gates: In, _ h0: In, _ dq: In, _ dsums: Out) {
    let (step, one) = (part.slotStep, Pack<E>(1))
    run(slots: 3, dsums) { at, _, place, n, sums, _, _ in
      let r = Pack(gates + (place &+ step), n), d = Pack(dq + at, n)
      let dr = d * Pack(h0 + at, n) * (r * (one - r))
      dr.store(dsums + (place &+ step), n)
      sums.second = sums.second + dr
      d.times(r, plus: Pack(In(dh + at), n)).store(dh + at, n)
    }
  }
}
