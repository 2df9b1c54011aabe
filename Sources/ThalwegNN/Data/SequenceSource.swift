public import ThalwegCore

/// Where a loader of sequences has an array's samples from.
public protocol SequenceSource: AnyObject {
  /// Samples.
  var count: Int { get }
  /// int64 [count]; nil: one row a sample.
  var lengths: Tensor? { get }
  /// The steps of samples, one sample behind the other: [steps of all, ...].
  func steps(of samples: [Int]) throws(ThalwegError) -> Tensor
}

/// Sequences in memory.
final class MemorySequences: SequenceSource {
  private let values: Tensor
  let lengths: Tensor?
  let count: Int
  /// Where each sample's rows begin, and the end; nil: row i is sample i's.
  private let starts: [Int]?

  /// Errors: `.shape`, `.dtype`, `.invalidArgument` unless the lengths are those of the values.
  init(_ array: SequenceArray, _ name: String, _ function: StaticString) throws(ThalwegError) {
    values = try array.values.detach().contiguous()
    guard let rows = values.shape.first else {
      throw ThalwegError(.shape, "\(function): a scalar has no samples; they lie along a first dimension")
    }
    guard let given = array.lengths else {
      (lengths, starts, count) = (nil, nil, rows)
      return
    }
    let (checked, starts) = try Self.starts(given, rows, name, function)
    (lengths, self.starts, count) = (checked, starts, checked.numel)
  }

  func steps(of samples: [Int]) throws(ThalwegError) -> Tensor {
    let parts = samples.map { sample in starts.map { $0[sample]..<$0[sample + 1] } ?? sample..<sample + 1 }
    var shape = values.shape
    shape[0] = parts.reduce(0) { $0 + $1.count }
    let result = try Tensor.make(shape, values.dtype, for: "loader_next")
    let rowBytes = values.shape.dropFirst().reduce(values.dtype.size, &*)
    var place = 0
    for part in parts {
      (result.data + place).copyMemory(
        from: values.data + part.lowerBound &* rowBytes, byteCount: part.count &* rowBytes)
      place += part.count &* rowBytes
    }
    return withExtendedLifetime((values, result)) { result }
  }

  private static func starts(
    _ lengths: Tensor, _ rows: Int, _ name: String, _ function: StaticString
  ) throws(ThalwegError) -> (Tensor, [Int]) {
    guard lengths.rank == 1, lengths.dtype == .int64 || lengths.dtype == .int32 else {
      throw ThalwegError(
        lengths.rank == 1 ? .dtype : .shape,
        "\(function): the lengths of \(name) are \(lengths.dtype) of shape \(lengths.shape); a list of integers is needed"
      )
    }
    let list = try lengths.detach().to(.int64).contiguous().clone()
    defer { withExtendedLifetime(list) {} }
    let values = list.data.assumingMemoryBound(to: Int64.self)
    var starts = [0]
    for i in 0..<list.numel {
      guard values[i] >= 0, values[i] <= rows - starts[i] else {
        throw ThalwegError(
          .invalidArgument,
          """
          \(function): sequence \(i) of \(name) has length \(values[i]); \(rows - starts[i]) of \(rows) steps are left for it
          """)
      }
      starts.append(starts[i] + Int(values[i]))
    }
    guard starts[list.numel] == rows else {
      throw ThalwegError(
        .shape, "\(function): the lengths of \(name) sum up to \(starts[list.numel]); there are \(rows) steps"
      )
    }
    return (list, starts)
  }
}
