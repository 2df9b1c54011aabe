public import ThalwegCore

/// How long the sequences of a batch are.
public enum SequenceLengths {
  /// The lengths, int64 [B], that a mask [B, T] tells of: not 0 at the steps of a sequence, 0 behind its end.
  /// - Throws: `.shape` unless of 2 dimensions; `.invalidArgument` where a step counts behind one that does not.
  public static func from(mask: Tensor) throws(ThalwegError) -> Tensor {
    guard mask.rank == 2 else {
      throw ThalwegError(.shape, "lengths: the mask has shape \(mask.shape); it must be [batch, time]")
    }
    return try count(mask) { row, last, steps in
      guard steps != last else { return nil }
      return
        "lengths: sequence \(row) of the mask has a gap: \(steps) of its first \(last) steps count; a sequence has all its steps before its padding"
    }
  }

  /// The lengths of sequences [T, B, I] whose padding is steps of zeros; at least 1.
  static func ofNonzeros(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let lengths = try count(input.detach().any([2]).transpose(0, 1)) { _, _, _ in nil }
    return try noGrad { () throws(ThalwegError) in
      try lengths.clampMin(Tensor.scalar(input.shape[0] == 0 ? 0 : 1, dtype: .int64))
    }
  }

  /// The last steps that count, one a row of `mask` [B, T]. `complaint` gets a row, its last step that counts and how many
  /// do.
  private static func count(
    _ mask: Tensor, _ complaint: @escaping (_ row: Int, _ last: Int, _ steps: Int) -> String?
  ) throws(ThalwegError) -> Tensor {
    try Recording.tensor { () throws(ThalwegError) in
      let flags = try mask.detach().to(.bool).contiguous()
      let (rows, columns) = (mask.shape[0], mask.shape[1])
      let result = try Tensor.zeros([rows], dtype: .int64)
      defer { withExtendedLifetime((flags, result)) {} }
      let bytes = flags.data.assumingMemoryBound(to: UInt8.self)
      let lengths = result.data.assumingMemoryBound(to: Int64.self)
      for row in 0..<rows {
        var (last, steps) = (0, 0)
        for column in 0..<columns where bytes[row &* columns &+ column] != 0 {
          last = column + 1
          steps += 1
        }
        if let text = complaint(row, last, steps) { throw ThalwegError(.invalidArgument, text) }
        lengths[row] = Int64(last)
      }
      return result
    }
  }
}
