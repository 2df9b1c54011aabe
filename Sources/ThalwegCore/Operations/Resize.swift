/// How `interpolate` finds the elements between others.
public enum InterpolationMode: Sendable {
  /// The element at ⌊place⌋, as older programs have it.
  case nearest
  /// Straight lines between two elements, along each dimension.
  case linear
  /// Cubic convolution of four elements with A = -3/4 (Keys 1981), along each dimension.
  case cubic
  /// The element whose middle is nearest.
  case nearestExact
  /// The mean of the elements that an element covers.
  case area

  /// PyTorch's words, in the order of the C interface's constants.
  package static let words = [
    "nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact", "area",
  ]

  /// The mode that PyTorch has this word for.
  /// - Throws: `.invalidArgument` for another word.
  public init(_ word: String) throws(ThalwegError) {
    switch word {
    case "nearest": self = .nearest
    case "nearest-exact": self = .nearestExact
    case "linear", "bilinear", "trilinear": self = .linear
    case "bicubic": self = .cubic
    case "area": self = .area
    default:
      throw ThalwegError(
        .invalidArgument,
        "interpolate: there is no mode \"\(word)\"; \(InterpolationMode.words.joined(separator: ", ")) are")
    }
  }
}

/// interpolate(x, size): x [N, C, ...] with other sizes behind the channels, along one dimension after the other: each
/// element is a weighted sum of one, two or four of x's.
/// Derivative: by way of its parts.
extension Tensor {
  /// - Parameters:
  ///   - sizes: one for each dimension behind the channels.
  ///   - scales: by how much, where places are computed with that rather than with the quotient of sizes.
  ///   - alignsCorners: whether first and last elements, rather than edges, fall on each other.
  /// - Throws: `.shape` for sizes below 1 or of another number, `.invalidArgument` for corners where there are no lines.
  public func interpolate(
    to sizes: Dims, scales: [Double]? = nil, mode: InterpolationMode = .nearest, alignsCorners: Bool = false
  ) throws(ThalwegError) -> Tensor {
    if dtype == .uint8 && mode != .nearest && mode != .nearestExact {
      return try to(.float32).interpolate(to: sizes, scales: scales, mode: mode, alignsCorners: alignsCorners)
        .round().clamp(min: 0, max: 255).to(.uint8)
    }
    guard dtype.isFloat || dtype == .uint8 else { throw unsupported("interpolate", dtype) }
    guard rank >= 3, sizes.count == rank - 2, numel > 0, sizes.allSatisfy({ $0 >= 1 }),
      scales?.count ?? sizes.count == sizes.count
    else {
      throw ThalwegError(
        .shape,
        "interpolate: an input of \(shape) to sizes \(sizes); a positive size for each dimension behind [N, C] is needed"
      )
    }
    guard !alignsCorners || mode == .linear || mode == .cubic else {
      throw ThalwegError(.invalidArgument, "interpolate: align_corners is for linear and cubic modes alone")
    }
    if mode == .area { return try averaged(to: sizes) }
    // Sizes that no memory holds are refused before places are listed for them.
    var whole = shape
    for (i, size) in sizes.enumerated() { whole[i + 2] = size }
    for i in whole.indices { whole[i] = max(whole[i], 1) }
    _ = try Tensor.make(whole, dtype, for: "interpolate")
    var result = self
    for (i, size) in sizes.enumerated() {
      let from = shape[i + 2]
      var step = Double(from) / Double(size)
      if let scale = scales?[i], scale > 0 { step = 1 / scale }
      if alignsCorners { step = size > 1 ? Double(from - 1) / Double(size - 1) : 0 }
      if size == from, step == 1 { continue }
      result = try result.resample(
        i + 2, Taps(from, size, step, mode, alignsCorners: alignsCorners), size)
    }
    return result === self ? try clone() : result
  }

  /// The same with sizes, or scales where there are none; one of either stands for all dimensions.
  public func resized(
    to sizes: Dims, scales: [Double], mode: InterpolationMode, alignsCorners: Bool
  ) throws(ThalwegError) -> Tensor {
    let count = max(rank - 2, 0)
    let sizes = sizes.count == 1 ? Dims(repeating: sizes[0], count: count) : sizes
    if !sizes.isEmpty { return try interpolate(to: sizes, mode: mode, alignsCorners: alignsCorners) }
    let scales = scales.count == 1 ? Array(repeating: scales[0], count: count) : scales
    guard scales.count == count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ThalwegError(
        .shape,
        "interpolate: scales \(scales) for an input of \(shape); a positive one for each dimension is needed")
    }
    let wanted = scales.indices.map { (Double(shape[$0 + 2]) * scales[$0]).rounded(.down) }
    guard wanted.allSatisfy({ $0 >= 1 && $0 < 1e15 }) else {
      throw ThalwegError(.shape, "interpolate: an input of \(shape) by \(scales) has no size")
    }
    return try interpolate(
      to: Dims(wanted.map { Int($0) }), scales: scales, mode: mode, alignsCorners: alignsCorners)
  }

  private func averaged(to sizes: Dims) throws(ThalwegError) -> Tensor {
    switch rank {
    case 3: return try adaptiveAvgPool1d(sizes)
    case 4: return try adaptiveAvgPool2d(sizes)
    default: break
    }
    // The mean over a box is the mean of means along its directions.
    var result = self
    for (i, size) in sizes.enumerated() {
      let from = shape[i + 2]
      _ = try Dims([from, size]).checkedElementCount(of: .float64, in: "interpolate")
      var weights = Array(repeating: 0.0, count: from * size)
      for place in 0..<size {
        let first = place * from / size, last = ((place + 1) * from + size - 1) / size
        for tap in first..<last { weights[tap * size + place] = 1 / Double(last - first) }
      }
      result = try result.movedim([i + 2], [-1])
        .matmul(Tensor(weights, [from, size]).to(dtype)).movedim([-1], [i + 2])
    }
    return try result.contiguous()
  }

  private func resample(_ dim: Int, _ taps: Taps, _ size: Int) throws(ThalwegError) -> Tensor {
    var line = Dims(repeating: 1, count: rank)
    line[dim] = size
    var sum: Tensor?
    for (places, weights) in zip(taps.places, taps.weights) {
      var term = try indexSelect(dim, Tensor(places, [size]))
      if taps.places.count > 1 { term = try term * Tensor(weights, line).to(dtype) }
      sum = if let partial = sum { try partial + term } else { term }
    }
    return sum ?? self
  }
}

/// For each new element the places of the elements that it is made of, and their weights; tap by tap.
private struct Taps {
  var places: [[Int64]] = []
  var weights: [[Double]] = []

  init(_ from: Int, _ size: Int, _ step: Double, _ mode: InterpolationMode, alignsCorners: Bool) {
    let first = mode == .cubic ? -1 : 0
    let count = mode == .cubic ? 4 : mode == .linear ? 2 : 1
    places = Array(repeating: [], count: count)
    weights = Array(repeating: [], count: count)
    for i in 0..<size {
      let (place, rest) = Taps.source(i, step, from, mode, alignsCorners)
      let factors = mode == .cubic ? Taps.cubic(rest) : [1 - rest, rest]
      for tap in 0..<count {
        places[tap].append(Int64(min(max(place + first + tap, 0), from - 1)))
        weights[tap].append(factors[tap])
      }
    }
  }

  /// Where element `i` lies in the input: the element before, and how far behind it.
  private static func source(
    _ i: Int, _ step: Double, _ from: Int, _ mode: InterpolationMode, _ alignsCorners: Bool
  ) -> (Int, Double) {
    var place: Double
    switch mode {
    case .nearest: place = Double((Float(i) * Float(step)).rounded(.down))
    case .nearestExact: place = Double(((Float(i) + 0.5) * Float(step)).rounded(.down))
    default: place = alignsCorners ? Double(i) * step : (Double(i) + 0.5) * step - 0.5
    }
    if mode == .linear { place = max(place, 0) }
    // No size is larger than 2^62: a step from a tiny scale must not leave the integers.
    let whole = min(max(place.rounded(.down), -4), Double(from))
    return (Int(whole), min(max(place - whole, 0), 1))
  }

  /// Weights of the elements at -1, 0, 1 and 2 for a place between 0 and 1.
  private static func cubic(_ t: Double) -> [Double] {
    let a = -0.75
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
  }
}
