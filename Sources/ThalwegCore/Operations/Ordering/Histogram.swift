/// Counts. No derivatives.
extension Tensor {
  /// How often each number from 0 on occurs in a vector of integers, at least `minLength` of them; with weights, of the same
  /// number, the sums of these: float32 for float32, else float64.
  public func bincount(_ weights: Tensor? = nil, minLength: Int = 0) throws(ThalwegError) -> Tensor {
    guard rank == 1, !dtype.isFloat, dtype != .bool else {
      throw ThalwegError(
        .invalidArgument, "bincount: \(dtype) of shape \(shape); a vector of integers is needed")
    }
    guard minLength >= 0 else {
      throw ThalwegError(.invalidArgument, "bincount: minlength is \(minLength); it must not be negative")
    }
    if let weights, weights.shape != shape {
      throw ThalwegError(
        .shape, "bincount: weights of shape \(weights.shape) for \(shape); the shapes must be equal")
    }
    return try noGrad { () throws(ThalwegError) in
      let numbers = try self.to(.int64).contiguous()
      let number = numbers.data.assumingMemoryBound(to: Int64.self)
      var largest: Int64 = -1
      for i in 0..<numel {
        guard number[i] >= 0, number[i] < Int64.max else {
          throw ThalwegError(
            .invalidArgument, "bincount: element \(i) is \(number[i]); negative numbers have no bin")
        }
        largest = max(largest, number[i])
      }
      let size = max(minLength, Int(largest) + 1)
      guard let weights else {
        let result = try Tensor.zeros([size], dtype: .int64)
        let count = result.data.assumingMemoryBound(to: Int64.self)
        for i in 0..<numel { count[Int(number[i])] &+= 1 }
        withExtendedLifetime(numbers) {}
        return result
      }
      let sums = try Tensor.zeros([size], dtype: .float64)
      let values = try weights.to(.float64).contiguous()
      let (sum, value) = (
        sums.data.assumingMemoryBound(to: Double.self), values.data.assumingMemoryBound(to: Double.self)
      )
      for i in 0..<numel { sum[Int(number[i])] += value[i] }
      withExtendedLifetime((numbers, values)) {}
      return try weights.dtype == .float32 ? sums.to(.float32) : sums
    }
  }

  /// How many elements fall into each of `bins` equal intervals from `low` to `high`, both included; others do not count.
  /// Both equal: from the smallest element to the largest. The counts have the tensor's dtype. Floats.
  public func histc(bins: Int = 100, low: Double = 0, high: Double = 0) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("histc", dtype) }
    return try Recording.tensor { () throws(ThalwegError) in
      let (from, to) = try self.range(low, high, 1, in: "histc")
      return try self.counted(bins, from, to, nil, in: "histc").to(self.dtype)
    }
  }

  /// How many elements fall into each of `bins` equal intervals, and the intervals' edges. The last interval includes its
  /// upper edge. Floats.
  /// - Parameters:
  ///   - range: from where to where; nil: from the smallest element to the largest.
  ///   - weight: what each element counts; nil: 1.
  ///   - density: whether the counts are divided by their sum and the intervals' length.
  public func histogram(
    bins: Int, range given: (low: Double, high: Double)? = nil, weight: Tensor? = nil, density: Bool = false
  ) throws(ThalwegError) -> (counts: Tensor, edges: Tensor) {
    guard dtype.isFloat else { throw unsupported("histogram", dtype) }
    return try noGrad { () throws(ThalwegError) in
      let (low, high) = try range(given?.low ?? 0, given?.high ?? 0, 0.5, in: "histogram")
      let counts = try counted(bins, low, high, weight, in: "histogram")
      let edges = try Tensor.linspace(low, high, bins + 1, dtype: dtype)
      return (try (density ? counts.density(edges) : counts).to(dtype), edges)
    }
  }

  /// How many elements fall between neighbours of ascending `edges`, a vector; see the other form.
  public func histogram(
    edges: Tensor, weight: Tensor? = nil, density: Bool = false
  ) throws(ThalwegError) -> (counts: Tensor, edges: Tensor) {
    guard dtype.isFloat, edges.dtype == dtype, edges.rank == 1, edges.numel >= 1 else {
      throw ThalwegError(
        .invalidArgument,
        "histogram: \(dtype) with edges of \(edges.dtype) and shape \(edges.shape); a vector of the same float dtype is needed"
      )
    }
    return try noGrad { () throws(ThalwegError) in
      let bins = edges.numel - 1
      let sums = try Tensor.zeros([bins], dtype: .float64)
      let sum = sums.data.assumingMemoryBound(to: Double.self)
      let (bounds, values) = (try edges.to(.float64).contiguous(), try self.to(.float64).contiguous())
      let edge = bounds.data.assumingMemoryBound(to: Double.self)
      let value = values.data.assumingMemoryBound(to: Double.self)
      let factors = try histogramWeights(weight)
      for i in 0..<numel where bins > 0 && value[i] >= edge[0] && value[i] <= edge[bins] {
        let bin = min(Search.upper(edge, bins + 1, value[i]) - 1, bins - 1)
        if bin >= 0 { sum[bin] += factors.map { $0[i] } ?? 1 }
      }
      withExtendedLifetime((bounds, values)) {}
      return (try (density ? sums.density(edges) : sums).to(dtype), try edges.clone())
    }
  }

  /// float64 counts in equal intervals.
  private func counted(
    _ bins: Int, _ low: Double, _ high: Double, _ weight: Tensor?, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard bins >= 1, bins < Int.max / 16 else {
      throw ThalwegError(.invalidArgument, "\(function): bins is \(bins); it must be positive")
    }
    let sums = try Tensor.zeros([bins], dtype: .float64)
    let sum = sums.data.assumingMemoryBound(to: Double.self)
    let values = try self.to(.float64).contiguous()
    let value = values.data.assumingMemoryBound(to: Double.self)
    let factors = try histogramWeights(weight)
    let scale = Double(bins) / (high - low)
    for i in 0..<numel where value[i] >= low && value[i] <= high {
      let place = min(max((value[i] - low) * scale, 0), Double(bins - 1))
      sum[place.isNaN ? 0 : Int(place)] += factors.map { $0[i] } ?? 1
    }
    withExtendedLifetime(values) {}
    return sums
  }

  private func histogramWeights(_ weight: Tensor?) throws(ThalwegError) -> [Double]? {
    guard let weight else { return nil }
    guard weight.shape == shape, weight.dtype == dtype else {
      throw ThalwegError(
        .shape,
        "histogram: weights of \(weight.dtype) and shape \(weight.shape) for \(dtype) and \(shape); both must be equal"
      )
    }
    return try weight.toArray()
  }

  /// A range that is not empty: where there is a single number, `margin` around it (as in PyTorch).
  private func range(
    _ low: Double, _ high: Double, _ margin: Double, in function: StaticString
  ) throws(ThalwegError) -> (Double, Double) {
    var (from, to) = (low, high)
    if from == to && numel > 0 { (from, to) = (try amin().item(), try amax().item()) }
    if from == to && numel == 0 && from == 0 && margin < 1 { to = 1 }
    if from == to { (from, to) = (from - margin, to + margin) }
    guard from.isFinite, to.isFinite, from < to, (to - from).isFinite else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the range is from \(from) to \(to); both must be finite and in this order")
    }
    return (from, to)
  }

  /// Counts by their sum and the intervals' length.
  private func density(_ edges: Tensor) throws(ThalwegError) -> Tensor {
    let bounds = try edges.to(.float64)
    let lengths = try bounds.slice(0, 1, bounds.numel) - bounds.slice(0, 0, bounds.numel - 1)
    return try self / (sum() * lengths)
  }
}
