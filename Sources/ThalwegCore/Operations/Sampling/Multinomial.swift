import Glibc

extension Tensor {
  /// Places drawn with probabilities in proportion to `self`'s rows: [C] gives [count], [N, C] gives [N, count], int64.
  /// Weights need not sum to 1.
  ///
  /// Without replacement a row's places are all different; the order is that in which they are drawn, by an exponential
  /// race: the smallest of E_i / w_i for exponential E_i (Efraimidis & Spirakis 2006, "Weighted random sampling with a
  /// reservoir").
  /// - Throws: `.dtype` unless float; `.shape` unless of rank 1 or 2, with a category; `.invalidArgument` for a count below 1,
  ///   weights that are negative or not finite, a row without weight, or fewer positive weights than are to be drawn without
  ///   replacement.
  public func multinomial(
    _ count: Int, replacement: Bool = false, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("multinomial", dtype) }
    guard rank == 1 || rank == 2, shape[rank - 1] >= 1 else {
      throw ThalwegError(
        .shape, "multinomial: the weights have shape \(shape); [C] or [N, C] with a C of at least 1 is needed"
      )
    }
    guard count >= 1 else {
      throw ThalwegError(
        .invalidArgument, "multinomial: \(count) samples are asked for; at least 1 is needed")
    }
    let (rows, categories) = (rank == 2 ? shape[0] : 1, shape[rank - 1])
    guard replacement || count <= categories else {
      throw ThalwegError(
        .invalidArgument,
        "multinomial: \(count) samples of \(categories) categories; without replacement there are no more than those"
      )
    }
    return try Recording.tensor { () throws(ThalwegError) in
      let weights = try self.to(.float64).contiguous()
      let result = try Tensor.make(self.rank == 2 ? [rows, count] : [count], .int64, for: "multinomial")
      let draws = try Tensor.rand(
        [rows, replacement ? count : categories], dtype: .float64, generator: generator)
      let scratch = try Workspace(categories &* MemoryLayout<Ranked>.stride, for: "multinomial")
      let (w, u) = (
        weights.data.assumingMemoryBound(to: Double.self), draws.data.assumingMemoryBound(to: Double.self)
      )
      let places = result.data.assumingMemoryBound(to: Int64.self)
      for row in 0..<rows {
        let own = UnsafePointer(w + row &* categories)
        let positive = try Self.positiveWeights(own, categories, row)
        if replacement {
          Self.drawAgain(
            own, categories, u + row &* count, places + row &* count, count,
            scratch.base.bindMemory(to: Double.self, capacity: categories))
        } else {
          guard positive >= count else {
            throw ThalwegError(
              .invalidArgument,
              """
              multinomial: row \(row) has \(positive) positive weights; \(count) different places cannot be drawn of them
              """)
          }
          let items = scratch.base.bindMemory(to: Ranked.self, capacity: categories)
          for i in 0..<categories {
            // u is below 1, so that log(1 - u) is finite; a larger score is an earlier end of the race.
            let score = own[i] > 0 ? Glibc.log1p(-u[row &* categories &+ i]) / own[i] : -.infinity
            items[i] = Ranked(weight: score, place: i)
          }
          var heap = RankedHeap(items, count: categories)
          for i in 0..<count { places[row &* count &+ i] = Int64(heap.pop().place) }
        }
      }
      withExtendedLifetime((weights, draws)) { withExtendedLifetime(scratch) {} }
      return result
    }
  }

  /// The number of weights above 0, once all are known to be usable.
  private static func positiveWeights(
    _ weights: UnsafePointer<Double>, _ count: Int, _ row: Int
  ) throws(ThalwegError) -> Int {
    var (positive, total) = (0, 0.0)
    for i in 0..<count {
      guard weights[i] >= 0, weights[i] < .infinity else {
        throw ThalwegError(
          .invalidArgument,
          "multinomial: weight \(i) of row \(row) is \(weights[i]); weights must be finite and not negative")
      }
      total += weights[i]
      if weights[i] > 0 { positive &+= 1 }
    }
    guard total > 0, total < .infinity else {
      throw ThalwegError(
        .invalidArgument,
        "multinomial: the weights of row \(row) sum to \(total); the sum must be positive and finite")
    }
    return positive
  }

  /// Each draw's place among the running sums of the weights.
  private static func drawAgain(
    _ weights: UnsafePointer<Double>, _ categories: Int, _ draws: UnsafePointer<Double>,
    _ places: UnsafeMutablePointer<Int64>, _ count: Int, _ sums: UnsafeMutablePointer<Double>
  ) {
    var (total, last) = (0.0, 0)
    for i in 0..<categories {
      total += weights[i]
      sums[i] = total
      if weights[i] > 0 { last = i }
    }
    for k in 0..<count {
      let height = draws[k] * total
      var (low, high) = (0, last)  // the first sum above `height`
      while low < high {
        let middle = (low &+ high) / 2
        if sums[middle] > height { high = middle } else { low = middle &+ 1 }
      }
      places[k] = Int64(low)
    }
  }
}
