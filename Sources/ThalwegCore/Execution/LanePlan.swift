/// How the windows of a convolution lie along one direction of what is read, which are pixels, or gradients on the way
/// back. There each place of the result is read from where a window over it began: those of one residue by the stride,
/// a phase, have the same taps.
struct LaneAxis {
  /// Of what is read, and of what is made.
  let size, out: Int
  let taps: Int
  /// Place q of phase r is coordinate r + q * phases of the result; its windows begin at q * step.
  let phases, step: Int
  /// From the first coordinate that a window at place 0 sees, which is at most 0, to behind the last.
  let lowest, reach: Int
  private let dilation, shift: Int

  /// Nil for far more zeros than pixels.
  init?(_ axis: ConvolutionGeometry.Axis, _ input: Int, _ taps: Int, _ output: Int, _ isBackward: Bool) {
    (size, out) = isBackward ? (output, input) : (input, output)
    (phases, step) = isBackward ? (axis.stride, 1) : (1, axis.stride)
    guard taps < 64, axis.stride < 16, axis.dilation < 1 << 20, axis.before < 1 << 20 else { return nil }
    self.taps = taps
    (dilation, shift) = isBackward ? (0 - axis.dilation, axis.before) : (axis.dilation, 0 - axis.before)
    // The first and the last tap are the farthest.
    func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : 0 - (b - 1 - a) / b }
    let far = shift + (taps - 1) * dilation
    lowest = min(0, floor(min(shift, far) + phases - 1, phases))
    reach = floor(max(shift, far) + phases - 1, phases) - lowest + 1
    guard reach < 4 * size + 64, extent(out) < 4 * size + 64 else { return nil }
  }

  /// Where a tap of the window at place 0 of a phase is, counted from `lowest`; nil where it sees nothing.
  func offset(_ phase: Int, _ tap: Int) -> Int? {
    let place = phase + shift + tap * dilation
    return place % phases == 0 ? place / phases - lowest : nil
  }

  /// How many coordinates the windows see that belong to the first `count` of the result.
  func extent(_ count: Int) -> Int { (count &- 1) / phases &* step &+ reach }
}

/// The places of a result that have the same taps.
struct LanePass {
  /// Taps, and how many the passes before have.
  let taps, firstTap: Int
  /// Of the result.
  let firstRow, rowStep, columns: Int
  /// Of every place, row by row: where its window begins, and where its sum goes; of every channel and tap: how far from
  /// there it is; of every tap: its number. In elements.
  let from, to, offsets, order: UnsafeMutablePointer<Int64>

  /// How many places there are in the first rows of the result.
  func places(rows: Int) -> Int { max(0, (rows &- firstRow &+ rowStep &- 1) / rowStep) &* columns }
}

/// The passes of a product, for bands of as many rows as given.
struct LanePlan: ~Copyable {
  private(set) var passes: [LanePass] = []
  private let memory: Workspace

  init(
    _ product: LaneProduct, rows: Int, blockChannels: Int, _ function: StaticString
  ) throws(ThalwegError) {
    let (y, x, lanes, columns) = (product.y, product.x, product.lanes, product.columns)
    let plane = y.extent(rows) * columns
    func places(_ count: Int, _ phase: Int, _ phases: Int) -> Int {
      max(0, (count - phase + phases - 1) / phases)
    }
    memory = try Workspace((2 * rows * x.out + product.taps * (blockChannels + 1)) * 8, for: function)
    var next = memory.base.assumingMemoryBound(to: Int64.self)
    func take(_ count: Int) -> UnsafeMutablePointer<Int64> {
      defer { next += count }
      return next
    }
    var firstTap = 0
    for phase in 0..<(y.phases * x.phases) {
      let (phaseY, phaseX) = (phase / x.phases, phase % x.phases)
      let (height, width) = (places(rows, phaseY, y.phases), places(x.out, phaseX, x.phases))
      let (from, to) = (take(height * width), take(height * width))
      for v in 0..<(height * width) {
        let (p, q) = (v / width, v % width)
        from[v] = Int64((p * y.step * columns + q * x.step) * lanes)
        to[v] = Int64(((phaseY + p * y.phases) * x.out + phaseX + q * x.phases) * lanes)
      }
      var count = 0
      let order = take(0)
      for tap in 0..<product.taps {
        if y.offset(phaseY, tap / x.taps) == nil || x.offset(phaseX, tap % x.taps) == nil { continue }
        order[count] = Int64(tap)
        count += 1
      }
      next += count
      let offsets = take(count * blockChannels)
      for c in 0..<blockChannels {
        for t in 0..<count {
          let (i, j) = (Int(order[t]) / x.taps, Int(order[t]) % x.taps)
          let place = y.offset(phaseY, i)! * columns + x.offset(phaseX, j)!
          offsets[c * count + t] = Int64((c * plane + place) * lanes)
        }
      }
      passes.append(
        LanePass(
          taps: count, firstTap: firstTap, firstRow: phaseY, rowStep: y.phases, columns: width, from: from,
          to: to, offsets: offsets, order: order))
      firstTap += count
    }
  }
}
