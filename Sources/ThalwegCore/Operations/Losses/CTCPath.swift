import Glibc

/// One sequence. Its places: a blank before and behind each label.
struct CTCPath {
  let labels: UnsafePointer<Int64>
  let count: Int
  let times: Int
  let blank: Int
  let x: UnsafePointer<Double>
  let step: Int  // from one time to the next
  let classes: Int

  @inline(__always)
  private func label(_ place: Int) -> Int { place & 1 == 0 ? blank : Int(labels[place >> 1]) }

  /// Whether a path may go from the label two places before to this one.
  @inline(__always)
  private func skips(_ place: Int) -> Bool {
    place > 1 && place & 1 == 1 && labels[place >> 1] != labels[place >> 1 - 1]
  }

  /// Writes α, the log-probabilities of all beginnings that end at a place at a time; returns the loss.
  func forward(_ alpha: UnsafeMutablePointer<Double>, _ width: Int) -> Double {
    if times == 0 { return count == 0 ? 0 : .infinity }
    let places = 2 &* count &+ 1
    for time in 0..<times {
      let row = alpha + time &* width
      for place in 0..<places {
        var sum = -Double.infinity
        if time == 0 {
          if place < 2 { sum = 0 }
        } else {
          let last = row - width
          sum = logAdd(
            last[place], place > 0 ? last[place &- 1] : -.infinity,
            skips(place) ? last[place &- 2] : -.infinity)
        }
        row[place] = sum + x[time &* step &+ label(place)]
      }
    }
    let end = alpha + (times &- 1) &* width
    return -(count == 0 ? end[0] : logAdd(end[places &- 1], end[places &- 2]))
  }

  /// Adds the derivative, times `factor`, to `gradient`.
  /// - Parameter rows: two rows of `width` for β, the log-probabilities of all ends from a place at a time on.
  func backward(
    _ alpha: UnsafePointer<Double>, _ width: Int, _ rows: UnsafeMutablePointer<Double>, _ factor: Double,
    _ zeroInfinity: Bool, _ gradient: UnsafeMutablePointer<Double>, _ gradientStep: Int
  ) {
    if times == 0 { return }
    let places = 2 &* count &+ 1
    let end = alpha + (times &- 1) &* width
    let loss = -(count == 0 ? end[0] : logAdd(end[places &- 1], end[places &- 2]))
    if zeroInfinity && loss == .infinity { return }
    for time in stride(from: times &- 1, through: 0, by: -1) {
      let (beta, next) = (rows + (time & 1) &* width, rows + (1 &- time & 1) &* width)
      let (scores, out) = (x + time &* step, gradient + time &* gradientStep)
      for c in 0..<classes { out[c] = factor * exp(scores[c]) }
      for place in 0..<places {
        var sum = -Double.infinity
        if time == times &- 1 {
          if place >= places &- 2 { sum = 0 }
        } else {
          sum = logAdd(
            next[place], place &+ 1 < places ? next[place &+ 1] : -.infinity,
            place &+ 2 < places && skips(place &+ 2) ? next[place &+ 2] : -.infinity)
        }
        let c = label(place)
        beta[place] = sum + scores[c]
        out[c] -= factor * exp(alpha[time &* width &+ place] + sum + loss)
      }
    }
  }
}

/// log(e^a + e^b + e^c).
@inline(__always)
private func logAdd(_ a: Double, _ b: Double, _ c: Double = -.infinity) -> Double {
  let large = max(a, b, c)
  if large == -.infinity { return a + b + c }  // NaN if one is
  return large == .infinity ? large : large + log(exp(a - large) + exp(b - large) + exp(c - large))
}
