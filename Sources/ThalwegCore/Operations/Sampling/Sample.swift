import Glibc

extension Tensor {
  /// The next symbol of a generated text, or the like, of `self`'s logits [..., C]: places [...], int64, drawn with
  /// probabilities softmax(logits / temperature).
  ///
  /// - Parameters:
  ///   - temperature: below 1 for more of the probable, above for more variety; at 0 the most probable (the first of
  ///     several), without a draw.
  ///   - topK: only the k most probable are drawn from (Fan, Lewis & Dauphin 2018); 0: all.
  ///   - topP: of those, only the smallest number whose probabilities sum to topP at least (the nucleus of Holtzman et al.
  ///     2020, "The curious case of neural text degeneration"); 1: all.
  /// A logit of minus infinity stands for a symbol that is never drawn.
  /// - Throws: `.dtype` unless float; `.shape` without a category; `.invalidArgument` for a temperature that is negative or
  ///   not finite, a negative topK, a topP outside (0, 1], logits that are NaN or infinite, or all minus infinity.
  public func sample(
    temperature: Double = 1, topK: Int = 0, topP: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("sample", dtype) }
    guard rank >= 1, shape[rank - 1] >= 1 else {
      throw ThalwegError(
        .shape, "sample: the logits have shape \(shape); [..., C] with a C of at least 1 is needed")
    }
    guard temperature >= 0, temperature < .infinity, topK >= 0, topP > 0, topP <= 1 else {
      throw ThalwegError(
        .invalidArgument,
        """
        sample: temperature \(temperature), top_k \(topK), top_p \(topP); the temperature must be finite and not negative, \
        top_k not negative, top_p above 0 and at most 1
        """)
    }
    var outer = shape
    outer.remove(at: rank - 1)
    let categories = shape[rank - 1]
    let logits = try noGrad { () throws(ThalwegError) in try self.to(.float64).contiguous() }
    let result = try Tensor.make(outer, .int64, for: "sample")
    let draws = temperature > 0 ? try Tensor.rand(outer, dtype: .float64, generator: generator) : nil
    let scratch = try Workspace(categories &* MemoryLayout<Ranked>.stride, for: "sample")
    let row = SampledRow(
      items: scratch.base.bindMemory(to: Ranked.self, capacity: categories), categories: categories,
      temperature: temperature, kept: topK == 0 ? categories : min(topK, categories), topP: topP)
    let x = UnsafePointer(logits.data.assumingMemoryBound(to: Double.self))
    let u = draws.map { UnsafePointer($0.data.assumingMemoryBound(to: Double.self)) }
    let places = result.data.assumingMemoryBound(to: Int64.self)
    for i in 0..<result.numel {
      let own = x + i &* categories
      let best = try SampledRow.best(own, categories, i)
      places[i] = Int64(u.map { row.draw(own, best, $0[i]) } ?? best)
    }
    withExtendedLifetime((logits, draws)) { withExtendedLifetime(scratch) {} }
    return result
  }
}

/// Draws from one row after the other.
private struct SampledRow {
  let items: UnsafeMutablePointer<Ranked>
  let categories: Int
  let temperature: Double
  let kept: Int
  let topP: Double

  /// The place of the largest logit, the first of several.
  static func best(_ logits: UnsafePointer<Double>, _ count: Int, _ row: Int) throws(ThalwegError) -> Int {
    var best = 0
    for i in 0..<count {
      guard logits[i] < .infinity else {  // not so for NaN either
        throw ThalwegError(
          .invalidArgument, "sample: logit \(i) of row \(row) is \(logits[i]); logits must be finite, or -inf"
        )
      }
      if logits[i] > logits[best] { best = i }
    }
    guard logits[best] > -.infinity else {
      throw ThalwegError(
        .invalidArgument, "sample: all logits of row \(row) are -inf; at least one must be finite")
    }
    return best
  }

  /// - Parameter u: in [0, 1).
  func draw(_ logits: UnsafePointer<Double>, _ best: Int, _ u: Double) -> Int {
    var total = 0.0
    for i in 0..<categories {
      let weight = Glibc.exp((logits[i] - logits[best]) / temperature)
      items[i] = Ranked(weight: weight, place: i)
      total += weight
    }
    if kept == categories && topP == 1 {
      return walk(u * total, from: 0, by: 1, count: categories)
    }
    // What is popped lies at the end, the most probable last.
    var heap = RankedHeap(items, count: categories)
    if kept < categories {
      total = 0
      for _ in 0..<kept { total += heap.pop().weight }
    }
    var (mass, count) = (0.0, 0)
    while count < kept {
      mass += kept < categories ? items[categories &- 1 &- count].weight : heap.pop().weight
      count &+= 1
      if mass >= topP * total { break }
    }
    return walk(u * mass, from: categories &- 1, by: -1, count: count)
  }

  /// The place at which the running sum passes `height`; the last with a weight where rounding leaves it below.
  private func walk(_ height: Double, from first: Int, by step: Int, count: Int) -> Int {
    var (sum, chosen) = (0.0, first)
    for k in 0..<count {
      let item = first &+ k &* step
      if items[item].weight == 0 { continue }
      chosen = item
      sum += items[item].weight
      if sum > height { break }
    }
    return items[chosen].place
  }
}
