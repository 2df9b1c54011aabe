/// avg_pool2d(x): the sum of each window over its divisor. That is the number of the window's places: in the padded image
/// (`countsPadding`) or in the image alone; or one number for all.
/// Shape: as `MaxPool`, without dilation. Floats.
/// Derivative: g over the divisor to every element of the window (`AveragePoolInput`).
package enum AveragePool: Operation {
  package static let name: StaticString = "avg_pool2d"

  package struct Window {
    package var geometry: PoolingGeometry
    package var countsPadding: Bool
    package var divisor: Int  // 0: the number of places

    /// What the sum of the window at (row, column) is multiplied with.
    @inline(__always)
    func factor(_ row: Int, _ column: Int) -> Double {
      if divisor != 0 { return 1 / Double(divisor) }
      let count =
        Window.count(geometry.y, row, countsPadding) &* Window.count(geometry.x, column, countsPadding)
      return 1 / Double(count)
    }

    @inline(__always)
    private static func count(_ axis: PoolingGeometry.Axis, _ place: Int, _ countsPadding: Bool) -> Int {
      let start = place &* axis.stride &- axis.padding
      let end = min(start &+ axis.kernel, axis.size &+ axis.padding)
      return countsPadding ? end &- start : min(end, axis.size) &- max(start, 0)
    }
  }

  package static func apply(_ x: Tensor, _ window: Window) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    let y = try Tensor.make(window.geometry.output(x.shape), x.dtype, for: name)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    if x.dtype == .float64 {
      run(dense, y, window, Double.self)
    } else {
      run(dense, y, window, Float.self)
    }
    if Node.records(x) {
      let node = Node(Self.self, window.attributes)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let window = Window(node.attributes)
    try pass.send(try AveragePoolInput.apply(gradient, node.edge(0).shape, window), from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ y: Tensor, _ window: Window, _: E.Type
  ) {
    let source = x.data.assumingMemoryBound(to: E.self)
    let target = y.data.assumingMemoryBound(to: E.self)
    let (h, w) = (window.geometry.y, window.geometry.x)
    let elements = h.places &* w.places
    forEachPlane(PoolingGeometry.planes(x.shape), elements: elements &* h.kernel &* w.kernel) { plane in
      let image = source + plane &* h.size &* w.size
      var out = plane &* elements
      for row in 0..<h.places {
        let rows = h.taps(row)
        for column in 0..<w.places {
          let columns = w.taps(column)
          var sum = E.zero
          var line = image + (rows.coordinate &* w.size &+ columns.coordinate)
          for _ in rows.first..<rows.end {
            for j in 0..<(columns.end &- columns.first) { sum += line[j] }
            line += w.size
          }
          target[out] = sum * E(window.factor(row, column))
          out &+= 1
        }
      }
    }
  }
}

/// The gradient of avg_pool2d for its input: each element of g over its window's divisor, added to every element of the
/// window. Derivative: avg_pool2d.
package enum AveragePoolInput: Operation {
  package static let name: StaticString = "avg_pool2d_input"

  package static func apply(
    _ gradient: Tensor, _ shape: Dims, _ window: AveragePool.Window
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, gradient.dtype, for: name)
    result.write(0)
    let dense = try noGrad { () throws(ThalwegError) in try gradient.contiguous() }
    if gradient.dtype == .float64 {
      run(dense, result, window, Double.self)
    } else {
      run(dense, result, window, Float.self)
    }
    if Node.records(gradient) {
      let node = Node(Self.self, window.attributes)
      try node.connect(gradient)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try AveragePool.apply(gradient, AveragePool.Window(node.attributes)), from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ gradient: Tensor, _ result: Tensor, _ window: AveragePool.Window, _: E.Type
  ) {
    let source = gradient.data.assumingMemoryBound(to: E.self)
    let target = result.data.assumingMemoryBound(to: E.self)
    let (h, w) = (window.geometry.y, window.geometry.x)
    let elements = h.places &* w.places
    forEachPlane(PoolingGeometry.planes(result.shape), elements: elements &* h.kernel &* w.kernel) { plane in
      let image = target + plane &* h.size &* w.size
      var out = plane &* elements
      for row in 0..<h.places {
        let rows = h.taps(row)
        for column in 0..<w.places {
          let columns = w.taps(column)
          let share = source[out] * E(window.factor(row, column))
          var line = image + (rows.coordinate &* w.size &+ columns.coordinate)
          for _ in rows.first..<rows.end {
            for j in 0..<(columns.end &- columns.first) { line[j] += share }
            line += w.size
          }
          out &+= 1
        }
      }
    }
  }
}

extension AveragePool.Window {
  fileprivate var attributes: Attributes {
    let (y, x) = (geometry.y, geometry.x)
    return Attributes(
      dims: [y.size, y.kernel, y.stride, y.padding, y.places],
      extra: [x.size, x.kernel, x.stride, x.padding, x.places], index: divisor, flag: countsPadding)
  }

  fileprivate init(_ attributes: Attributes) {
    self.init(
      geometry: PoolingGeometry(attributes.dims, attributes.extra), countsPadding: attributes.flag,
      divisor: attributes.index)
  }
}

extension Tensor {
  /// The average of each window.
  /// - Parameters:
  ///   - kernel, stride, padding: one number, or one for height and one for width; no stride: the kernel.
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  ///   - countsPadding: whether places in the padding count, as zeros.
  ///   - divisor: what the sums are divided by, instead of their counts.
  public func avgPool2d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) -> Tensor {
    let geometry = try PoolingGeometry(
      kernel: kernel, stride: stride, padding: padding, dilation: [1], ceilMode: ceilMode, shape: shape,
      in: AveragePool.name)
    guard divisor != 0 else {
      throw ThalwegError(
        .invalidArgument, "avg_pool2d: divisor_override is 0; leave it out or give another number")
    }
    let window = AveragePool.Window(
      geometry: geometry, countsPadding: countsPadding, divisor: divisor ?? 0)
    return try AveragePool.apply(self, window)
  }
}
