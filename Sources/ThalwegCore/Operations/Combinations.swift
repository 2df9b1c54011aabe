/// Tensors made of several others, or of all choices from one. Derivatives by way of their parts.
extension Tensor {
  /// A matrix with the given matrices on its diagonal, corner to corner, and zeros elsewhere; vectors count as rows,
  /// scalars as 1 x 1. Dtypes promote.
  public static func blockDiag(_ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
    guard let first = tensors.first else { return try zeros([1, 0]) }
    var dtype = first.dtype
    var (blocks, width): ([Tensor], Int) = ([], 0)
    for tensor in tensors {
      guard tensor.rank <= 2 else {
        throw ThalwegError(
          .shape, "block_diag: a tensor of shape \(tensor.shape); at most two dimensions are possible")
      }
      dtype = DType.promoted(dtype, tensor.dtype)
      let block = try tensor.rank == 2 ? tensor : tensor.reshape([1, tensor.numel])
      blocks.append(block)
      width &+= block.shape[1]
      guard width >= 0 else {
        throw ThalwegError(.outOfMemory, "block_diag: the result is larger than any memory")
      }
    }
    var (rows, before): ([Tensor], Int) = ([], 0)
    for block in blocks {
      let size = block.shape[1]
      rows.append(try block.to(dtype).pad([before, width - before - size]))
      before += size
    }
    return try cat(rows, dim: 0)
  }

  /// All ways to take one element of each vector, a row each, the last one's elements changing first. Of one vector: itself.
  public static func cartesianProduct(_ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
    guard let first = tensors.first else {
      throw ThalwegError(.invalidArgument, "cartesian_prod: no tensors given; at least one is needed")
    }
    for tensor in tensors where tensor.rank != 1 || tensor.dtype != first.dtype {
      throw ThalwegError(
        .shape,
        "cartesian_prod: \(tensor.dtype) of shape \(tensor.shape) beside \(first.dtype); vectors of one dtype are needed"
      )
    }
    if tensors.count == 1 { return try first.clone() }
    guard tensors.count <= Dims.maxRank else {
      throw ThalwegError(
        .shape, "cartesian_prod: \(tensors.count) vectors given; at most \(Dims.maxRank) are possible")
    }
    let shape = Dims(tensors.map(\.numel))
    _ = try shape.checkedElementCount(of: first.dtype, in: "cartesian_prod")
    var columns: [Tensor] = []
    for (i, tensor) in tensors.enumerated() {
      var line = Dims(repeating: 1, count: tensors.count)
      line[i] = tensor.numel
      columns.append(try tensor.reshape(line).expand(shape).reshape([-1]))
    }
    return try stack(columns, dim: 1)
  }

  /// All ways to take `count` elements of a vector in its order, a row each; `withReplacement`: an element several times.
  public func combinations(
    _ count: Int = 2, withReplacement: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard rank == 1, count >= 0 else {
      throw ThalwegError(
        .invalidArgument, "combinations: \(count) elements of shape \(shape); a vector is needed")
    }
    if count == 0 { return try Tensor.zeros([0], dtype: dtype) }
    // Their number: n over count, or n + count - 1 over count.
    let pool = withReplacement ? Double(numel) + Double(count) - 1 : Double(numel)
    var total = count <= numel || withReplacement ? 1.0 : 0
    for i in 0..<min(count, 4096) { total *= max(0, pool - Double(i)) / Double(i + 1) }
    guard total * Double(count) < 0x1p32 else {
      throw ThalwegError(
        .outOfMemory, "combinations: \(count) of \(numel) elements can be chosen in too many ways")
    }
    if total < 0.5 { return try take(Tensor.zeros([0, count], dtype: .int64)) }
    var chosen = (0..<count).map { withReplacement ? 0 : Int64($0) }
    var indices: [Int64] = []
    let (size, last) = (Int64(numel), count - 1)
    var exists = true
    while exists {
      indices += chosen
      // The last place that can move on does, those behind it follow closely.
      var i = last
      while i >= 0, chosen[i] >= (withReplacement ? size - 1 : size - Int64(count - i)) { i -= 1 }
      exists = i >= 0
      if exists {
        chosen[i] += 1
        for j in (i + 1)..<max(i + 1, count) { chosen[j] = withReplacement ? chosen[i] : chosen[j - 1] + 1 }
      }
    }
    return try take(Tensor(indices, [indices.count / count, count]))
  }

  /// The powers of each element as a new last dimension: 1, x, x², ..., `count` of them (nil: as many as the last
  /// dimension is long); with `decreasing` from the highest down.
  public func vander(_ count: Int? = nil, decreasing: Bool = false) throws(ThalwegError) -> Tensor {
    if rank == 0 { return try reshape([1]).vander(count, decreasing: decreasing) }
    guard rank < Dims.maxRank else {
      throw ThalwegError(.shape, "vander: shape \(shape); a vector, or several, is needed")
    }
    let size = count ?? shape[rank - 1]
    let x = dtype.isFloat ? self : try to(.int64)
    guard size >= 0 else {
      throw ThalwegError(.invalidArgument, "vander: N is \(size); it must not be negative")
    }
    var full = shape
    full.append(Swift.max(0, size - 1))
    var single = full
    single[rank] = Swift.min(size, 1)
    let ones = try Tensor.ones(single, dtype: x.dtype)
    if size < 2 { return ones }
    let powers = try x.unsqueeze(-1).expand(full).cumulativeProduct(-1)
    let result = try Tensor.cat([ones, powers], dim: -1)
    return decreasing ? try result.flip([-1]) : result
  }

  /// The vector product of vectors of three elements along `dim`; the other dimensions broadcast.
  public func cross(_ other: Tensor, _ dim: Int = -1) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "cross")
    guard rank > 0, rank == other.rank, shape[axis] == 3, other.shape[axis] == 3 else {
      throw ThalwegError(
        .shape,
        "cross: \(shape) x \(other.shape); as many dimensions, and three elements along \(axis), are needed")
    }
    func turned(_ x: Tensor, _ first: Int) throws(ThalwegError) -> Tensor {
      let order: [Int64] = first == 1 ? [1, 2, 0] : [2, 0, 1]
      return try x.indexSelect(axis, Tensor(order, [3]))
    }
    return try turned(self, 1) * turned(other, 2) - turned(self, 2) * turned(other, 1)
  }

  /// A matrix with the flattened tensor on a diagonal, 0 elsewhere.
  public func diagflat(_ offset: Int = 0) throws(ThalwegError) -> Tensor {
    try reshape([-1]).diagEmbed(offset)
  }

  /// The coordinates of a matrix's elements on and below a diagonal: [2, count] of int64.
  public static func trilIndices(
    _ rows: Int, _ columns: Int, _ offset: Int = 0, dtype: DType = .int64
  ) throws(ThalwegError) -> Tensor {
    try ones([rows, columns], dtype: .bool).tril(offset).nonzero().transpose(0, 1).contiguous().to(dtype)
  }

  /// The same on and above it.
  public static func triuIndices(
    _ rows: Int, _ columns: Int, _ offset: Int = 0, dtype: DType = .int64
  ) throws(ThalwegError) -> Tensor {
    try ones([rows, columns], dtype: .bool).triu(offset).nonzero().transpose(0, 1).contiguous().to(dtype)
  }

  // MARK: - Parts replaced

  /// This tensor with `source` in the place of its slice; see `slice`.
  public func sliceScatter(
    _ source: Tensor, _ dim: Int, _ start: Int, _ end: Int, step: Int = 1
  ) throws(ThalwegError) -> Tensor {
    try replacing(source, in: "slice_scatter") { x throws(ThalwegError) in
      try x.slice(dim, start, end, step: step)
    }
  }

  /// This tensor with `source` in the place of its part at `index` along `dim`.
  public func selectScatter(
    _ source: Tensor, _ dim: Int, _ index: Int
  ) throws(ThalwegError) -> Tensor {
    try replacing(source, in: "select_scatter") { x throws(ThalwegError) in try x.select(dim, index) }
  }

  /// This tensor with `source` in the place of its diagonal.
  public func diagonalScatter(
    _ source: Tensor, _ offset: Int = 0, _ dim1: Int = 0, _ dim2: Int = 1
  ) throws(ThalwegError) -> Tensor {
    try replacing(source, in: "diagonal_scatter") { x throws(ThalwegError) in
      try x.diagonal(offset, dim1, dim2)
    }
  }

  private func replacing(
    _ source: Tensor, in function: StaticString, _ view: (Tensor) throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) -> Tensor {
    let places = try noGrad { () throws(ThalwegError) in
      try view(Tensor.arange(0, Double(numel)).reshape(shape)).contiguous()
    }
    guard source.shape == places.shape, source.dtype == dtype else {
      throw ThalwegError(
        .shape,
        "\(function): a source of \(source.dtype) and shape \(source.shape) for \(places.shape) of \(dtype); both must be equal"
      )
    }
    return try put(places, source)
  }
}
