import ThalwegCore

/// Where the pixels of a batch's images come from: for each sample a window of its own, which may reach over the image.
struct PixelChange {
  struct Window {
    /// The image's row and column that the window begins with.
    var top = 0
    var left = 0
    var isFlippedDown = false
    var isFlippedAcross = false
  }

  let inputHeight: Int
  let inputWidth: Int
  /// Of the window.
  var height: Int
  var width: Int
  /// What stands outside the image.
  var fill = 0.0
  private var padding = Transform.Padding()
  private var mode = PadMode.constant
  /// One a sample, in rows and columns of the padded image; none: nothing changes.
  var windows: [Window] = []

  init(inputHeight: Int, inputWidth: Int, height: Int, width: Int) {
    (self.inputHeight, self.inputWidth) = (inputHeight, inputWidth)
    (self.height, self.width) = (height, width)
  }

  /// Places that a crop's window can begin at, less one.
  var freeRows: Int { inputHeight + padding.top + padding.bottom - height }
  var freeColumns: Int { inputWidth + padding.left + padding.right - width }

  /// Windows become those of a crop.
  mutating func crop(
    _ height: Int, _ width: Int, _ padding: Transform.Padding, _ mode: PadMode, _ fill: Double
  ) throws(ThalwegError) {
    (self.height, self.width, self.padding, self.mode, self.fill) = (height, width, padding, mode, fill)
    guard freeRows >= 0, freeColumns >= 0 else {
      throw ThalwegError(
        .shape,
        """
        loader_next: a crop of \(height) x \(width) does not fit into images of \(inputHeight) x \(inputWidth), padded \
        to \(freeRows + height) x \(freeColumns + width)
        """)
    }
  }

  func callAsFunction(_ x: Tensor) throws(ThalwegError) -> Tensor {
    if windows.isEmpty { return x }
    guard x.rank >= 3, x.shape[0] == windows.count, x.shape[x.rank - 2] == inputHeight,
      x.shape[x.rank - 1] == inputWidth
    else {
      throw ThalwegError(
        .shape,
        """
        loader_next: a random transform of several arrays, one with \(windows.count) images of \(inputHeight) x \
        \(inputWidth), one of shape \(x.shape); they must be of one size
        """)
    }
    if mode == .constant || padding == Transform.Padding() {
      return try moved(x.contiguous(), inputHeight, inputWidth, down: padding.top, right: padding.left)
    }
    let pads = [padding.left, padding.right, padding.top, padding.bottom]
    let padded = try x.pad(pads, mode: mode).contiguous()
    return try moved(padded, padded.shape[x.rank - 2], padded.shape[x.rank - 1], down: 0, right: 0)
  }

  /// Windows of images `[n, ..., rows, columns]`; those of `windows` begin `down` and `right` further back.
  private func moved(
    _ x: Tensor, _ rows: Int, _ columns: Int, down: Int, right: Int
  ) throws(ThalwegError) -> Tensor {
    var shape = x.shape
    (shape[x.rank - 2], shape[x.rank - 1]) = (height, width)
    let y = try Tensor.make(shape, x.dtype, for: "loader_next")
    let blank = try Tensor.full([width], fill, dtype: x.dtype)
    defer { withExtendedLifetime((x, y, blank)) {} }
    let planes = x.shape.dropFirst().dropLast(2).reduce(1, &*)
    let (size, count) = (x.dtype.size, windows.count)
    let (inputPlane, outputPlane) = (rows &* columns &* size, height &* width &* size)
    // Some 64 KB a chunk, whatever the number of threads.
    let together = max(1, (64 << 10) / max(planes &* outputPlane, 1))
    let (from, to, outside) = (x.data, y.data, blank.data)
    parallel((count &+ together &- 1) / together) { chunk in
      for sample in chunk &* together..<min(count, (chunk &+ 1) &* together) {
        var window = windows[sample]
        window.top = window.top &- down
        window.left = window.left &- right
        for plane in 0..<planes {
          let source = from + (sample &* planes &+ plane) &* inputPlane
          let target = to + (sample &* planes &+ plane) &* outputPlane
          move(source, rows, columns, to: target, window, outside, size)
        }
      }
    }
    return y
  }

  private func move(
    _ from: UnsafeMutableRawPointer, _ rows: Int, _ columns: Int, to: UnsafeMutableRawPointer,
    _ window: Window, _ outside: UnsafeMutableRawPointer, _ size: Int
  ) {
    // Columns of the window from `first` up to `last` lie in the image.
    let first = min(max(0, 0 &- window.left), width)
    let last = max(min(width, columns &- window.left), first)
    for i in 0..<height {
      let row = window.top &+ (window.isFlippedDown ? height &- 1 &- i : i)
      let target = to + i &* width &* size
      guard row >= 0, row < rows, first < last else {
        target.copyMemory(from: outside, byteCount: width &* size)
        continue
      }
      target.copyMemory(from: outside, byteCount: first &* size)
      let source = from + (row &* columns &+ window.left &+ first) &* size
      let inside = target + first &* size
      if window.isFlippedAcross {
        reverse(source, to: inside, last &- first, size)
      } else {
        inside.copyMemory(from: source, byteCount: (last &- first) &* size)
      }
      (target + last &* size).copyMemory(from: outside, byteCount: (width &- last) &* size)
    }
  }

  private func reverse(
    _ from: UnsafeMutableRawPointer, to: UnsafeMutableRawPointer, _ count: Int, _ size: Int
  ) {
    func reverse<T>(_: T.Type) {
      let (source, target) = (from.assumingMemoryBound(to: T.self), to.assumingMemoryBound(to: T.self))
      for i in 0..<count { target[i] = source[count &- 1 &- i] }
    }
    switch size {
    case 1: reverse(UInt8.self)
    case 4: reverse(UInt32.self)
    default: reverse(UInt64.self)
    }
  }
}
