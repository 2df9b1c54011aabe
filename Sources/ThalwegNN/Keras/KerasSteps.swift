import ThalwegCore

/// The steps of a batch that count, brought together at the beginning of each sequence and back again: the others leave
/// states as they are.
struct KerasSteps {
  /// [B]: how many count.
  let lengths: Tensor
  /// The same, with 1 for none.
  let lengthsFromOne: Tensor
  /// [B, 1]: where none counts; nil if there is no such sequence.
  let isEmpty: Tensor?
  /// [B, T]: the places of the steps that count; then any.
  private let order: Tensor
  /// [B, T]: of each step the last that counts up to it, among those that count; 0 where there is none.
  private let source: Tensor
  /// [B, T]: whether there is one; and whether the step itself counts.
  private let isBegun, counts: Tensor

  init(_ mask: Tensor, _ x: Tensor) throws(ThalwegError) {
    guard mask.rank == 2, mask.shape[0] == x.shape[0], mask.shape[1] == x.shape[1] else {
      throw ThalwegError(.shape, "a mask of \(mask.shape) for an input of \(x.shape)")
    }
    let flags = try noGrad { () throws(ThalwegError) in try mask.detach().to(.bool).contiguous() }
    let (rows, columns) = (mask.shape[0], mask.shape[1])
    let lengths = try Tensor.zeros([rows], dtype: .int64),
      order = try Tensor.zeros([rows, columns], dtype: .int64)
    let source = try Tensor.zeros([rows, columns], dtype: .int64)
    let begun = try Tensor.zeros([rows, columns], dtype: .bool)
    defer { withExtendedLifetime((flags, lengths, order, source, begun)) {} }
    let bytes = flags.data.assumingMemoryBound(to: UInt8.self)
    let ends = lengths.data.assumingMemoryBound(to: Int64.self)
    let places = order.data.assumingMemoryBound(to: Int64.self)
    let sources = source.data.assumingMemoryBound(to: Int64.self)
    let starts = begun.data.assumingMemoryBound(to: UInt8.self)
    for row in 0..<rows {
      var count = 0
      for column in 0..<columns {
        let at = row &* columns &+ column
        if bytes[at] != 0 {
          places[row &* columns &+ count] = Int64(column)
          count &+= 1
        }
        sources[at] = Int64(max(0, count &- 1))
        starts[at] = count > 0 ? 1 : 0
      }
      ends[row] = Int64(count)
    }
    (self.lengths, self.order, self.source, isBegun, counts) = (lengths, order, source, begun, flags)
    let hasEmpty = (0..<rows).contains { ends[$0] == 0 }
    (lengthsFromOne, isEmpty) = try noGrad { () throws(ThalwegError) in
      guard hasEmpty, columns > 0 else { return (lengths, nil) }
      let one = try Tensor.scalar(1, dtype: .int64)
      return (try lengths.clampMin(one), try lengths.less(one).unsqueeze(1))
    }
  }

  private func expanded(_ index: Tensor, _ size: Int) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      try index.unsqueeze(2).expand([index.shape[0], index.shape[1], size])
    }
  }

  /// The steps of x [B, T, F] that count, first.
  func counted(_ x: Tensor) throws(ThalwegError) -> Tensor {
    x.shape[1] == 0 ? x : try x.gather(1, expanded(order, x.shape[2]))
  }

  /// Outputs of the steps that count at their places; a step that does not has the output before it, or zeros.
  func spread(_ y: Tensor, zeroesMasked: Bool) throws(ThalwegError) -> Tensor {
    if y.shape[1] == 0 { return y }
    let all = try y.gather(1, expanded(source, y.shape[2]))
    let isThere = try expanded(zeroesMasked ? counts : isBegun, y.shape[2])
    return try Tensor.where(isThere, all, Tensor.scalar(0, dtype: y.dtype))
  }

  func last(_ h: Tensor, zeroesMasked: Bool) throws(ThalwegError) -> Tensor {
    if counts.shape[1] == 0 { return h }
    let flags = zeroesMasked ? counts : isBegun
    let isThere = try noGrad { () throws(ThalwegError) in
      try flags.select(1, flags.shape[1] - 1).unsqueeze(1)
    }
    return try Tensor.where(isThere, h, Tensor.scalar(0, dtype: h.dtype))
  }
}
