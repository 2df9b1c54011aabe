/// Elements that occur, each once. No derivatives.
extension Tensor {
  /// The different elements, or with `dim` the different parts along it, in ascending order; for each of this tensor's
  /// elements (parts) its place among them; and how often each occurs. Every NaN is different.
  public func unique(
    _ dim: Int? = nil
  ) throws(ThalwegError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    try distinct(dim, sorts: true, in: "unique")
  }

  /// As `unique`, but only neighbours are compared, and the order stays.
  public func uniqueConsecutive(
    _ dim: Int? = nil
  ) throws(ThalwegError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    try distinct(dim, sorts: false, in: "unique_consecutive")
  }

  private func distinct(
    _ dim: Int?, sorts: Bool, in function: StaticString
  ) throws(ThalwegError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    try noGrad { () throws(ThalwegError) in
      let flat = dim == nil ? try reshape([-1]) : rank == 0 ? try reshape([1]) : self
      let axis = try Dims.resolve(dim ?? 0, rank: flat.rank, in: function)
      let rows = try flat.movedim([axis], [0]).contiguous()
      let count = rows.shape[0]
      let width = count == 0 ? 0 : rows.numel / count
      guard width > 0 || count == 0 || dim == nil else {
        throw ThalwegError(.shape, "\(function): parts of shape \(shape) along \(axis) have no elements")
      }
      let keys = try Order.keys(rows, in: function)
      let order = try Tensor.make([count], .int64, for: function)
      let inverse = try Tensor.make([count], .int64, for: function)
      let first = try Tensor.make([count], .int64, for: function)
      let counts = try Tensor.make([count], .int64, for: function)
      let scratch = try Workspace(max(1, count) &* 8, for: function)
      let key = UnsafePointer(keys.base.assumingMemoryBound(to: UInt64.self))
      let place = order.data.assumingMemoryBound(to: Int64.self)
      let target = inverse.data.assumingMemoryBound(to: Int64.self)
      let start = first.data.assumingMemoryBound(to: Int64.self)
      let total = counts.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<count { place[i] = Int64(i) }
      if sorts {
        Order.sort(place, scratch.base.assumingMemoryBound(to: Int64.self), count) { a, b in
          let (x, y) = (key + Int(a) &* width, key + Int(b) &* width)
          for i in 0..<width where x[i] != y[i] { return x[i] < y[i] }
          return false
        }
      }
      var found = 0
      for i in 0..<count {
        var isNew = i == 0
        if i > 0 {
          let (x, y) = (key + Int(place[i]) &* width, key + Int(place[i - 1]) &* width)
          for j in 0..<width where x[j] != y[j] || x[j] == Order.nan { isNew = true }
        }
        if isNew {
          start[found] = place[i]
          total[found] = 0
          found += 1
        }
        total[found - 1] += 1
        target[Int(place[i])] = Int64(found - 1)
      }
      let values = try rows.indexSelect(0, first.slice(0, 0, found)).movedim([0], [axis]).contiguous()
      return (
        values, try dim == nil ? inverse.reshape(shape) : inverse, try counts.slice(0, 0, found).clone()
      )
    }
  }
}
