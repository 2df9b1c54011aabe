public import ThalwegCore

/// How good outputs are, as plain numbers without derivatives.
public enum Metrics {
  /// The share of rows of `scores` [N, C, ...] among whose `k` largest is that of the class in `target` [N, ...]; targets of
  /// -100 do not count. Of equal scores the one with the lower class is larger, NaN is the smallest. NaN if nothing counts.
  /// - Throws: `.shape` or `.dtype` where they are no scores and classes.
  public static func accuracy(_ scores: Tensor, _ target: Tensor, top k: Int = 1) throws(ThalwegError)
    -> Double
  {
    let rows = try Rows(scores, target, "accuracy")
    guard k >= 1 else {
      throw ThalwegError(.invalidArgument, "accuracy: k is \(k); it must be at least 1")
    }
    var (right, all) = (0, 0)
    try rows.each { (row, wanted) in
      let own = row(wanted)
      var before = 0
      for c in 0..<rows.classes where c != wanted {
        let other = row(c)
        if other > own || (c < wanted && other == own) || (own.isNaN && !other.isNaN) { before += 1 }
      }
      right += before < k && !own.isNaN ? 1 : 0
      all += 1
    }
    return all > 0 ? Double(right) / Double(all) : .nan
  }

  /// How often class i (row) was taken for class j (column, that of the largest of `scores` [N, C, ...]): int64 [C, C].
  /// - Throws: as `accuracy`.
  public static func confusionMatrix(_ scores: Tensor, _ target: Tensor) throws(ThalwegError) -> Tensor {
    let rows = try Rows(scores, target, "confusion_matrix")
    let classes = rows.classes
    let matrix = try Tensor.zeros([classes, classes], dtype: .int64)
    let counts = matrix.data.assumingMemoryBound(to: Int64.self)
    try rows.each { (row, wanted) in
      var best = 0
      for c in 1..<max(classes, 1) where row(c) > row(best) || (row(best).isNaN && !row(c).isNaN) { best = c }
      counts[wanted * classes + best] += 1
    }
    return matrix
  }

  /// The mean of |output - target|.
  public static func meanAbsoluteError(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Double {
    try noGrad { () throws(ThalwegError) in
      try output.detach().to(.float64).l1Loss(target.to(.float64), reduction: .mean).item()
    }
  }

  /// The mean of (output - target)².
  public static func meanSquaredError(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Double {
    try noGrad { () throws(ThalwegError) in
      try output.detach().to(.float64).mseLoss(target.to(.float64), reduction: .mean).item()
    }
  }

  /// The root of that.
  public static func rootMeanSquaredError(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Double {
    try meanSquaredError(output, target).squareRoot()
  }
}

/// Scores and classes, checked, row by row.
private struct Rows {
  let classes: Int
  private let scores: Tensor
  private let target: Tensor
  private let places: Int
  private let name: StaticString

  init(_ scores: Tensor, _ target: Tensor, _ name: StaticString) throws(ThalwegError) {
    guard scores.rank >= 2, target.shape == Dims([scores.shape[0]] + Array(scores.shape.dropFirst(2))) else {
      throw ThalwegError(
        .shape, "\(name): scores \(scores.shape) and classes \(target.shape); [N, C, ...] and [N, ...] fit")
    }
    guard scores.dtype.isFloat, !target.dtype.isFloat, target.dtype != .bool else {
      throw ThalwegError(
        .dtype, "\(name): scores \(scores.dtype), classes \(target.dtype); floats and integers are needed")
    }
    (classes, places, self.name) = (scores.shape[1], Dims(scores.shape.dropFirst(2)).product, name)
    (self.scores, self.target) = try noGrad { () throws(ThalwegError) in
      (try scores.detach().to(.float64).contiguous(), try target.to(.int64).contiguous())
    }
  }

  /// Calls `body` with the scores of each row, by class, and its class.
  func each(_ body: (_ row: (Int) -> Double, _ wanted: Int) -> Void) throws(ThalwegError) {
    let values = scores.data.assumingMemoryBound(to: Double.self)
    let labels = target.data.assumingMemoryBound(to: Int64.self)
    for i in 0..<target.numel where labels[i] != -100 {
      guard labels[i] >= 0, labels[i] < Int64(classes) else {
        throw ThalwegError(
          .invalidArgument,
          "\(name): there is a class \(labels[i]); 0 to \(classes - 1) and -100 are possible")
      }
      let start = i / places * classes * places + i % places
      body({ values[start + $0 * places] }, Int(labels[i]))
    }
  }
}
