import CKernels

// The other way round: rows of an image's matrix, as a product has made them, are added to the image.

extension Gemm {
  @inline(never)
  static func addImage(
    _ row: Int64, _ k: Int64, _ column: Int64, _ n: Int64, _ matrix: Address?,
    _ layout: UnsafePointer<tk_image>?, _ image: MutableAddress?
  ) {
    guard k > 0, n > 0, let matrix = matrix?.assumingMemoryBound(to: E.self), let layout = layout?.pointee,
      layout.columns > 0, let image = image?.assumingMemoryBound(to: E.self)
    else { return }
    let height = Int(layout.y.size), length = Int(layout.x.size), columns = Int(layout.columns)
    let rowTaps = Int(layout.x.taps), taps = Int(layout.y.taps) &* rowTaps
    for l in 0..<Int(k) {
      let tap = Int(row) &+ l
      let plane = image + tap / taps &* height &* length
      let startY = tap % taps / rowTaps &* Int(layout.y.tap) &+ Int(layout.y.start)
      let startX = tap % rowTaps &* Int(layout.x.tap) &+ Int(layout.x.start)
      var from = matrix + l &* Int(n)
      var placeY = Int(column) / columns, placeX = Int(column) % columns
      var rest = Int(n)
      while rest > 0 {
        let count = min(rest, columns &- placeX)
        let y = placeY &* Int(layout.y.step) &+ startY
        if y >= 0 && y < height {
          add(from, count, plane + y &* length, placeX &* Int(layout.x.step) &+ startX, layout.x)
        }
        from += count
        rest &-= count
        placeX = 0
        placeY &+= 1
      }
    }
  }

  /// Adds `count` elements to a line of the image from coordinate `x` on.
  @inline(__always)
  private static func add(
    _ from: UnsafePointer<E>, _ count: Int, _ line: UnsafeMutablePointer<E>, _ x: Int, _ axis: tk_axis
  ) {
    let size = Int(axis.size), step = Int(axis.step)
    if step == 1 {
      let low = x < 0 ? min(count, 0 &- x) : 0, high = max(low, min(count, size &- x))
      let to = line + (x &+ low), values = from + low
      forEachPack(high &- low) { t, part in
        (Pack(UnsafePointer(to + t), part) + Pack(values + t, part)).store(to + t, part)
      }
      return
    }
    var place = x
    for t in 0..<count {
      if place >= 0 && place < size { line[place] += from[t] }
      place &+= step
    }
  }
}
