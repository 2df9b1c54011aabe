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
    // Runs are written from the left to the right, so each may overwrite what lies behind it.
    var place = 0
    while place < count {
      let p = column &+ place
      let y = p / Int(layout.columns), x = p % Int(layout.columns)
      let length = min(count &- place, Int(layout.columns) &- x)
      let run = Run(
        y: y &* Int(layout.y.step) &+ Int(layout.y.start), x: x &* Int(layout.x.step) &+ Int(layout.x.start),
        place: place, count: length)
      fill(run, row, k, image, layout, panel + place)
      place &+= length
    }
    if count < nr { for l in 0..<k { zero(panel + (l &* nr &+ count), nr &- count) } }
  }

  /// One run of a panel, all taps.
  @inline(__always)
  private static func fill(
    _ run: Run, _ row: Int, _ k: Int, _ image: UnsafePointer<E>, _ layout: tk_image,
    _ to: UnsafeMutablePointer<E>
  ) {
    let height = Int(layout.y.size), length = Int(layout.x.size), divisor = Int(layout.y.divisor)
    let rowTaps = Int(layout.x.taps), step = Int(layout.x.tap), room = nr &- run.place
    let isDense = layout.x.step == 1 && layout.x.divisor == 1
    var tap = Tap(row, layout)
    var l = 0
    while l < k {
      let taps = min(k &- l, rowTaps &- tap.j)  // in this row of the window
      let y = run.y &+ tap.i &* Int(layout.y.tap)
      if y < 0 || y >= height &* divisor || (divisor > 1 && y % divisor != 0) {
        for t in 0..<taps { zero(to + (l &+ t) &* nr, run.count, room) }
      } else {
        let line = image + (tap.channel &* height &+ (divisor > 1 ? y / divisor : y)) &* length
        var x = run.x &+ tap.j &* step
        var target = to + l &* nr
        for _ in 0..<taps {
          if isDense && x >= 0 && x &+ run.count <= length {
            copy(line + x, run.count, target, room)
          } else {
            read(line, x, run.count, layout.x, target, room)
          }
          x &+= step
          target += nr
        }
      }
      l &+= taps
      tap.nextRow(layout)
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
      zero(to, count, room)
      copy(line + (x &+ low), high &- low, to + low, room &- low)
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

  @inline(__always)
  private static func zero(_ to: UnsafeMutablePointer<E>, _ count: Int, _ room: Int) {
    var t = 0
    while t < count {
      Pack(E.zero).store(to + t, min(width, room &- t))
      t &+= width
    }
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

    /// On to the first tap of the window's next row.
    @inline(__always)
    mutating func nextRow(_ layout: tk_image) {
      j = 0
      i &+= 1
      if i < Int(layout.y.taps) { return }
      i = 0
      channel &+= 1
    }
  }
}
