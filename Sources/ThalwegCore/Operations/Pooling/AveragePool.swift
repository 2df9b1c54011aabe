import CKernels

/// avg_pool(x): the sum of each window over its divisor. That is the number of the window's places: in the padded image
/// (`countsPadding`) or in the image alone; or one number for all. With windows of one size (as PyTorch's avg_pool2d, and
/// with one direction its avg_pool1d) or of about equal ones that cover the image (its adaptive_avg_pool2d and
/// adaptive_avg_pool1d).
/// Shape: as `MaxPool`, without dilation. Floats, and with windows of one size int64.
/// Derivative: g over the divisor to every element of the window (`AveragePoolInput`).
package enum AveragePool: Operation {
  package static let name: StaticString = "avg_pool"

  package struct Window {
    package var geometry: PoolingGeometry
    package var countsPadding: Bool
    package var divisor: Int  // 0: the number of places

    /// What the sum of the window at (row, column) is divided by.
    @inline(__always)
    func divisor(_ row: Int, _ column: Int) -> Int {
      if divisor != 0 { return divisor }
      return Window.count(geometry.y, row, countsPadding) &* Window.count(geometry.x, column, countsPadding)
    }

    @inline(__always)
    private static func count(_ axis: PoolingGeometry.Axis, _ place: Int, _ countsPadding: Bool) -> Int {
      if axis.kernel == 0 { return axis.taps(place).end }
      let start = place &* axis.stride &- axis.padding
      let end = min(start &+ axis.kernel, axis.size &+ axis.padding)
      return countsPadding ? end &- start : min(end, axis.size) &- max(start, 0)
    }
  }

  package static func apply(
    _ x: Tensor, _ window: Window, in function: StaticString = name
  ) throws(ThalwegError) -> Tensor {
    let isInteger = x.dtype == .int64 && window.geometry.x.kernel > 0
    guard x.dtype.isFloat || isInteger else { throw unsupported(function, x.dtype) }
    let y = try Tensor.make(window.geometry.output(x.shape), x.dtype, for: function)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    switch x.dtype {
    case .float64: run(dense, y, window, kernels.pointee.f64.pooling, Double.self)
    case .float32: run(dense, y, window, kernels.pointee.f32.pooling, Float.self)
    default: runIntegers(dense, y, window)
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
    try pass.send(try AveragePoolInput.apply(gradient, node.inputShape(0), window), from: node, to: 0)
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, Window(node.attributes))
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ y: Tensor, _ window: Window, _ kernel: tk_pooling, _: E.Type
  ) {
    let source = x.address.assumingMemoryBound(to: E.self)
    let target = y.address.assumingMemoryBound(to: E.self)
    let (h, w) = (window.geometry.y, window.geometry.x)
    let elements = h.places &* w.places
    let planes = window.geometry.planes(x.shape)
    if elements == 1, h.taps(0) == (0, h.size, 0), w.taps(0) == (0, w.size, 0),
      let sum = kernels.pointee.sum[x.dtype]
    {
      let scale = E(1 / Double(window.divisor(0, 0)))
      func runWhole() { wholePlanes(source, target, planes, h.size &* w.size, scale, sum) }
      if Recording.isActive { Recording.note(runWhole) } else { runWhole() }
      return
    }
    func run() {
      forEachPlane(planes, work: window.geometry.work) { plane in
        let image = source + plane &* h.size &* w.size
        let out = target + plane &* elements
        window.geometry.forEach(
          block: { row, y, column, x, corner in
            withUnsafePointer(to: y) { y in
              withUnsafePointer(to: x) { x in
                kernel.sum(
                  y, x, image + corner, out + (row &* w.places &+ column), Int64(w.places),
                  1 / Double(window.divisor(row, column)))
              }
            }
          },
          single: { row, column in
            let (rows, columns) = (h.taps(row), w.taps(column))
            var sum = E.zero
            var line = image + (rows.coordinate &* w.size &+ columns.coordinate)
            for _ in rows.first..<rows.end {
              for j in 0..<(columns.end &- columns.first) { sum += line[j] }
              line += w.size
            }
            out[row &* w.places &+ column] = sum * E(1 / Double(window.divisor(row, column)))
          })
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }
}

/// y = the sum of each plane, times `scale`.
private func wholePlanes<E: BinaryFloatingPoint & BitwiseCopyable>(
  _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>, _ planes: Int, _ size: Int, _ scale: E,
  _ sum: tk_reduce_loop
) {
  let chunk = max(1, 16 * 1024 / max(1, size))
  parallel((planes &+ chunk &- 1) / chunk) { index in
    let first = index &* chunk, count = min(chunk, planes &- first)
    sum(Int64(count), Int64(size), y + first, 1, x + (first &* size), Int64(size), 1, 0)
    for i in first..<(first &+ count) { y[i] *= scale }
  }
}

/// The gradient of an average pooling for its input: each element of g over its window's divisor, added to every element of the
/// window. Derivative: `AveragePool`.
package enum AveragePoolInput: Operation {
  package static let name: StaticString = "avg_pool_input"

  package static func apply(
    _ gradient: Tensor, _ shape: Dims, _ window: AveragePool.Window
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, gradient.dtype, for: name)
    result.write(0)
    let dense = try noGrad { () throws(ThalwegError) in try gradient.contiguous() }
    if gradient.dtype == .float64 {
      run(dense, result, window, kernels.pointee.f64.pooling, Double.self)
    } else {
      run(dense, result, window, kernels.pointee.f32.pooling, Float.self)
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

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, output.shape, AveragePool.Window(node.attributes))
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ gradient: Tensor, _ result: Tensor, _ window: AveragePool.Window, _ kernel: tk_pooling, _: E.Type
  ) {
    let source = gradient.address.assumingMemoryBound(to: E.self)
    let target = result.address.assumingMemoryBound(to: E.self)
    let (h, w) = (window.geometry.y, window.geometry.x)
    let elements = h.places &* w.places
    let planes = window.geometry.planes(result.shape)
    func run() {
      forEachPlane(planes, work: window.geometry.work) { plane in
        let image = target + plane &* h.size &* w.size
        let g = source + plane &* elements
        window.geometry.forEach(
          block: { row, y, column, x, corner in
            withUnsafePointer(to: y) { y in
              withUnsafePointer(to: x) { x in
                kernel.spread(
                  y, x, g + (row &* w.places &+ column), Int64(w.places),
                  1 / Double(window.divisor(row, column)), image + corner)
              }
            }
          },
          single: { row, column in
            let (rows, columns) = (h.taps(row), w.taps(column))
            let share = g[row &* w.places &+ column] * E(1 / Double(window.divisor(row, column)))
            var line = image + (rows.coordinate &* w.size &+ columns.coordinate)
            for _ in rows.first..<rows.end {
              for j in 0..<(columns.end &- columns.first) { line[j] += share }
              line += w.size
            }
          })
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }
}

extension AveragePool.Window {
  fileprivate var attributes: Attributes {
    let (y, x) = geometry.stored
    return Attributes(dims: y, extra: x, index: divisor, flag: countsPadding)
  }

  fileprivate init(_ attributes: Attributes) {
    self.init(
      geometry: PoolingGeometry(attributes.dims, attributes.extra), countsPadding: attributes.flag,
      divisor: attributes.index)
  }
}
