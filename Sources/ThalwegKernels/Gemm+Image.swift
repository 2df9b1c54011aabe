import CKernels

// Packing for convolutions: panels of B are read from an image, whose windows are the columns of a matrix that
// exists nowhere else (implicit im2col; Chellapilla, Puri & Simard 2006, "High performance convolutional neural
// networks for document processing").

extension Gemm {
  /// The windows of a panel that lie side by side in one row of windows.
  private struct Run {
    let y, x: Int  // coordinates of the first window's first tap, before division
    let place, count: Int  // in the panel
  }
  private typealias Runs = InlineArray<32, Run>  // no panel has more columns

  @inline(__always)
  static func packImage(
    _ row: Int64, _ k: Int64, _ column: Int64, _ n: Int64, _ image: Address?,
    _ layout: UnsafePointer<tk_image>?, _ packed: MutableAddress?
  ) {
    guard k > 0, let image = image?.assumingMemoryBound(to: E.self), let layout = layout?.pointee,
      layout.columns > 0, let packed = packed?.assumingMemoryBound(to: E.self)
    else { return }
    var first = 0
    while first < Int(n) {
      let panel = packed + first &* Int(k)
      windows(Int(row), Int(k), Int(column) &+ first, min(nr, Int(n) &- first), image, layout, panel)
      first &+= nr
    }
  }

  /// One panel: windows `column` to `column + count`, taps `row` to `row + k`.
  @inline(never)
  private static func windows(
    _ row: Int, _ k: Int, _ column: Int, _ count: Int, _ image: UnsafePointer<E>, _ layout: tk_image,
    _ panel: UnsafeMutablePointer<E>
  ) {
    var runs = Runs(repeating: Run(y: 0, x: 0, place: 0, count: 0))
    var runCount = 0
    var place = 0
    while place < count {
      let p = column &+ place
      let y = p / Int(layout.columns), x = p % Int(layout.columns)
      let length = min(count &- place, Int(layout.columns) &- x)
      runs[runCount] = Run(
        y: y &* Int(layout.y.step) &+ Int(layout.y.start), x: x &* Int(layout.x.step) &+ Int(layout.x.start),
        place: place, count: length)
      runCount &+= 1
      place &+= length
    }

    let height = Int(layout.y.size), divisor = Int(layout.y.divisor)
    var tap = Tap(row, layout)
    for l in 0..<k {
      let channel = image + tap.channel &* height &* Int(layout.x.size)
      let target = panel + l &* nr
      for r in 0..<runCount {
        let run = runs[r]
        let y = run.y &+ tap.i &* Int(layout.y.tap)
        let to = target + run.place
        if y < 0 || y >= height &* divisor || (divisor > 1 && y % divisor != 0) {
          zero(to, run.count)
        } else {
          let line = channel + (divisor > 1 ? y / divisor : y) &* Int(layout.x.size)
          read(line, run.x &+ tap.j &* Int(layout.x.tap), run.count, layout.x, to, nr &- run.place)
        }
      }
      if count < nr { zero(target + count, nr &- count) }
      tap.advance(layout)
    }
  }

  /// `count` elements of a line of the image from coordinate `x` on; `room` elements may be written.
  @inline(__always)
  private static func read(
    _ line: UnsafePointer<E>, _ x: Int, _ count: Int, _ axis: tk_axis, _ to: UnsafeMutablePointer<E>,
    _ room: Int
  ) {
    let size = Int(axis.size), step = Int(axis.step)
    if axis.divisor > 1 {
      spread(line, x, count, size, Int(axis.divisor), to)
    } else if step == 1 {
      let low = x < 0 ? min(count, 0 &- x) : 0, high = max(low, min(count, size &- x))
      if low == 0 && high == count { return copy(line + x, count, to, room) }
      zero(to, count)
      for t in low..<high { to[t] = line[x &+ t] }
    } else if x >= 0 && x &+ (count &- 1) &* step < size {
      for t in 0..<count { to[t] = line[x &+ t &* step] }
    } else {
      for t in 0..<count {
        let place = x &+ t &* step
        to[t] = place >= 0 && place < size ? line[place] : 0
      }
    }
  }

  /// Every `divisor`th element from the line, zeros between.
  @inline(never)
  private static func spread(
    _ line: UnsafePointer<E>, _ x: Int, _ count: Int, _ size: Int, _ divisor: Int,
    _ to: UnsafeMutablePointer<E>
  ) {
    zero(to, count)
    var t = max(0, 0 &- x)
    let rest = (x &+ t) % divisor
    if rest != 0 { t &+= divisor &- rest }
    var from = (x &+ t) / divisor
    while t < count && from < size {
      to[t] = line[from]
      t &+= divisor
      from &+= 1
    }
  }

  /// Copies; what lies behind may be overwritten up to `room` elements, as it is written next.
  @inline(__always)
  private static func copy(
    _ from: UnsafePointer<E>, _ count: Int, _ to: UnsafeMutablePointer<E>, _ room: Int
  ) {
    var t = 0
    while t < count {
      let length = min(width, count &- t)
      Pack(from + t, length).store(to + t, min(width, room &- t))
      t &+= width
    }
  }

  @inline(__always)
  private static func zero(_ to: UnsafeMutablePointer<E>, _ count: Int) {
    for t in 0..<count { to[t] = 0 }
  }

  /// A row of the image's matrix: a tap of the window over a channel.
  private struct Tap {
    var channel, i, j: Int

    @inline(__always)
    init(_ row: Int, _ layout: tk_image) {
      let taps = Int(layout.y.taps &* layout.x.taps)
      channel = row / taps
      i = row % taps / Int(layout.x.taps)
      j = row % Int(layout.x.taps)
    }

    @inline(__always)
    mutating func advance(_ layout: tk_image) {
      j &+= 1
      if j < Int(layout.x.taps) { return }
      j = 0
      i &+= 1
      if i < Int(layout.y.taps) { return }
      i = 0
      channel &+= 1
    }
  }
}
