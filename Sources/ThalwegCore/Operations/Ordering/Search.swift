/// Places in sorted sequences.
enum Search {
  /// The first place whose element is greater than `value`; behind NaN, which nothing is greater than.
  @inline(__always)
  static func upper<T: Comparable>(_ items: UnsafePointer<T>, _ count: Int, _ value: T) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low &+ (high &- low) / 2
      if items[middle] > value { high = middle } else { low = middle &+ 1 }
    }
    return low
  }

  /// The first place whose element is not less than `value`.
  @inline(__always)
  static func lower<T: Comparable>(_ items: UnsafePointer<T>, _ count: Int, _ value: T) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low &+ (high &- low) / 2
      if items[middle] >= value { high = middle } else { low = middle &+ 1 }
    }
    return low
  }
}

extension Tensor {
  /// Where each of `values` would be inserted along the last dimension of this tensor, which is sorted, to keep the order:
  /// before equal elements, or behind them. The sequence is a vector for all values, or has their leading dimensions.
  /// No derivative.
  /// - Parameters:
  ///   - right: whether behind equal elements.
  ///   - sorter: the order in which the sequence is sorted, of its shape; nil if it is as it is.
  /// - Returns: int64, of the shape of `values`.
  public func searchsorted(
    _ values: Tensor, right: Bool = false, sorter: Tensor? = nil
  ) throws(ThalwegError) -> Tensor {
    let isLine = rank == 1
    guard rank >= 1,
      isLine || (rank == values.rank && Dims(shape.dropLast()) == Dims(values.shape.dropLast()))
    else {
      throw ThalwegError(
        .shape,
        "searchsorted: values of shape \(values.shape) in sequences of \(shape); all but the last sizes must be equal, or the sequence a vector"
      )
    }
    guard sorter == nil || sorter?.shape == shape else {
      throw ThalwegError(
        .shape, "searchsorted: the sorter has shape \(sorter?.shape ?? []), the sequence \(shape)")
    }
    return try Recording.tensor { () throws(ThalwegError) in
      let sorted = if let sorter { try self.takeAlongDim(sorter, -1) } else { self }
      let result = try Tensor.make(values.shape, .int64, for: "searchsorted")
      let isWhole = !self.dtype.isFloat && !values.dtype.isFloat
      let (a, b) = (
        try sorted.to(isWhole ? .int64 : .float64).contiguous(),
        try values.to(isWhole ? .int64 : .float64).contiguous()
      )
      let size = isLine || values.rank == 0 ? max(1, values.numel) : max(1, values.shape[values.rank - 1])
      if isWhole {
        Tensor.search(a, b, result, size, self.shape[self.rank - 1], right, Int64.self)
      } else {
        Tensor.search(a, b, result, size, self.shape[self.rank - 1], right, Double.self)
      }
      return result
    }
  }

  private static func search<T: Comparable & BitwiseCopyable>(
    _ sequence: Tensor, _ values: Tensor, _ result: Tensor, _ size: Int, _ length: Int, _ right: Bool,
    _: T.Type
  ) {
    let item = UnsafePointer(sequence.data.assumingMemoryBound(to: T.self))
    let value = values.data.assumingMemoryBound(to: T.self)
    let place = result.data.assumingMemoryBound(to: Int64.self)
    parallel((values.numel &+ 4095) / 4096) { chunk in
      for i in (chunk &* 4096)..<min(values.numel, (chunk &+ 1) &* 4096) {
        let line = item + (i / size) &* length
        place[i] = Int64(
          right ? Search.upper(line, length, value[i]) : Search.lower(line, length, value[i]))
      }
    }
    withExtendedLifetime((sequence, values)) {}
  }

  /// Whether each element is among those of `others`; bools. No derivative.
  public func isIn(_ others: Tensor, invert: Bool = false) throws(ThalwegError) -> Tensor {
    try Recording.tensor { () throws(ThalwegError) in
      let result = try Tensor.make(self.shape, .bool, for: "isin")
      let dtype = DType.promoted(self.dtype, others.dtype)
      let (elements, list) = (
        try self.to(dtype).contiguous(), try others.to(dtype).reshape([-1]).sort(0).values.contiguous()
      )
      let own = try Order.keys(elements, in: "isin")
      let theirs = try Order.keys(list, in: "isin")
      let key = own.base.assumingMemoryBound(to: UInt64.self)
      let other = UnsafePointer(theirs.base.assumingMemoryBound(to: UInt64.self))
      let isFound = result.data.assumingMemoryBound(to: UInt8.self)
      for i in 0..<self.numel {
        let place = Search.lower(other, list.numel, key[i])
        let found = place < list.numel && other[place] == key[i] && key[i] != Order.nan
        isFound[i] = found != invert ? 1 : 0
      }
      return result
    }
  }
}
