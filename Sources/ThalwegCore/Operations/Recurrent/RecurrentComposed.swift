/// The equations of the recurrent cells in differentiable operations: for every option, and to be differentiated any number
/// of times.
struct RecurrentComposed {
  let run: RecurrentRun
  let weights: RecurrentWeights

  /// What a step makes: the states, and the gates after activation.
  private struct Step {
    var hidden: Tensor
    var cell: Tensor?
    var gates: [Tensor]
  }

  func sequence(
    _ x: Tensor, hidden: Tensor?, cell: Tensor?, wantsGates: Bool, watch: RecurrentWatch? = nil
  ) throws(ThalwegError) -> Recurrent.Result {
    var (h, c) = try initial(hidden, cell)
    let inputs = try x.linear(weights.input, weights.inputBias).unbind(0)
    var outputs: [Tensor] = [], gates: [Tensor] = [], cells: [Tensor] = []
    for i in 0..<run.steps {
      let time = run.time(i)
      let step = try advance(inputs[time], h, c)
      try watch?.watch(step.hidden, step.cell, at: time)
      let active = try run.lengths?.active(at: time)
      outputs.append(try masked(step.hidden, active))
      if wantsGates {
        try noGrad { () throws(ThalwegError) in
          gates.append(try masked(Tensor.cat(step.gates, dim: 1), active))
          if let c = step.cell { cells.append(try masked(c, active)) }
        }
      }
      guard let active else {
        (h, c) = (step.hidden, step.cell)
        continue
      }
      h = try Tensor.where(active, step.hidden, h)
      if let new = step.cell, let old = c { c = try Tensor.where(active, new, old) }
    }
    if run.isReversed {
      outputs.reverse()
      gates.reverse()
      cells.reverse()
    }
    return Recurrent.Result(
      output: try Tensor.stack(outputs), hidden: h, cell: c,
      gates: wantsGates ? try unrecorded(gates) : nil, cells: cells.isEmpty ? nil : try unrecorded(cells))
  }

  func watch(_ record: RecurrentRecord?) throws(ThalwegError) -> RecurrentWatch? {
    guard let record else { return nil }
    return try RecurrentWatch(record, steps: run.steps, hasCell: run.kind == .lstm)
  }

  func step(
    _ x: Tensor, hidden: Tensor?, cell: Tensor?
  ) throws(ThalwegError) -> (hidden: Tensor, cell: Tensor?) {
    let (h, c) = try initial(hidden, cell)
    let step = try advance(x.linear(weights.input, weights.inputBias), h, c)
    return (step.hidden, step.cell)
  }

  private func initial(_ hidden: Tensor?, _ cell: Tensor?) throws(ThalwegError) -> (Tensor, Tensor?) {
    let dtype = weights.input.dtype
    let h = if let hidden { hidden } else { try Tensor.zeros([run.batch, run.sizes.state], dtype: dtype) }
    guard run.kind == .lstm else { return (h, nil) }
    let c = if let cell { cell } else { try Tensor.zeros([run.batch, run.sizes.units], dtype: dtype) }
    return (h, c)
  }

  private func masked(_ x: Tensor, _ active: Tensor?) throws(ThalwegError) -> Tensor {
    guard let active else { return x }
    return try Tensor.where(active, x, Tensor.scalar(0, dtype: x.dtype))
  }

  private func unrecorded(_ parts: [Tensor]) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try Tensor.stack(parts) }
  }

  /// - Parameter u: W_ih x + b_ih.
  private func advance(_ u: Tensor, _ h: Tensor, _ c: Tensor?) throws(ThalwegError) -> Step {
    switch run.kind {
    case .tanh: return plain(try (u + recurrent(h)).tanh())
    case .relu: return plain(try (u + recurrent(h)).relu())
    case .sigmoid: return plain(try (u + recurrent(h)).sigmoid())
    case .lstm: return try lstm(u, h, c ?? h)
    case .gru: return try gru(u, h)
    case .gruResetBefore: return try gruResetBefore(u, h)
    }
  }

  private func plain(_ h: Tensor) -> Step { Step(hidden: h, cell: nil, gates: [h]) }

  private func recurrent(_ h: Tensor) throws(ThalwegError) -> Tensor {
    try h.linear(weights.hidden, weights.hiddenBias)
  }

  /// The part of one gate, or of `count` beginning with it, along the last dimension.
  private func gate(_ x: Tensor, _ index: Int, count: Int = 1) throws(ThalwegError) -> Tensor {
    try x.slice(-1, index * run.sizes.units, (index + count) * run.sizes.units)
  }

  private func lstm(_ u: Tensor, _ h: Tensor, _ c: Tensor) throws(ThalwegError) -> Step {
    let sums = try u + recurrent(h)
    var (i, f, o) = (try gate(sums, 0), try gate(sums, 1), try gate(sums, 3))
    let peepholes = try weights.peephole?.unbind(0)
    if let peepholes {
      i = try i + peepholes[0] * c
      f = try f + peepholes[1] * c
    }
    (i, f) = (try i.sigmoid(), try f.sigmoid())
    let g = try gate(sums, 2).tanh()
    let next = try f * c + i * g
    if let peepholes { o = try o + peepholes[2] * next }
    o = try o.sigmoid()
    var output = try o * next.tanh()
    if let projection = weights.projection { output = try output.linear(projection) }
    return Step(hidden: output, cell: next, gates: [i, f, g, o])
  }

  private func gru(_ u: Tensor, _ h: Tensor) throws(ThalwegError) -> Step {
    let v = try recurrent(h)
    let (r, z) = try resetAndUpdate(u, gate(v, 0, count: 2))
    let n = try (gate(u, 2) + r * gate(v, 2)).tanh()
    return Step(hidden: try n + z * (h - n), cell: nil, gates: [r, z, n])
  }

  private func gruResetBefore(_ u: Tensor, _ h: Tensor) throws(ThalwegError) -> Step {
    let (size, w, bias) = (run.sizes.units, weights.hidden, weights.hiddenBias)
    let v = try h.linear(w.slice(0, 0, 2 * size), bias?.slice(0, 0, 2 * size))
    let (r, z) = try resetAndUpdate(u, v)
    let candidate = try (r * h).linear(w.slice(0, 2 * size, 3 * size), bias?.slice(0, 2 * size, 3 * size))
    let n = try (gate(u, 2) + candidate).tanh()
    return Step(hidden: try n + z * (h - n), cell: nil, gates: [r, z, n])
  }

  private func resetAndUpdate(_ u: Tensor, _ v: Tensor) throws(ThalwegError) -> (Tensor, Tensor) {
    let both = try (gate(u, 0, count: 2) + v).sigmoid()
    return (try gate(both, 0), try gate(both, 1))
  }
}
