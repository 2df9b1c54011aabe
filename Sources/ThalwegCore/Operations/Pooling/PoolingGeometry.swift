package import CKernels

/// How the window of a pooling moves over an image, or, with one direction alone, over a sequence: that is an image of
/// height 1 whose shape does not mention it.
package struct PoolingGeometry {
  package struct Axis {
    package var size = 1  // of the image
    package var kernel = 1  // 0: adaptive, window p of P reaches from ⌊p size / P⌋ to ⌈(p + 1) size / P⌉
    package var stride = 1
    package var padding = 0
    package var dilation = 1
    package var places = 1  // of the window

    /// Of the window at `place`: the first tap inside the image, the one behind the last, and the first one's coordinate.
    @inline(__always)
    func taps(_ place: Int) -> (first: Int, end: Int, coordinate: Int) {
      if kernel == 0 {
        let start = place &* size / places
        return (0, ((place &+ 1) &* size &+ places &- 1) / places &- start, start)
      }
      let start = place &* stride &- padding
      if start >= 0, start &+ (kernel &- 1) &* dilation < size { return (0, kernel, start) }  // most are
      let first = start >= 0 ? 0 : (0 &- start &+ dilation &- 1) / dilation
      let last = size &- 1 &- start
      let end = last < 0 ? 0 : min(kernel, last / dilation &+ 1)
      return (first, max(first, end), start &+ first &* dilation)
    }
  }

  package var y = Axis()
  package var x = Axis()
  /// Shapes are [N, C, L] rather than [N, C, H, W].
  package var isLine = false

  /// - Parameters:
  ///   - kernel, stride, padding, dilation: one number, or one for height and one for width; no stride: the kernel.
  ///   - shape: of the input, with or without N.
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  package init(
    kernel: Dims, stride: Dims, padding: Dims, dilation: Dims, ceilMode: Bool, shape: Dims, isLine: Bool,
    in function: StaticString
  ) throws(ThalwegError) {
    try self.init(shape: shape, isLine: isLine, in: function)
    (y.kernel, x.kernel) = try windowPair(kernel, "kernel_size", atLeast: 1, isLine: isLine, in: function)
    (y.stride, x.stride) = try windowPair(
      stride.isEmpty ? kernel : stride, "stride", atLeast: 1, isLine: isLine, in: function)
    (y.padding, x.padding) = try windowPair(padding, "padding", atLeast: 0, isLine: isLine, in: function)
    (y.dilation, x.dilation) = try windowPair(dilation, "dilation", atLeast: 1, isLine: isLine, in: function)
    guard 2 * y.padding <= y.reach, 2 * x.padding <= x.reach else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): padding \(padding) is more than half of the kernel \(kernel); whole windows would see nothing"
      )
    }
    guard let height = y.count(ceilMode), let width = x.count(ceilMode) else {
      throw ThalwegError(
        .shape,
        """
        \(function): the kernel \(entries(\.kernel)) with dilation \(entries(\.dilation)) is larger than the input \
        \(shape) with padding \(entries(\.padding)); it must fit in at least once
        """)
    }
    (y.places, x.places) = (height, width)
  }

  /// As many windows as `places` says: one number, or for images one for height and one for width, of which -1 stands for
  /// as many as there are pixels.
  package init(
    places: Dims, shape: Dims, isLine: Bool, in function: StaticString
  ) throws(ThalwegError) {
    try self.init(shape: shape, isLine: isLine, in: function)
    guard y.size > 0, x.size > 0 else {
      throw ThalwegError(.shape, "\(function): the input has shape \(shape); its windows would see nothing")
    }
    let least = isLine ? 0 : -1
    let (height, width) = try windowPair(
      places, "output_size", atLeast: least, isLine: isLine, in: function)
    if !isLine {
      y.places = height < 0 ? y.size : height
      y.kernel = 0
    }
    x.places = width < 0 ? x.size : width
    x.kernel = 0
    // Windows end before (places + 1) size, and places are below 2^31 or the size itself.
    guard max(y.size, x.size) < 1 << 31 else {
      throw ThalwegError(
        .shape, "\(function): the input has shape \(shape); 2^31 pixels in a row are too many")
    }
  }

  private init(shape: Dims, isLine: Bool, in function: StaticString) throws(ThalwegError) {
    let directions = isLine ? 1 : 2
    guard shape.count == directions + 1 || shape.count == directions + 2 else {
      throw ThalwegError(
        .shape,
        """
        \(function): the input has shape \(shape); it must be \
        \(isLine ? "[N, C, L], or [C, L] for one sequence" : "[N, C, H, W], or [C, H, W] for one image")
        """)
    }
    if !isLine { y.size = shape[shape.count - 2] }
    x.size = shape[shape.count - 1]
    self.isLine = isLine
  }

  // MARK: - In a node

  /// Size, kernel, stride, padding and places of both directions, for poolings without dilation.
  package var stored: (Dims, Dims) {
    (
      [y.size, y.kernel, y.stride, y.padding, y.places, isLine ? 1 : 0],
      [x.size, x.kernel, x.stride, x.padding, x.places]
    )
  }

  package init(_ y: Dims, _ x: Dims) {
    self.y = Axis(size: y[0], kernel: y[1], stride: y[2], padding: y[3], places: y[4])
    self.x = Axis(size: x[0], kernel: x[1], stride: x[2], padding: x[3], places: x[4])
    isLine = y[5] == 1
  }

  // MARK: - Shapes

  /// `shape` with other height and width.
  package func output(_ shape: Dims) -> Dims {
    var result = shape
    if !isLine { result[shape.count - 2] = y.places }
    result[shape.count - 1] = x.places
    return result
  }

  /// The number of images times channels.
  package func planes(_ shape: Dims) -> Int { Dims(shape.dropLast(isLine ? 1 : 2)).product }

  /// About how many elements are read and written a plane.
  package var work: Int { max(y.size &* x.size, y.places &* x.places &* max(1, y.kernel &* x.kernel)) }

  /// For messages, a number a direction.
  private func entries(_ number: KeyPath<Axis, Int>) -> Dims {
    isLine ? [x[keyPath: number]] : [y[keyPath: number], x[keyPath: number]]
  }
}

extension PoolingGeometry.Axis {
  /// What the window spans; all numbers are below 2^31.
  fileprivate var reach: Int { dilation * (kernel - 1) + 1 }

  fileprivate func count(_ ceilMode: Bool) -> Int? {
    let room = size + 2 * padding - reach + (ceilMode ? stride - 1 : 0)
    if size == 0 || room < 0 { return nil }
    let count = room / stride + 1
    // A window that begins in the far padding sees nothing.
    return ceilMode && (count - 1) * stride >= size + padding ? count - 1 : count
  }
}

extension PoolingGeometry {
  /// The windows of a plane as the kernels take them: blocks of rows whose windows have the same taps, of each the columns
  /// whose windows lie inside the plane; then, one by one, the windows that do not.
  @inline(__always)
  package func forEach(
    block: (_ row: Int, _ y: tk_slide, _ column: Int, _ x: tk_slide, _ corner: Int) -> Void,
    single: (_ row: Int, _ column: Int) -> Void
  ) {
    let (whole, inside) = (y.inside, x.inside)
    if inside.count < 4 {  // a pack would be all but empty
      for row in 0..<y.places { for column in 0..<x.places { single(row, column) } }
      return
    }
    let across = x.slide(inside, step: 1)
    let left = x.taps(inside.lowerBound).coordinate
    var row = 0
    while row < y.places {
      let rows = row == whole.lowerBound && !whole.isEmpty ? whole : row..<(row &+ 1)
      let taps = y.taps(row)
      if taps.end > taps.first {
        var down = y.slide(rows, step: x.size)
        down.taps = Int64(taps.end &- taps.first)
        block(row, down, inside.lowerBound, across, taps.coordinate &* x.size &+ left)
      } else {
        for column in inside { single(row, column) }
      }
      row = rows.upperBound
    }
    for row in 0..<y.places {
      for column in 0..<inside.lowerBound { single(row, column) }
      for column in inside.upperBound..<x.places { single(row, column) }
    }
  }
}

extension PoolingGeometry.Axis {
  /// The places whose windows lie inside the image and are alike; none for adaptive ones of different sizes.
  fileprivate var inside: Range<Int> {
    if kernel == 0 { return places > 0 && size % places == 0 ? 0..<places : 0..<0 }
    let last = size &- reach &+ padding
    let first = (padding &+ stride &- 1) / stride
    return last < 0 ? 0..<0 : min(first, places)..<max(min(first, places), min(places, last / stride &+ 1))
  }

  fileprivate func slide(_ places: Range<Int>, step: Int) -> tk_slide {
    let even = kernel == 0 ? size / max(1, self.places) : 0
    return tk_slide(
      places: Int64(places.count), taps: Int64(max(kernel, even)), tap: Int64(dilation &* step),
      step: Int64((kernel == 0 ? even : stride) &* step))
  }
}

/// Runs `body` for every plane of about `work` elements, several planes a piece.
package func forEachPlane(_ planes: Int, work: Int, _ body: (Int) -> Void) {
  let planesAPiece = max(1, 16 * 1024 / max(1, work))
  parallel((planes &+ planesAPiece &- 1) / planesAPiece) { piece in
    for plane in (piece &* planesAPiece)..<min(planes, (piece &+ 1) &* planesAPiece) { body(plane) }
  }
}
