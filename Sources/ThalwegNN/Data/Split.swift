public import ThalwegCore

/// The numbers of samples in parts: to train, to validate, to test. Each part is in the data's order, so that a file is read
/// from its beginning to its end.
public enum Split {
  /// Parts of these sizes, int64, drawn at random; what they leave of the `count` samples is in none.
  ///
  /// With labels, integers [count], each part has every class in its share, to within a sample or two.
  /// - Throws: `.invalidArgument` for negative sizes or more samples than there are; `.shape`, `.dtype` of labels.
  public static func random(
    _ count: Int, sizes: [Int], labels: Tensor? = nil, generator: Generator = .default
  ) throws(ThalwegError) -> [Tensor] {
    let order = try self.order(count, labels, generator, "random_split")
    var parts: [Tensor] = []
    var first = 0
    for size in sizes {
      guard size >= 0, size <= count - first else {
        throw ThalwegError(
          .invalidArgument,
          "random_split: a part of \(size) samples where \(count - first) of \(count) are left")
      }
      parts.append(try sorted(order[first..<first + size]))
      first += size
    }
    return parts
  }

  /// Sizes of parts that are these shares of `count`: rounded down, and what is left of shares that sum up to 1 goes to the
  /// first parts, one each, as PyTorch's `random_split` has it.
  /// - Throws: `.invalidArgument` for shares below 0 or above 1 in sum.
  public static func sizes(_ count: Int, fractions: [Double]) throws(ThalwegError) -> [Int] {
    let sum = fractions.reduce(0, +)
    guard count >= 0, count <= 1 << 53, fractions.allSatisfy({ $0 >= 0 && $0 <= 1 }), sum <= 1 + 1e-9 else {
      throw ThalwegError(
        .invalidArgument,
        "split_sizes: shares \(fractions) of \(count) samples; none may be below 0, nor their sum, \(sum), above 1"
      )
    }
    var sizes = fractions.map { min(Int((Double(count) * $0).rounded(.down)), count) }
    if sum >= 1 - 1e-9 {
      for i in 0..<max(0, count - sizes.reduce(0, +)) { sizes[i % sizes.count] += 1 }
    }
    return sizes
  }

  /// Pairs of training and validation samples: each sample is in one of the `folds` validation parts, which are as large as
  /// one another, to within a sample, and in the other pairs' training parts.
  /// - Throws: `.invalidArgument` unless 2 <= folds <= count; `.shape`, `.dtype` of labels.
  public static func folds(
    _ count: Int, _ folds: Int, labels: Tensor? = nil, generator: Generator = .default
  ) throws(ThalwegError) -> [(training: Tensor, validation: Tensor)] {
    guard folds >= 2, folds <= count else {
      throw ThalwegError(
        .invalidArgument,
        "k_fold: \(folds) folds of \(count) samples; from 2 to as many as samples are possible")
    }
    let order = try self.order(count, labels, generator, "k_fold")
    var result: [(training: Tensor, validation: Tensor)] = []
    var first = 0
    for i in 0..<folds {
      let end = first + count / folds + (i < count % folds ? 1 : 0)
      result.append(
        (try sorted(order[0..<first] + order[end..<count]), try sorted(order[first..<end])))
      first = end
    }
    return result
  }

  /// A random order; with labels one of which every stretch has the classes in their shares: sample r of the n of a class,
  /// in random order, stands at (r + u) / n, u uniform for each class.
  private static func order(
    _ count: Int, _ labels: Tensor?, _ generator: Generator, _ function: StaticString
  ) throws(ThalwegError) -> [Int] {
    guard count >= 0 else {
      throw ThalwegError(.invalidArgument, "\(function): \(count) samples; there cannot be fewer than 0")
    }
    let random = try integers(Tensor.randperm(count, generator: generator))
    guard let labels else { return random }
    guard labels.rank == 1, labels.shape[0] == count else {
      throw ThalwegError(
        .shape,
        "\(function): the labels have shape \(labels.shape); there must be one for each of \(count) samples")
    }
    guard !labels.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(function): the labels are \(labels.dtype); they must be integers")
    }
    let classes = try integers(labels.detach().to(.int64).contiguous())
    var sizes: [Int: Int] = [:]
    for label in classes { sizes[label, default: 0] += 1 }
    // In the order of the labels, so that nothing depends on the table's.
    let names = sizes.keys.sorted()
    let u = try Tensor.rand([names.count], dtype: .float64, generator: generator).toArray()
    var begins: [Int: Double] = [:]
    for (name, begin) in zip(names, u) { begins[name] = begin }
    var (seen, places): ([Int: Int], [Double]) = ([:], [])
    for sample in random {
      let label = classes[sample]
      let rank = seen[label, default: 0]
      seen[label] = rank + 1
      places.append((Double(rank) + (begins[label] ?? 0)) / Double(sizes[label] ?? 1))
    }
    let ranks = (0..<count).sorted { (places[$0], $0) < (places[$1], $1) }
    return ranks.map { random[$0] }
  }

  private static func integers(_ x: Tensor) throws(ThalwegError) -> [Int] {
    let start = x.data.assumingMemoryBound(to: Int64.self)
    defer { withExtendedLifetime(x) {} }
    return UnsafeBufferPointer(start: start, count: x.numel).map { Int($0) }
  }

  private static func sorted(_ samples: some Sequence<Int>) throws(ThalwegError) -> Tensor {
    let numbers = samples.sorted().map { Int64($0) }
    return try Tensor(numbers, [numbers.count])
  }
}
