import ThalwegCore

/// Rows of a data set that go side by side into memory.
struct RowStretch {
  /// In the data set.
  var rows: Range<Int>
  /// In memory, from the row `at` on.
  var at: Int
}

extension RowStretch {
  /// The rows with these numbers, one after the other in memory.
  ///
  /// Errors: `.shape` unless the numbers are of rank 1; `.dtype` unless they are integers; `.invalidArgument` for one
  /// that no row has.
  static func gather(
    _ numbers: Tensor, of rows: Int, _ function: String
  ) throws(ThalwegError) -> [RowStretch] {
    guard numbers.rank == 1 else {
      throw ThalwegError(
        .shape, "\(function): the numbers of rows have the shape \(numbers.shape); expected one dimension")
    }
    guard [.int64, .int32, .uint8].contains(numbers.dtype) else {
      throw ThalwegError(
        .dtype, "\(function): the numbers of rows are \(numbers.dtype); expected integers")
    }
    let list = try numbers.detach().to(.int64).contiguous()
    let count = list.numel
    let values = list.data.assumingMemoryBound(to: Int64.self)
    var stretches: [RowStretch] = []
    for at in 0..<count {
      guard let row = Int(exactly: values[at]), row >= 0, row < rows else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): there is no row \(values[at]); they are numbered from 0 to \(rows - 1)")
      }
      if let last = stretches.last, last.rows.upperBound == row {
        stretches[stretches.count - 1].rows = last.rows.lowerBound..<row + 1
      } else {
        stretches.append(RowStretch(rows: row..<row + 1, at: at))
      }
    }
    return withExtendedLifetime(list) { stretches }
  }
}
