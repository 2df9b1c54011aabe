/// The labels of a batch for `ConnectionistTemporal`, checked.
package struct CTCLabels {
  /// [N, longest + 2], int64, memory of its own: how long the input is and how long the labels, then these; 0 behind them.
  let packed: Tensor
  let blank: Int

  var longest: Int { packed.shape[1] - 2 }

  init(packed: Tensor, blank: Int) {
    self.packed = packed
    self.blank = blank
  }

  /// - Parameter shape: of the log-probabilities, [T, N, C].
  init(
    _ targets: Tensor, _ inputLengths: Tensor, _ targetLengths: Tensor, blank: Int, of shape: Dims
  ) throws(ThalwegError) {
    let (times, batch, classes) = (shape[0], shape[1], shape[2])
    guard blank >= 0, blank < classes else {
      throw ThalwegError(
        .invalidArgument, "ctc_loss: the blank is \(blank); classes are from 0 to \(classes - 1)")
    }
    guard inputLengths.numel == batch, targetLengths.numel == batch else {
      throw ThalwegError(
        .shape,
        "ctc_loss: \(inputLengths.numel) input and \(targetLengths.numel) target lengths for input \(shape); one a sequence (\(batch)) is needed"
      )
    }
    self.blank = blank
    // In a recorded step the labels may be as long as there is room another time.
    let room = Recording.isActive ? targets.rank == 2 ? targets.shape[1] : targets.numel : 0
    packed = try Recording.tensor { () throws(ThalwegError) in
      try CTCLabels.table(targets, inputLengths, targetLengths, (times, batch, classes), room: room)
    }
  }

  /// `packed`, for labels as long as the longest and at least `room`.
  private static func table(
    _ targets: Tensor, _ inputLengths: Tensor, _ targetLengths: Tensor,
    _ sizes: (times: Int, batch: Int, classes: Int), room: Int
  ) throws(ThalwegError) -> Tensor {
    let (times, batch, classes) = sizes
    let (inputs, lengths) = (
      try numbers(inputLengths, "input lengths"), try numbers(targetLengths, "target lengths")
    )
    let given = try numbers(targets, "targets")
    let isTable = targets.rank == 2
    var total = 0
    for n in 0..<batch {
      guard inputs[n] >= 0, inputs[n] <= times, lengths[n] >= 0, lengths[n] <= targets.numel else {
        throw ThalwegError(
          .invalidArgument,
          "ctc_loss: sequence \(n) has an input of length \(inputs[n]) and a target of \(lengths[n]); there are \(times) times and \(targets.numel) labels"
        )
      }
      total += lengths[n]  // each is at most numel; so is their number
    }
    let longest = lengths.max() ?? 0
    guard isTable ? targets.shape[0] == batch && longest <= targets.shape[1] : total == targets.numel else {
      throw ThalwegError(
        .shape,
        "ctc_loss: targets \(targets.shape) with lengths that sum to \(total); they must be [N, S], none longer than S, or all labels in one row"
      )
    }
    let width = max(longest, room) + 2
    let packed = try Tensor.zeros([batch, width], dtype: .int64)
    var next = packed.data.assumingMemoryBound(to: Int64.self)
    var start = 0
    for n in 0..<batch {
      (next[0], next[1]) = (Int64(inputs[n]), Int64(lengths[n]))
      if isTable { start = n * targets.shape[1] }
      for i in 0..<lengths[n] {
        let label = given[start + i]
        guard label >= 0, label < classes else {
          throw ThalwegError(
            .invalidArgument,
            "ctc_loss: target \(label) of sequence \(n) is no class; 0 to \(classes - 1) are")
        }
        next[2 + i] = Int64(label)
      }
      start += lengths[n]
      next += width
    }
    return packed
  }

  private static func numbers(_ x: Tensor, _ what: StaticString) throws(ThalwegError) -> [Int] {
    guard x.dtype == .int64 || x.dtype == .int32 else {
      throw ThalwegError(.dtype, "ctc_loss: the \(what) are \(x.dtype); they must be int64")
    }
    let dense = try x.to(.int64).contiguous()
    let element = dense.data.assumingMemoryBound(to: Int64.self)
    return (0..<dense.numel).map { Int(element[$0]) }
  }

  /// Sequence n of the dense log-probabilities.
  func path(_ n: Int, _ x: Tensor) -> CTCPath {
    let row = packed.data.assumingMemoryBound(to: Int64.self) + n &* packed.shape[1]
    return CTCPath(
      labels: row + 2, count: Int(row[1]), times: Int(row[0]), blank: blank,
      x: x.data.assumingMemoryBound(to: Double.self) + n &* x.shape[2], step: x.shape[1] &* x.shape[2],
      classes: x.shape[2])
  }
}
