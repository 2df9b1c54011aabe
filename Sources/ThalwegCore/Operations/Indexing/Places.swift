/// The elements that index tensors choose of a tensor, as a list of blocks: NumPy's advanced indexing.
///
/// The index tensors, one for each of some dimensions, are broadcast against each other; the dimensions without one are
/// kept whole. The broadcast dimensions stand where the first indexed dimension was if the indexed ones lie side by side,
/// else in front of all others.
package struct Places {
  /// int64, one dimension: the element at which each block begins.
  package let starts: Tensor
  /// Elements a block: those of the last dimensions where they are kept whole and lie without gaps.
  package let block: Int
  /// The shape of all chosen elements.
  package let shape: Dims

  package init(starts: Tensor, block: Int, shape: Dims) {
    self.starts = starts
    self.block = block
    self.shape = shape
  }

  /// - Parameters:
  ///   - indices: checked (`IndexTensor`); nil, and what is missing at the end, for a dimension kept whole.
  ///   - strides: those of the memory that `starts` is for; row-major ones where not given.
  package init(
    _ indices: [Tensor?], of shape: Dims, strides given: Dims? = nil, in function: StaticString
  ) throws(ThalwegError) {
    let strides = given ?? shape.contiguousStrides
    var indexed = Dims()
    var common = Dims()
    for (dim, index) in indices.enumerated() {
      guard let index else { continue }
      indexed.append(dim)
      common = try Dims.broadcast(common, index.shape, in: function)
    }
    let kept = shape.indices.filter { !indexed.contains($0) }
    let isSideBySide = indexed.isEmpty || indexed[indexed.count - 1] - indexed[0] == indexed.count - 1
    let front = isSideBySide ? indexed.first ?? 0 : 0
    let before = kept.filter { $0 < front }
    var after = kept.filter { $0 >= front }
    // The last dimensions as one block.
    var block = 1
    var blockShape: [Int] = []
    while let dim = after.last, dim == shape.count - 1 - blockShape.count,
      strides[dim] == block || shape[dim] == 1
    {
      blockShape.insert(shape[dim], at: 0)
      block &*= shape[dim]
      after.removeLast()
    }
    let outer = Dims(before.map { shape[$0] } + Array(common) + after.map { shape[$0] })
    _ = try Dims(Array(outer) + blockShape).checkedElementCount(of: .float64, in: function)

    // The places are a sum of what each dimension adds, broadcast: the small terms first.
    var sum: Tensor?
    for (i, dim) in before.enumerated() {
      let following = before.count - 1 - i + common.count + after.count
      sum = try Places.add(sum, Places.steps(shape[dim], strides[dim], following))
    }
    for (i, dim) in after.enumerated() {
      sum = try Places.add(sum, Places.steps(shape[dim], strides[dim], after.count - 1 - i))
    }
    for dim in indexed {
      guard let index = indices[dim] else { continue }
      let spread = try index.reshape(Dims(Array(index.shape) + after.map { _ in 1 }))
      let term = strides[dim] == 1 ? spread : try spread * Tensor.scalar(Double(strides[dim]), dtype: .int64)
      sum = try Places.add(sum, term)
    }
    let places = if let sum { sum } else { try Tensor.scalar(0, dtype: .int64) }
    starts = try places.expand(outer).contiguous().reshape([-1])
    self.block = block
    self.shape = Dims(Array(outer) + blockShape)
  }

  private static func add(_ sum: Tensor?, _ term: Tensor) throws(ThalwegError) -> Tensor {
    if let sum { try sum + term } else { term }
  }

  /// 0, step, 2 step, ... of `count`, with `following` dimensions of size 1 behind.
  private static func steps(
    _ count: Int, _ step: Int, _ following: Int
  ) throws(ThalwegError) -> Tensor {
    let result = try Recording.outside { () throws(ThalwegError) in
      let result = try Tensor.make([count], .int64, for: "index")
      let value = result.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<count { value[i] = Int64(i &* step) }
      return result
    }
    return try result.reshape(Dims([count] + Array(repeating: 1, count: following)))
  }
}
