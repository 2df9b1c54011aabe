import ThalwegCore

/// A step length that meets the strong Wolfe conditions, sought as PyTorch does (after minFunc): Nocedal & Wright 2006,
/// "Numerical optimization", algorithms 3.5 and 3.6, with cubic interpolation.
struct StrongWolfe {
  struct Point {
    var length: Double
    var loss: Double
    var gradient: Tensor
    /// The derivative along the direction.
    var slope: Double
  }

  /// The loss and its gradient at a length.
  typealias Evaluate = (Double) throws(ThalwegError) -> (Double, Tensor)

  let direction: Tensor
  /// Evaluations so far.
  private(set) var calls = 0

  private let decrease = 1e-4
  private let flattening = 0.9
  private let tolerance = 1e-9

  init(direction: Tensor) { self.direction = direction }

  /// - Parameter length: the first to be tried.
  mutating func run(
    length: Double, loss: Double, gradient: Tensor, slope: Double, maxCalls: Int,
    _ evaluate: Evaluate
  ) throws(ThalwegError) -> Point {
    let start = Point(length: 0, loss: loss, gradient: gradient, slope: slope)
    var round = 0
    var bracket = try expand(from: start, length, maxCalls, &round, evaluate)
    if bracket.count == 1 { return bracket[0] }
    var lowPlace = bracket[0].loss <= bracket[1].loss ? 0 : 1
    let reach = try direction.abs().amax().item()
    var hasStalled = false
    while round < maxCalls {
      let low = min(bracket[0].length, bracket[1].length), high = max(bracket[0].length, bracket[1].length)
      if (high - low) * reach < tolerance { break }
      var next = Self.interpolate(bracket[0], bracket[1], within: (low, high))
      let margin = 0.1 * (high - low)
      if min(high - next, next - low) < margin {
        // Too near an end: at the second time, or beyond it, a tenth of the bracket away from it.
        if hasStalled || next >= high || next <= low {
          next = abs(next - high) < abs(next - low) ? high - margin : low + margin
          hasStalled = false
        } else {
          hasStalled = true
        }
      } else {
        hasStalled = false
      }
      let point = try self.point(next, evaluate)
      round += 1
      let highPlace = 1 - lowPlace
      if point.loss > start.loss + decrease * next * start.slope || point.loss >= bracket[lowPlace].loss {
        bracket[highPlace] = point
        lowPlace = bracket[0].loss <= bracket[1].loss ? 0 : 1
        continue
      }
      let isDone = abs(point.slope) <= -flattening * start.slope
      if !isDone, point.slope * (bracket[highPlace].length - bracket[lowPlace].length) >= 0 {
        bracket[highPlace] = bracket[lowPlace]
      }
      bracket[lowPlace] = point
      if isDone { break }
    }
    return bracket[lowPlace]
  }

  /// Lengthens the step until a minimum lies between the last two: those, or the one that met the
  /// conditions already.
  private mutating func expand(
    from start: Point, _ length: Double, _ maxCalls: Int, _ round: inout Int, _ evaluate: Evaluate
  ) throws(ThalwegError) -> [Point] {
    var previous = start
    var current = try point(length, evaluate)
    while round < maxCalls {
      let bound = start.loss + decrease * current.length * start.slope
      if current.loss > bound || (round > 1 && current.loss >= previous.loss) { return [previous, current] }
      if abs(current.slope) <= -flattening * start.slope { return [current] }
      if current.slope >= 0 { return [previous, current] }
      let least = current.length + 0.01 * (current.length - previous.length)
      let next = Self.interpolate(previous, current, within: (least, current.length * 10))
      previous = current
      current = try point(next, evaluate)
      round += 1
    }
    return [start, current]
  }

  private mutating func point(_ length: Double, _ evaluate: Evaluate) throws(ThalwegError) -> Point {
    calls += 1
    let (loss, gradient) = try evaluate(length)
    return Point(
      length: length, loss: loss, gradient: gradient, slope: try (gradient * direction).sum().item())
  }

  /// The minimum of the cubic through two points and their slopes; the bounds' middle where it has none.
  private static func interpolate(_ a: Point, _ b: Point, within bounds: (Double, Double)) -> Double {
    let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return (bounds.0 + bounds.1) / 2 }
    let d2 = square.squareRoot()
    let minimum =
      a.length <= b.length
      ? b.length - (b.length - a.length) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
      : a.length - (a.length - b.length) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(minimum, bounds.0), bounds.1)
  }
}
