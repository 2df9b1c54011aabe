import CKernels

/// `tk_recurrent_factor`.
private struct Factor<E: Real> {
  let vectors, weight: UnsafePointer<E>
  let bias: UnsafePointer<E>?
  let depth, row: Int

  /// Nil where there is none.
  @inline(__always)
  init?(_ factor: UnsafePointer<tk_recurrent_factor>?) {
    guard let factor = factor?.pointee, let vectors = factor.vectors?.assumingMemoryBound(to: E.self),
      let weight = factor.weight?.assumingMemoryBound(to: E.self)
    else { return nil }
    (self.vectors, self.weight) = (vectors, weight)
    bias = factor.bias?.assumingMemoryBound(to: E.self)
    (depth, row) = (Int(factor.depth), Int(factor.row))
  }

  /// Adds the products of vector `b` with four rows from `unit` on.
  @inline(__always)
  func add(
    _ b: Int, _ unit: Int, _ s0: inout Pack<E>, _ s1: inout Pack<E>, _ s2: inout Pack<E>, _ s3: inout Pack<E>
  ) {
    let x = vectors + b &* depth, w0 = weight + unit &* row
    let w1 = w0 + row, w2 = w0 + 2 &* row, w3 = w0 + 3 &* row
    forEachPack(depth) { l, n in
      let v = Pack(x + l, n)
      s0 = v.times(Pack(w0 + l, n), plus: s0)
      s1 = v.times(Pack(w1 + l, n), plus: s1)
      s2 = v.times(Pack(w2 + l, n), plus: s2)
      s3 = v.times(Pack(w3 + l, n), plus: s3)
    }
  }

  @inline(__always)
  func add(_ b: Int, _ unit: Int, _ sum: inout Pack<E>) {
    let x = vectors + b &* depth, w = weight + unit &* row
    forEachPack(depth) { l, n in sum = Pack(x + l, n).times(Pack(w + l, n), plus: sum) }
  }
}

extension RecurrentCell {
  /// Sums of a slot for few sequences: each weight is read once, where it lies, and both products end in one sum.
  @inline(__always)
  static func products(
    _ batch: Int64, _ units: Int64, _ first: UnsafePointer<tk_recurrent_factor>?,
    _ second: UnsafePointer<tk_recurrent_factor>?, _ accumulate: Int32, _ sums: MutableAddress?, _ step: Int64
  ) {
    guard let sums = sums?.assumingMemoryBound(to: E.self) else { return }
    let a = Factor<E>(first), b = Factor<E>(second), units = Int(units), step = Int(step)

    @inline(__always)
    func finish(_ row: Int, _ unit: Int, _ sum: Pack<E>) {
      let p = sums + (row &* step &+ unit)
      var value = sum.folded { $0 + $1 }[0]
      if let bias = a?.bias { value += bias[unit] }
      if let bias = b?.bias { value += bias[unit] }
      p.pointee = accumulate != 0 ? p.pointee + value : value
    }

    var unit = 0
    while unit &+ 4 <= units {
      for row in 0..<Int(batch) {
        var s0 = Pack<E>(0), s1 = s0, s2 = s0, s3 = s0
        a?.add(row, unit, &s0, &s1, &s2, &s3)
        b?.add(row, unit, &s0, &s1, &s2, &s3)
        finish(row, unit, s0)
        finish(row, unit &+ 1, s1)
        finish(row, unit &+ 2, s2)
        finish(row, unit &+ 3, s3)
      }
      unit &+= 4
    }
    while unit < units {
      for row in 0..<Int(batch) {
        var sum = Pack<E>(0)
        a?.add(row, unit, &sum)
        b?.add(row, unit, &sum)
        finish(row, unit, sum)
      }
      unit &+= 1
    }
  }
}
