import CKernels

// Packing for the gradient of a convolution's weight: the image's matrix, transposed. A row of a panel is one
// window; taps that lie side by side in the image's row are copied together.

extension Gemm {
  /// The taps of a panel that lie in one row of the window.
  private struct Run {
    let from: Int  // the first tap's distance from the window's corner, in elements
    let y, x: Int  // the same by directions
    let place, count: Int  // in the panel
  }
  private typealias Runs = InlineArray<32, Run>

  @inline(__always)
  static func packImageTransposed(
    _ row: Int64, _ k: Int64, _ column: Int64, _ n: Int64, _ image: Address?,
    _ layout: UnsafePointer<tk_image>?, _ packed: MutableAddress?
  ) {
    guard k > 0, let image = image?.assumingMemoryBound(to: E.self), let layout = layout?.pointee,
      layout.columns > 0, let packed = packed?.assumingMemoryBound(to: E.self)
    else { return }
    var first = 0
    while first < Int(n) {
      let panel = packed + first &* Int(k)
      taps(Int(row), Int(k), Int(column) &+ first, min(nr, Int(n) &- first), image, layout, panel)
      first &+= nr
    }
  }

  /// One panel: taps `column` to `column + count`, windows `row` to `row + k`.
  @inline(never)
  private static func taps(
    _ row: Int, _ k: Int, _ column: Int, _ count: Int, _ image: UnsafePointer<E>, _ layout: tk_image,
    _ panel: UnsafeMutablePointer<E>
  ) {
    let height = Int(layout.y.size), length = Int(layout.x.size), step = Int(layout.x.tap)
    let rowTaps = Int(layout.x.taps), channelTaps = Int(layout.y.taps) &* rowTaps
    var runs = Runs(repeating: Run(from: 0, y: 0, x: 0, place: 0, count: 0))
    var runCount = 0
    var place = 0
    while place < count {
      let tap = column &+ place, j = tap % rowTaps
      let y = tap % channelTaps / rowTaps &* Int(layout.y.tap), x = j &* step
      let taps = min(count &- place, rowTaps &- j)
      runs[runCount] = Run(
        from: (tap / channelTaps &* height &+ y) &* length &+ x, y: y, x: x, place: place, count: taps)
      runCount &+= 1
      place &+= taps
    }

    // The farthest taps of the panel, to see at once that a window lies inside the image.
    var top = Int.max, bottom = Int.min, left = Int.max, right = Int.min
    for r in 0..<runCount {
      top = min(top, runs[r].y)
      bottom = max(bottom, runs[r].y)
      left = min(left, runs[r].x)
      right = max(right, runs[r].x &+ (runs[r].count &- 1) &* step)
    }

    var placeY = row / Int(layout.columns), placeX = row % Int(layout.columns)
    for l in 0..<k {
      let y = placeY &* Int(layout.y.step) &+ Int(layout.y.start)
      let x = placeX &* Int(layout.x.step) &+ Int(layout.x.start)
      let target = panel + l &* nr
      let isInside = y &+ top >= 0 && y &+ bottom < height && x &+ left >= 0 && x &+ right < length
      for r in 0..<runCount {
        let run = runs[r]
        let to = target + run.place
        let start = y &* length &+ x &+ run.from
        if isInside && step == 1 {
          var t = 0
          while t < run.count {
            let part = min(width, run.count &- t)
            // What is written beyond the run belongs to the next one, or is made zero below.
            Pack(image + (start &+ t), part).store(to + t, min(width, nr &- run.place &- t))
            t &+= width
          }
        } else if isInside {
          for t in 0..<run.count { to[t] = image[start &+ t &* step] }
        } else {
          let isRow = y &+ run.y >= 0 && y &+ run.y < height
          for t in 0..<run.count {
            let column = x &+ run.x &+ t &* step
            to[t] = isRow && column >= 0 && column < length ? image[start &+ t &* step] : 0
          }
        }
      }
      for t in count..<max(count, nr) { target[t] = 0 }
      placeX &+= 1
      if placeX == Int(layout.columns) {
        placeX = 0
        placeY &+= 1
      }
    }
  }
}
