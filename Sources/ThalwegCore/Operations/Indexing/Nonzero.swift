/// nonzero(x): the indices of the elements that are not 0, row-major. Shape: [count, rank] of int64. No derivative.
package enum Nonzero {
  /// The places in row-major order at which a bool tensor is true.
  package static func places(_ mask: Tensor) throws(ThalwegError) -> Tensor {
    let dense = try mask.contiguous()
    let isTrue = dense.data.assumingMemoryBound(to: UInt8.self)
    var count = 0
    for i in 0..<dense.numel { count &+= Int(isTrue[i]) }
    let result = try Tensor.make([count], .int64, for: "nonzero")
    let place = result.data.assumingMemoryBound(to: Int64.self)
    var next = 0
    for i in 0..<dense.numel where isTrue[i] != 0 {
      place[next] = Int64(i)
      next &+= 1
    }
    return result
  }

  /// The same as coordinates, [rank, count].
  package static func coordinates(_ mask: Tensor) throws(ThalwegError) -> Tensor {
    let places = try places(mask)
    let count = places.numel
    let result = try Tensor.make([mask.rank, count], .int64, for: "nonzero")
    let place = places.data.assumingMemoryBound(to: Int64.self)
    let coordinate = result.data.assumingMemoryBound(to: Int64.self)
    // Places ascend, so a division is only needed where the row changes.
    let width = Int64(mask.shape.last ?? 1)
    var (row, start) = (Int64(-1), Int64.min)
    var index = Dims(repeating: 0, count: mask.rank)
    for i in 0..<count where mask.rank > 0 {
      if place[i] >= start &+ width || row < 0 {
        row = place[i] / width
        start = row &* width
        var rest = Int(row)
        for dim in 0..<(mask.rank - 1) {
          let step = Dims(mask.shape[(dim + 1)..<(mask.rank - 1)]).product
          index[dim] = rest / step
          rest %= step
        }
      }
      for dim in 0..<(mask.rank - 1) { coordinate[dim &* count &+ i] = Int64(index[dim]) }
      coordinate[(mask.rank - 1) &* count &+ i] = place[i] &- start
    }
    return result
  }
}

extension Tensor {
  /// The indices of the elements that are not 0, a row each: [count, rank] of int64.
  public func nonzero() throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      try Nonzero.coordinates(self.to(.bool)).transpose(0, 1).contiguous()
    }
  }
}
