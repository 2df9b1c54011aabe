/// What the derivative of `ConnectionistTemporal` is made of where it is to be differentiated again.
extension CTCLabels {
  /// The times of each sequence that count: bool [T, N, 1]. None of those whose labels do not fit their input.
  func counts(_ x: Tensor) throws(ThalwegError) -> Tensor {
    let (times, batch) = (x.shape[0], x.shape[1])
    let lengths = try Tensor.zeros([1, batch, 1], dtype: .int64)
    let length = lengths.data.assumingMemoryBound(to: Int64.self)
    let row = packed.data.assumingMemoryBound(to: Int64.self)
    for n in 0..<batch {
      let own = row + n * packed.shape[1]
      var needed = own[1]  // and a blank between equal labels
      for i in 1..<max(1, Int(own[1])) where own[2 + i] == own[1 + i] { needed += 1 }
      length[n] = own[0] >= needed ? own[0] : 0
    }
    return try Tensor.arange(0, Double(times)).reshape([times, 1, 1]).less(lengths)
  }

  /// The share of the paths that are at a class at a time: Σ over its places of αβ / p, [T, N, C].
  func shares(_ x: Tensor) throws(ThalwegError) -> Tensor {
    let (times, batch) = (x.shape[0], x.shape[1])
    let plan = try Plan(self, times, x.dtype)
    let classes = try plan.classes.expand([times, batch, plan.places])
    let emissions = try x.gather(2, classes).unbind(0)
    var alphas: [Tensor] = []
    for emission in emissions {
      let reached = try alphas.last.map { last throws(ThalwegError) in
        try plan.reached(from: last, plan.shifted(last, 1), plan.shifted(last, 2) + plan.skip)
      }
      alphas.append(try emission + (reached ?? plan.start))
    }
    var shares: [Tensor] = []
    var beta: Tensor?
    for time in stride(from: times - 1, through: 0, by: -1) {
      var rest = plan.end
      if let beta {
        let further = try plan.reached(
          from: beta, plan.shifted(beta, -1), plan.shifted(beta + plan.skip, -2))
        rest = try Tensor.where(plan.isLast[time], plan.end, further)
      }
      shares.append(try (alphas[time] + rest).softmax(1).unsqueeze(0))
      beta = try rest + emissions[time]
    }
    shares.reverse()
    return try Tensor.zeros(x.shape, dtype: x.dtype).scatterAdd(2, classes, Tensor.cat(shares))
  }

  /// The places of all sequences as constants, [N, places].
  private struct Plan {
    let places: Int
    let classes: Tensor
    /// 0 where it may be, else so little that its exponential is 0: a path's start, its end, a step over the blank before.
    let start, end, skip: Tensor
    /// Whether a time is a sequence's last: [N, 1] for each.
    let isLast: [Tensor]

    private static let never = -1e30

    init(_ labels: CTCLabels, _ times: Int, _ dtype: DType) throws(ThalwegError) {
      let (batch, width) = (labels.packed.shape[0], labels.packed.shape[1])
      let places = 2 * labels.longest + 1
      func table() throws(ThalwegError) -> (Tensor, UnsafeMutablePointer<Double>) {
        let tensor = try Tensor.full([batch, places], Plan.never, dtype: .float64)
        return (tensor, tensor.data.assumingMemoryBound(to: Double.self))
      }
      let (starts, start) = try table(), (ends, end) = try table(), (skips, skip) = try table()
      let classes = try Tensor.full([batch, places], Double(labels.blank), dtype: .int64)
      let label = classes.data.assumingMemoryBound(to: Int64.self)
      let row = labels.packed.data.assumingMemoryBound(to: Int64.self)
      for n in 0..<batch {
        let (own, first, count) = (row + n * width + 2, n * places, Int(row[n * width + 1]))
        for i in 0..<count {
          label[first + 2 * i + 1] = own[i]
          if i > 0, own[i] != own[i - 1] { skip[first + 2 * i + 1] = 0 }
        }
        for i in 0..<min(2, 2 * count + 1) { (start[first + i], end[first + 2 * count - i]) = (0, 0) }
      }
      let last = try labels.packed.slice(1, 0, 1)
      var isLast: [Tensor] = []
      for time in 0..<times { isLast.append(try last.equal(Tensor.scalar(Double(time + 1), dtype: .int64))) }
      self.places = places
      self.classes = classes
      (self.start, self.end, self.skip) = (try starts.to(dtype), try ends.to(dtype), try skips.to(dtype))
      self.isLast = isLast
    }

    /// Each place with the value of the one `distance` before it.
    func shifted(_ x: Tensor, _ distance: Int) throws(ThalwegError) -> Tensor {
      if abs(distance) >= places { return try Tensor.full(x.shape, Plan.never, dtype: x.dtype) }
      return try x.pad([distance, -distance], value: Plan.never)
    }

    func reached(from a: Tensor, _ b: Tensor, _ c: Tensor) throws(ThalwegError) -> Tensor {
      try Tensor.cat([a.unsqueeze(0), b.unsqueeze(0), c.unsqueeze(0)]).logSumExp([0])
    }
  }
}
