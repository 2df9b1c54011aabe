/// How the window of a pooling moves over an image.
package struct PoolingGeometry {
  package struct Axis {
    package var size = 0  // of the image
    package var kernel = 1
    package var stride = 1
    package var padding = 0
    package var dilation = 1
    package var places = 0  // of the window

    /// Of the window at `place`: the first tap inside the image, the one behind the last, and the first one's coordinate.
    @inline(__always)
    func taps(_ place: Int) -> (first: Int, end: Int, coordinate: Int) {
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

  /// - Parameters:
  ///   - kernel, stride, padding, dilation: one number, or one for height and one for width; no stride: the kernel.
  ///   - shape: of the input, [N, C, H, W] or [C, H, W].
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  package init(
    kernel: Dims, stride: Dims, padding: Dims, dilation: Dims, ceilMode: Bool, shape: Dims,
    in function: StaticString
  ) throws(ThalwegError) {
    guard shape.count == 3 || shape.count == 4 else {
      throw ThalwegError(
        .shape,
        "\(function): the input has shape \(shape); it must be [N, C, H, W], or [C, H, W] for one image")
    }
    (y.kernel, x.kernel) = try windowPair(kernel, "kernel_size", atLeast: 1, in: function)
    (y.stride, x.stride) = try windowPair(
      stride.isEmpty ? kernel : stride, "stride", atLeast: 1, in: function)
    (y.padding, x.padding) = try windowPair(padding, "padding", atLeast: 0, in: function)
    (y.dilation, x.dilation) = try windowPair(dilation, "dilation", atLeast: 1, in: function)
    (y.size, x.size) = (shape[shape.count - 2], shape[shape.count - 1])
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
        \(function): the kernel [\(y.kernel), \(x.kernel)] with dilation [\(y.dilation), \(x.dilation)] is larger than \
        the input \(shape) with padding [\(y.padding), \(x.padding)]; it must fit in at least once
        """)
    }
    (y.places, x.places) = (height, width)
  }

  /// As it was stored: size, kernel, stride, padding and places of both directions.
  package init(_ y: Dims, _ x: Dims) {
    self.y = Axis(size: y[0], kernel: y[1], stride: y[2], padding: y[3], places: y[4])
    self.x = Axis(size: x[0], kernel: x[1], stride: x[2], padding: x[3], places: x[4])
  }

  /// `shape` with other height and width.
  package func output(_ shape: Dims) -> Dims {
    var result = shape
    result[shape.count - 2] = y.places
    result[shape.count - 1] = x.places
    return result
  }

  /// The number of images times channels.
  package static func planes(_ shape: Dims) -> Int { Dims(shape.dropLast(2)).product }
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

/// Runs `body` for every plane of `out` elements, several planes a piece.
package func forEachPlane(_ planes: Int, elements: Int, _ body: (Int) -> Void) {
  let planesAPiece = max(1, 16 * 1024 / max(1, elements))
  parallel((planes &+ planesAPiece &- 1) / planesAPiece) { piece in
    for plane in (piece &* planesAPiece)..<min(planes, (piece &+ 1) &* planesAPiece) { body(plane) }
  }
}
