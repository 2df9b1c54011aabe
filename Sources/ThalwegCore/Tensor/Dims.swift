/// A short list of integers, one a dimension: a shape, strides, a permutation. Stored inline, no allocation.
///
/// At most `maxRank` entries. A longer literal is remembered as too long and refused, with an error, by the
/// function that it is given to.
public struct Dims: RandomAccessCollection, MutableCollection, ExpressibleByArrayLiteral, Equatable, Sendable,
  CustomStringConvertible
{
  public static let maxRank = 8

  private var values = InlineArray<8, Int>(repeating: 0)
  public private(set) var count = 0

  public init() {}

  public init(repeating value: Int, count: Int) {
    for _ in 0..<Swift.max(0, count) { append(value) }
  }

  public init(arrayLiteral elements: Int...) {
    for value in elements { append(value) }
  }

  public init(_ elements: some Sequence<Int>) {
    for value in elements { append(value) }
  }

  /// `count` goes on counting past the capacity, so that too long a list can be refused later.
  public mutating func append(_ value: Int) {
    if count < Dims.maxRank { values[count] = value }
    count += 1
  }

  public mutating func remove(at index: Int) {
    for i in index..<(count - 1) { values[i] = values[i + 1] }
    count -= 1
  }

  public mutating func insert(_ value: Int, at index: Int) {
    append(value)
    var i = count - 1
    while i > index {
      values[i] = values[i - 1]
      i -= 1
    }
    values[index] = value
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(index: Int) -> Int {
    get { values[index] }
    set { values[index] = newValue }
  }

  public static func == (a: Dims, b: Dims) -> Bool {
    if a.count != b.count { return false }
    for i in 0..<Swift.min(a.count, maxRank) where a.values[i] != b.values[i] { return false }
    return true
  }

  public var description: String {
    var text = "["
    for i in 0..<Swift.min(count, Dims.maxRank) {
      if i > 0 { text += ", " }
      text += String(values[i])
    }
    return text + (count > Dims.maxRank ? ", ...]" : "]")
  }
}

extension Dims {
  /// The product of all entries: a shape's number of elements. Only for shapes that passed `checkShape`.
  package var product: Int {
    var result = 1
    for i in 0..<count { result &*= self[i] }
    return result
  }

  /// Row-major strides of a shape, in elements.
  package var contiguousStrides: Dims {
    var strides = self
    var step = 1
    var i = count
    while i > 0 {
      i &-= 1
      strides[i] = step
      step &*= Swift.max(1, self[i])
    }
    return strides
  }

  /// The number of elements of a shape, after checking rank, signs and overflow (also in bytes).
  package func checkedElementCount(of dtype: DType, in function: StaticString) throws(ThalwegError) -> Int {
    guard count <= Dims.maxRank else {
      throw ThalwegError(
        .shape, "\(function): a tensor has at most \(Dims.maxRank) dimensions, not \(count)")
    }
    var total = 1
    // Zero-sized dimensions count as 1 here, so that strides cannot overflow either.
    var span = 1
    for i in 0..<count {
      guard self[i] >= 0 else {
        throw ThalwegError(.shape, "\(function): the shape \(self) has a negative dimension")
      }
      let (product, overflow) = span.multipliedReportingOverflow(by: Swift.max(1, self[i]))
      guard !overflow, product <= Int.max / 16 else {
        throw ThalwegError(.outOfMemory, "\(function): a tensor of shape \(self) is larger than any memory")
      }
      span = product
      total *= Swift.min(1, self[i])
    }
    return total == 0 ? 0 : span
  }

  /// A dimension index that may count from the end, as in Python: -1 is the last.
  package static func resolve(
    _ dim: Int, rank: Int, in function: StaticString
  ) throws(ThalwegError) -> Int {
    let limit = Swift.max(rank, 1)  // a scalar takes 0 and -1, as in PyTorch
    guard dim >= -limit, dim < limit else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): dimension \(dim) is out of range; a tensor of rank \(rank) has \(-limit) to \(limit - 1)"
      )
    }
    return dim < 0 ? dim + limit : dim
  }

  /// `dims` as indices from the front without repetition, in the order given.
  package static func resolve(
    _ dims: Dims, rank: Int, in function: StaticString
  ) throws(ThalwegError) -> Dims {
    var result = Dims()
    guard dims.count <= Dims.maxRank else {
      throw ThalwegError(.invalidArgument, "\(function): \(dims.count) dimensions given, at most 8 exist")
    }
    for dim in dims {
      let index = try resolve(dim, rank: rank, in: function)
      guard !result.contains(index) else {
        throw ThalwegError(.invalidArgument, "\(function): dimension \(dim) is given twice in \(dims)")
      }
      result.append(index)
    }
    return result
  }
}
