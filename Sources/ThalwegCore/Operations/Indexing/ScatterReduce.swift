import CKernels

/// What happens to elements that come to the same place. Raw values are the C interface's `TW_SCATTER_SUM` ...
public enum ScatterMode: Int32, Sendable {
  case sum = 0
  case product = 1
  case mean = 2
  case largest = 3
  case smallest = 4
}

/// scatter_reduce(x, dim, index, src): y[i, index[i, j, k], k] is the sum (product, mean, largest, smallest) of all
/// src[i, j, k] that go there (for dim 1), and of x's element there where `includesSelf`; other places keep x's.
/// Derivative: by way of its parts. Products are made of pairs, those of pairs again, so that it is exact where factors
/// are 0; the largest (smallest) element is chosen, and where several are it, they share the gradient evenly.
extension Tensor {
  public func scatterReduce(
    _ dim: Int, _ index: Tensor, _ src: Tensor, _ mode: ScatterMode, includesSelf: Bool = true
  ) throws(ThalwegError) -> Tensor {
    let (x, places) = try elements(dim, index, in: "scatter_reduce")
    let values = try sources(src, index, in: "scatter_reduce").reshape([-1])
    return try x.reduced(values, places.starts, mode, includesSelf).reshape(shape)
  }

  /// index_reduce(x, dim, index, source): as `scatterReduce` with whole parts along `dim`, one for each index.
  public func indexReduce(
    _ dim: Int, _ indices: Tensor, _ source: Tensor, _ mode: ScatterMode, includesSelf: Bool = true
  ) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "index_reduce")
    let list = try indices.rank == 0 ? indices.reshape([1]) : indices
    guard list.rank == 1 else {
      throw ThalwegError(
        .shape, "index_reduce: the indices have shape \(indices.shape); they must have one dimension")
    }
    let values = source.rank == 0 ? try source.reshape([1]) : source
    var expected = rank == 0 ? [1] : shape
    expected[axis] = list.numel
    guard values.shape == expected else {
      throw ThalwegError(
        .shape,
        "index_reduce: the source has shape \(source.shape); for \(list.numel) indices along dimension \(axis) of \(shape) it must be \(expected)"
      )
    }
    var line = Dims(repeating: 1, count: expected.count)
    line[axis] = list.numel
    let spread = try list.reshape(line).expand(expected)
    return try scatterReduce(axis, spread, values, mode, includesSelf: includesSelf)
  }

  /// This tensor with the elements at the given places of the flattened tensor replaced by those of `source`, or with
  /// these added to them; negative places count from the end.
  public func put(
    _ indices: Tensor, _ source: Tensor, accumulate: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard source.dtype == dtype, source.numel == indices.numel else {
      throw ThalwegError(
        .shape,
        "put: a source of \(source.dtype) and shape \(source.shape) for \(indices.numel) indices into \(dtype); dtypes and numbers must be equal"
      )
    }
    let starts = try IndexTensor.checked(indices, below: numel, fromEnd: true, in: "put").reshape([-1])
    let places = Places(starts: starts, block: 1, shape: starts.shape)
    let values = try source.reshape([-1])
    return try accumulate ? adding(values, places) : IndexPut.apply(self, places, values)
  }

  /// - Parameters:
  ///   - values: one dimension.
  ///   - starts: where each goes in the flattened tensor.
  private func reduced(
    _ values: Tensor, _ starts: Tensor, _ mode: ScatterMode, _ includesSelf: Bool
  ) throws(ThalwegError) -> Tensor {
    let places = Places(starts: starts, block: 1, shape: starts.shape)
    if starts.numel == 0 { return try clone() }
    if mode == .sum && includesSelf { return try adding(values, places) }
    if dtype == .bool {
      // Or, and.
      let same: ScatterMode = mode == .sum ? .largest : mode == .product ? .smallest : mode
      guard same != .mean else { throw unsupported("scatter_reduce", dtype) }
      return try to(.uint8).reduced(values.to(.uint8), starts, same, includesSelf).to(.bool)
    }
    let one = try Tensor.scalar(1, dtype: dtype), zero = try Tensor.scalar(0, dtype: dtype)
    let isMet = try noGrad { () throws(ThalwegError) in
      try IndexPut.apply(
        Tensor.zeros(shape, dtype: .bool), places, Tensor.ones(starts.shape, dtype: .bool))
    }
    switch mode {
    case .sum:
      return try Tensor.where(isMet, zero, self).adding(values, places)
    case .mean:
      let counts = try noGrad { () throws(ThalwegError) in
        let start =
          try includesSelf ? Tensor.ones(shape, dtype: .float64) : Tensor.zeros(shape, dtype: .float64)
        let total = try start.adding(Tensor.ones(starts.shape, dtype: .float64), places)
        return try total.clamp(min: 1).to(dtype)
      }
      let base = try includesSelf ? self : Tensor.where(isMet, zero, self)
      let total = try base.adding(values, places)
      return try dtype.isFloat ? total / counts : total.divide(counts, .floor)
    case .product:
      let base = try includesSelf ? self : Tensor.where(isMet, one, self)
      return try base * values.segmentProducts(starts, shape)
    case .largest, .smallest:
      return try extreme(values, places, isMet, mode, includesSelf)
    }
  }

  /// For each place of a tensor of `shape` the product of this vector's elements that go there; 1 where none does.
  private func segmentProducts(_ starts: Tensor, _ shape: Dims) throws(ThalwegError) -> Tensor {
    let order = try starts.argsort(0)
    var target = try starts.take(order)
    var values = try take(order)
    while true {
      // Neighbours that go to the same place make a pair; pairs do not overlap.
      let count = target.numel
      let place = target.data.assumingMemoryBound(to: Int64.self)
      var (left, right, rest): ([Int64], [Int64], [Int64]) = ([], [], [])
      var i = 0
      while i < count {
        let isPair = i + 1 < count && place[i] == place[i + 1]
        left.append(Int64(i))
        right.append(isPair ? Int64(i + 1) : Int64(count))
        rest.append(place[i])
        i += isPair ? 2 : 1
      }
      withExtendedLifetime(target) {}
      if rest.count == count { break }
      let padded = try Tensor.cat([values, Tensor.ones([1], dtype: dtype)], dim: 0)
      let places = try Tensor(left, [left.count])
      values = try padded.indexSelect(0, places) * padded.indexSelect(0, Tensor(right, [right.count]))
      target = try Tensor(rest, [rest.count])
    }
    let places = Places(starts: target, block: 1, shape: target.shape)
    return try IndexPut.apply(Tensor.ones(shape, dtype: dtype), places, values)
  }

  private func extreme(
    _ values: Tensor, _ places: Places, _ isMet: Tensor, _ mode: ScatterMode, _ includesSelf: Bool
  ) throws(ThalwegError) -> Tensor {
    let table = kernels.pointee
    guard let loop = (mode == .largest ? table.maximum : table.minimum)[dtype] else {
      throw unsupported("scatter_reduce", dtype)
    }
    let result = try noGrad { () throws(ThalwegError) in
      let y = try self.clone()
      let source = try values.contiguous()
      if !includesSelf {
        // The first that comes replaces what is there.
        BlockMoves.scatter(
          places.starts, block: 1, elementSize: dtype.size, from: source.address, to: y.address)
      }
      BlockMoves.combine(
        loop, places.starts, block: 1, elementSize: dtype.size, from: source.address, to: y.address,
        length: y.numel)
      withExtendedLifetime(source) {}
      return y
    }
    if !Node.records(self, values) { return result }
    let (own, theirs, shares) = try noGrad { () throws(ThalwegError) in
      let own = try (includesSelf ? self.equal(result) : isMet.logicalNot()).to(dtype)
      let theirs = try values.equal(IndexGet.apply(result, places)).to(dtype)
      return (own, theirs, try own.adding(theirs, places).clamp(min: 1))
    }
    return try ValueOf.apply(result, (self * own).adding(values * theirs, places) / shares)
  }
}
