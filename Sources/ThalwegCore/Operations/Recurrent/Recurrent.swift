/// rnn, lstm and gru over whole sequences and for single steps.
package enum Recurrent {
  package struct Result {
    /// [T, B, R], 0 past a sequence's end.
    package var output: Tensor
    /// [B, R]: the state after each sequence's own last step (first, if reversed).
    package var hidden: Tensor
    /// [B, H], of an LSTM.
    package var cell: Tensor?
    /// [T, B, G H], after activation, 0 past a sequence's end; not recorded, nil unless asked for.
    package var gates: Tensor?
    /// [T, B, H]: c_t of an LSTM, with the gates.
    package var cells: Tensor?
  }

  /// Runs a cell over sequences.
  /// - Parameters:
  ///   - x: [T, B, I].
  ///   - hidden: the state to begin with, [B, R]; nil for 0.
  ///   - cell: the same of an LSTM's c, [B, H].
  ///   - lengths: int64 [B], 1 ... T each, in any order; nil if all are T.
  ///   - isReversed: from each sequence's own end to its beginning; outputs stay in their places.
  ///   - wantsGates: give the gates, too.
  ///   - record: keeps the gradient's norm at every step when a backward pass comes by.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit.
  package static func apply(
    _ kind: RecurrentCell, _ x: Tensor, _ weights: RecurrentWeights, hidden: Tensor? = nil,
    cell: Tensor? = nil, lengths: Tensor? = nil, isReversed: Bool = false, wantsGates: Bool = false,
    record: RecurrentRecord? = nil
  ) throws(ThalwegError) -> Result {
    let (run, x) = try prepare(kind, x, weights, hidden, cell, lengths, isReversed)
    if run.steps == 1, run.lengths == nil, !wantsGates, !records(x, weights, hidden, cell),
      let step = RecurrentStep(run, weights)
    {
      let (h, c) = try step(x.reshape([run.batch, run.sizes.input]), hidden: hidden, cell: cell)
      return Result(output: try h.reshape([1, run.batch, run.sizes.state]), hidden: try h.clone(), cell: c)
    }
    if let plan = RecurrentPlan(run, weights) {
      return try RecurrentSequence.apply(
        plan, x, weights, hidden: hidden, cell: cell, wantsGates: wantsGates, record: record)
    }
    return try composed(run, x, weights, hidden, cell, wantsGates, record)
  }

  /// `apply` in single operations whatever the form: what the fused operation is compared with.
  package static func composed(
    _ kind: RecurrentCell, _ x: Tensor, _ weights: RecurrentWeights, hidden: Tensor? = nil,
    cell: Tensor? = nil, lengths: Tensor? = nil, isReversed: Bool = false, wantsGates: Bool = false,
    record: RecurrentRecord? = nil
  ) throws(ThalwegError) -> Result {
    let (run, x) = try prepare(kind, x, weights, hidden, cell, lengths, isReversed)
    return try composed(run, x, weights, hidden, cell, wantsGates, record)
  }

  private static func records(
    _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor?, _ cell: Tensor?
  ) -> Bool {
    // Without arrays where nothing can be recorded: for steps of microseconds.
    GradMode.bits != GradMode.noGrad
      && Node.records([x] + weights.all + [hidden, cell].compactMap(\.self))
  }

  private static func composed(
    _ run: RecurrentRun, _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor?, _ cell: Tensor?,
    _ wantsGates: Bool, _ record: RecurrentRecord?
  ) throws(ThalwegError) -> Result {
    let form = RecurrentComposed(run: run, weights: weights)
    return try form.sequence(
      x, hidden: hidden, cell: cell, wantsGates: wantsGates, watch: form.watch(record))
  }

  /// Checks everything. What lies behind the ends has no part in anything, whatever it is: it comes out as 0.
  private static func prepare(
    _ kind: RecurrentCell, _ x: Tensor, _ weights: RecurrentWeights, _ hidden: Tensor?, _ cell: Tensor?,
    _ lengths: Tensor?, _ isReversed: Bool
  ) throws(ThalwegError) -> (RecurrentRun, Tensor) {
    let sizes = try RecurrentSizes(kind, weights)
    guard x.rank == 3, x.shape[0] > 0, x.shape[2] == sizes.input else {
      throw ThalwegError(
        .shape,
        "\(kind.name): the input has shape \(x.shape); it must be [steps, batch, \(sizes.input)], one step or more"
      )
    }
    try check(kind, x, sizes, weights, hidden, cell, batch: x.shape[1])
    var ends: RecurrentLengths?
    if let lengths {
      ends = try RecurrentLengths(lengths, steps: x.shape[0], batch: x.shape[1], kind.name)
    }
    let run = RecurrentRun(
      kind: kind, sizes: sizes, steps: x.shape[0], batch: x.shape[1], lengths: ends, isReversed: isReversed)
    guard let ends else { return (run, x) }
    return (run, try ends.masked(x))
  }

  /// One step: x [B, I], h [B, R] and, of an LSTM, c [B, H], to the next h and c. Nil states are 0.
  /// - Throws: as `apply`.
  package static func step(
    _ kind: RecurrentCell, _ x: Tensor, _ weights: RecurrentWeights, hidden: Tensor? = nil,
    cell: Tensor? = nil
  ) throws(ThalwegError) -> (hidden: Tensor, cell: Tensor?) {
    let sizes = try RecurrentSizes(kind, weights)
    guard x.rank == 2, x.shape[1] == sizes.input else {
      throw ThalwegError(
        .shape, "\(kind.name): the input has shape \(x.shape); it must be [batch, \(sizes.input)]")
    }
    try check(kind, x, sizes, weights, hidden, cell, batch: x.shape[0])
    let run = RecurrentRun(
      kind: kind, sizes: sizes, steps: 1, batch: x.shape[0], lengths: nil, isReversed: false)
    let records = records(x, weights, hidden, cell)
    if !records, let step = RecurrentStep(run, weights) {
      return try step(x, hidden: hidden, cell: cell)
    }
    // An LSTM's c is recorded as what h is made of, so that its gradient, if asked for, is the whole one.
    if !(records && kind == .lstm), let plan = RecurrentPlan(run, weights) {
      let result = try RecurrentSequence.apply(
        plan, x.unsqueeze(0), weights, hidden: hidden, cell: cell, wantsGates: false, record: nil)
      return (result.hidden, result.cell)
    }
    return try RecurrentComposed(run: run, weights: weights).step(x, hidden: hidden, cell: cell)
  }

  private static func check(
    _ kind: RecurrentCell, _ x: Tensor, _ sizes: RecurrentSizes, _ weights: RecurrentWeights,
    _ hidden: Tensor?, _ cell: Tensor?, batch: Int
  ) throws(ThalwegError) {
    let dtype = weights.input.dtype
    guard x.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(kind.name): the input is \(x.dtype), the input weight \(dtype); they must be equal")
    }
    try RecurrentSizes.check(hidden, [batch, sizes.state], dtype, "initial hidden state", kind.name)
    try RecurrentSizes.check(cell, [batch, sizes.units], dtype, "initial cell state", kind.name)
    guard cell == nil || kind == .lstm else {
      throw ThalwegError(.invalidArgument, "\(kind.name): only an LSTM has a cell state")
    }
  }
}

/// One call's sizes and order.
struct RecurrentRun {
  let kind: RecurrentCell
  let sizes: RecurrentSizes
  let steps, batch: Int
  let lengths: RecurrentLengths?
  let isReversed: Bool

  /// The time of the `i`th step.
  func time(_ i: Int) -> Int { isReversed ? steps - 1 - i : i }
}

/// How long each sequence of a batch is.
struct RecurrentLengths {
  let tensor: Tensor
  /// 0 in a recorded step, whose sequences may be shorter another time.
  private let shortest: Int

  /// - Throws: unless `tensor` is int64 [batch] with numbers from 1 to `steps`.
  init(_ tensor: Tensor, steps: Int, batch: Int, _ name: StaticString) throws(ThalwegError) {
    guard tensor.dtype == .int64 else {
      throw ThalwegError(.dtype, "\(name): the lengths are \(tensor.dtype); they must be int64")
    }
    guard tensor.shape == [batch] else {
      throw ThalwegError(
        .shape,
        "\(name): the lengths have shape \(tensor.shape); for a batch of \(batch) they must be [\(batch)]")
    }
    // A copy: the backward pass needs them as they are now.
    let own = try noGrad { () throws(ThalwegError) in try tensor.clone() }
    func check() throws(ThalwegError) -> Int {
      var shortest = steps
      for i in 0..<batch {
        let length = own.data.load(fromByteOffset: i &* 8, as: Int64.self)
        guard length >= 1, length <= Int64(steps) else {
          throw ThalwegError(
            .invalidArgument,
            "\(name): sequence \(i) has length \(length); lengths must be from 1 to \(steps), the input's steps"
          )
        }
        shortest = min(shortest, Int(length))
      }
      return shortest
    }
    self.tensor = own
    if Recording.isActive {
      try Recording.note(throwing: { () throws(ThalwegError) in _ = try check() })
      shortest = 0
    } else {
      shortest = try check()
    }
  }

  func callAsFunction(_ i: Int) -> Int { Int(tensor.data.load(fromByteOffset: i &* 8, as: Int64.self)) }

  /// x [T, B, ...] with 0 past the ends.
  func masked(_ x: Tensor) throws(ThalwegError) -> Tensor {
    if shortest == x.shape[0] { return x }
    let times = try Tensor.arange(0, Double(x.shape[0])).unsqueeze(1)
    let active = try times.less(tensor).unsqueeze(2)
    return try Tensor.where(active, x, Tensor.scalar(0, dtype: x.dtype))
  }

  /// Which sequences have a step at a time: bool [B, 1]; nil if all have.
  func active(at time: Int) throws(ThalwegError) -> Tensor? {
    if Recording.isActive { Recording.refuse() }  // which steps need no choice is another thing each time
    if time < shortest { return nil }
    return try tensor.greater(Tensor.scalar(Double(time), dtype: .int64)).unsqueeze(1)
  }
}
