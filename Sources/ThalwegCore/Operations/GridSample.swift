/// How `gridSample` reads between pixels. Raw values are the C interface's `TW_GRID_BILINEAR` ...
public enum GridMode: Int32, Sendable {
  /// Straight lines, along two or three directions.
  case bilinear = 0
  case nearest = 1
  /// Cubic convolution with A = -3/4 (Keys 1981), images of two directions.
  case bicubic = 2
}

/// What `gridSample` finds outside. Raw values are the C interface's `TW_GRID_ZEROS` ...
public enum GridPadding: Int32, Sendable {
  case zeros = 0
  /// The pixel at the edge.
  case border = 1
  /// The image mirrored at its edges.
  case reflection = 2
}

/// grid_sample(x, grid): x [N, C, H, W] (or with a depth) read at places of which the grid [N, h, w, 2] holds coordinates, x
/// first, -1 and 1 at the edges. Jaderberg et al. 2015, "Spatial transformer networks".
/// Derivative: by way of its parts, `gather` and the weights; none of the rounding of coordinates.
extension Tensor {
  /// - Parameter alignsCorners: whether -1 and 1 are the middles of the outermost pixels rather than their edges.
  public func gridSample(
    _ grid: Tensor, mode: GridMode = .bilinear, padding: GridPadding = .zeros, alignsCorners: Bool = false
  ) throws(ThalwegError) -> Tensor {
    let directions = rank - 2
    guard directions == 2 || directions == 3, grid.rank == rank, grid.shape[rank - 1] == directions,
      grid.shape[0] == shape[0], dtype.isFloat, grid.dtype == dtype,
      shape.dropFirst(2).allSatisfy({ $0 > 0 })
    else {
      throw ThalwegError(
        .shape,
        "grid_sample: an input of \(dtype) and shape \(shape) with a grid of \(grid.dtype) and shape \(grid.shape); [N, C, H, W] and [N, h, w, 2], or [N, C, D, H, W] and [N, d, h, w, 3], of one float dtype are needed"
      )
    }
    guard mode != .bicubic || directions == 2 else {
      throw ThalwegError(.invalidArgument, "grid_sample: bicubic is for images [N, C, H, W]")
    }
    let out = Dims(grid.shape[1..<(rank - 1)])
    let count = out.product
    var axes: [[GridTap]] = []
    for i in 0..<directions {
      let place = try grid.select(-1, directions - 1 - i).reshape([shape[0], count])
      axes.append(try GridTap.taps(place, shape[2 + i], mode, padding, alignsCorners))
    }
    let pixels = try reshape([shape[0], shape[1], -1])
    var sum: Tensor?
    for choice in GridTap.choices(axes) {
      var (index, weight): (Tensor?, Tensor?)
      for (i, tap) in choice.enumerated() {
        index = if let known = index { try known * Double(shape[2 + i]) + tap.index } else { tap.index }
        weight = if let known = weight { try known * tap.weight } else { tap.weight }
      }
      guard let index, let weight else { continue }
      let spread = try index.unsqueeze(1).expand([shape[0], shape[1], count])
      let term = try pixels.gather(2, spread.contiguous()) * weight.unsqueeze(1)
      sum = if let known = sum { try known + term } else { term }
    }
    guard let sum else { return self }
    return try sum.reshape(Dims([shape[0], shape[1]] + Array(out)))
  }

  /// affine_grid(theta, size): the grid of `gridSample` for affine maps theta [N, 2, 3] (or [N, 3, 4]) and results of `size`
  /// [N, C, H, W] (or with a depth).
  public func affineGrid(_ size: Dims, alignsCorners: Bool = false) throws(ThalwegError) -> Tensor {
    let directions = size.count - 2
    guard dtype.isFloat, directions == 2 || directions == 3,
      shape == [size[0], directions, directions + 1], size.allSatisfy({ $0 >= 1 })
    else {
      throw ThalwegError(
        .shape,
        "affine_grid: theta of \(dtype) and shape \(shape) for a size \(size); [N, 2, 3] for [N, C, H, W], or [N, 3, 4] for [N, C, D, H, W], is needed"
      )
    }
    let out = Dims(size[2...])
    _ = try Dims(Array(size[0..<1]) + Array(out) + [directions + 1])
      .checkedElementCount(of: dtype, in: "affine_grid")
    var parts: [Tensor] = []
    for i in (0..<directions).reversed() {
      let n = out[i]
      let end = alignsCorners ? 1 : Double(n - 1) / Double(n)
      let line = try n == 1 ? Tensor.zeros([1], dtype: dtype) : Tensor.linspace(-end, end, n, dtype: dtype)
      var shape = Dims(repeating: 1, count: directions)
      shape[i] = n
      parts.append(try line.reshape(shape).expand(out))
    }
    parts.append(try Tensor.ones(out, dtype: dtype))
    let base = try Tensor.stack(parts, dim: -1).reshape([1, out.product, directions + 1])
    let places = try base.expand([size[0], out.product, directions + 1]).matmul(mT)
    return try places.reshape(Dims([size[0]] + Array(out) + [directions]))
  }
}

/// One of the pixels, along one direction, that a place is made of: its index, int64, and its weight, 0 outside.
private struct GridTap {
  let index: Tensor
  let weight: Tensor

  static func taps(
    _ grid: Tensor, _ size: Int, _ mode: GridMode, _ padding: GridPadding, _ alignsCorners: Bool
  ) throws(ThalwegError) -> [GridTap] {
    let n = Double(size)
    var place = try alignsCorners ? (grid + 1) * ((n - 1) / 2) : ((grid + 1) * n - 1) / 2
    if mode != .bicubic { place = try padded(place, n, padding, alignsCorners) }
    // Far outside is as good as anywhere outside.
    let low = try noGrad { () throws(ThalwegError) in
      try (mode == .nearest ? place.detach().round() : place.detach().floor()).clamp(min: -8, max: n + 8)
    }
    if mode == .nearest {
      let inside = try isInside(low, n)
      return [try GridTap(low, n, ValueOf.apply(inside, place.round()))]
    }
    let rest = try place - low
    if mode == .bilinear {
      let next = try low + 1
      return [
        try GridTap(low, n, (1 - rest) * isInside(low, n)), try GridTap(next, n, rest * isInside(next, n)),
      ]
    }
    let weights = try cubic(rest)
    var taps: [GridTap] = []
    for (i, weight) in weights.enumerated() {
      let tap = try noGrad { () throws(ThalwegError) in
        try padded(low + Double(i - 1), n, padding, alignsCorners).round()
      }
      taps.append(try GridTap(tap, n, weight * isInside(tap, n)))
    }
    return taps
  }

  private init(_ place: Tensor, _ size: Double, _ weight: Tensor) throws(ThalwegError) {
    index = try noGrad { () throws(ThalwegError) in try place.clamp(min: 0, max: size - 1).to(.int64) }
    self.weight = weight
  }

  private static func isInside(_ place: Tensor, _ size: Double) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      try place.greaterOrEqual(Tensor.scalar(0, dtype: place.dtype))
        .logicalAnd(place.lessOrEqual(Tensor.scalar(size - 1, dtype: place.dtype))).to(place.dtype)
    }
  }

  private static func padded(
    _ place: Tensor, _ size: Double, _ padding: GridPadding, _ alignsCorners: Bool
  ) throws(ThalwegError) -> Tensor {
    var x = place
    if padding == .zeros { return x }
    if padding == .reflection {
      let first = alignsCorners ? 0 : -0.5
      let span = alignsCorners ? size - 1 : size
      if span == 0 { return try x * 0 }
      let distance = try (x - first).abs()
      let turns = try noGrad { () throws(ThalwegError) in try (distance.detach() / span).floor() }
      let rest = try distance - turns * span
      let isOdd = try turns.remainder(Tensor.scalar(2, dtype: x.dtype))
        .equal(Tensor.scalar(1, dtype: x.dtype))
      x = try Tensor.where(isOdd, span - rest, rest) + first
    }
    // At the bounds the derivative is 0.
    return try x.hardTanh(min: 0, max: size - 1)
  }

  /// Weights of the pixels at -1, 0, 1 and 2 for places t in [0, 1).
  private static func cubic(_ t: Tensor) throws(ThalwegError) -> [Tensor] {
    let a = -0.75
    func near(_ x: Tensor) throws(ThalwegError) -> Tensor { try ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Tensor) throws(ThalwegError) -> Tensor { try ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [try far(t + 1), try near(t), try near(1 - t), try far(2 - t)]
  }

  /// All ways to take one tap along each direction.
  static func choices(_ axes: [[GridTap]]) -> [[GridTap]] {
    var result: [[GridTap]] = [[]]
    for taps in axes {
      var longer: [[GridTap]] = []
      for begun in result { for tap in taps { longer.append(begun + [tap]) } }
      result = longer
    }
    return result
  }
}
