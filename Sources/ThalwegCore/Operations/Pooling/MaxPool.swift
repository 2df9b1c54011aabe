/// max_pool2d(x): the largest element of each window; outside the image is -∞, NaN counts as larger than anything.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N; H' = ⌊(H + 2 pad - d (kernel - 1) - 1) / s⌋ + 1, with ⌈⌉
/// for `ceilMode`. Floats.
/// Derivative: g to the element that was taken, the first on ties (`Scatter`).
package enum MaxPool: Operation {
  package static let name: StaticString = "max_pool2d"

  package static func apply(_ x: Tensor, _ geometry: PoolingGeometry) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    let plane = geometry.y.size.multipliedReportingOverflow(by: geometry.x.size)
    guard !plane.overflow, plane.partialValue <= Int(Int32.max) else {
      throw ThalwegError(.shape, "max_pool2d: an image of input \(x.shape) has more than \(Int32.max) pixels")
    }
    let shape = geometry.output(x.shape)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let y = try Tensor.make(shape, x.dtype, for: name)
    let taken = try Tensor.make(shape, .int32, for: name)
    if x.dtype == .float64 {
      run(dense, y, taken, geometry, Double.self)
    } else {
      run(dense, y, taken, geometry, Float.self)
    }
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      node.save(taken)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let shape = node.edge(0).shape
    try pass.send(try PlaneScatter.apply(gradient, node.saved(0), shape), from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ y: Tensor, _ taken: Tensor, _ geometry: PoolingGeometry, _: E.Type
  ) {
    let source = x.data.assumingMemoryBound(to: E.self)
    let target = y.data.assumingMemoryBound(to: E.self)
    let places = taken.data.assumingMemoryBound(to: Int32.self)
    let (h, w) = (geometry.y, geometry.x)
    let elements = h.places &* w.places
    forEachPlane(PoolingGeometry.planes(x.shape), elements: elements &* h.kernel &* w.kernel) { plane in
      let image = source + plane &* h.size &* w.size
      var out = plane &* elements
      for row in 0..<h.places {
        let rows = h.taps(row)
        for column in 0..<w.places {
          let columns = w.taps(column)
          var best = -E.infinity
          var place = -1
          var line = rows.coordinate &* w.size
          for _ in rows.first..<rows.end {
            var at = line &+ columns.coordinate
            for _ in columns.first..<columns.end {
              let value = image[at]
              if value > best || value.isNaN || place < 0 {
                best = value
                place = at
              }
              at &+= w.dilation
            }
            line &+= h.dilation &* w.size
          }
          target[out] = best
          places[out] = Int32(truncatingIfNeeded: place)
          out &+= 1
        }
      }
    }
  }
}

extension Tensor {
  /// The largest element of each window.
  /// - Parameters:
  ///   - kernel, stride, padding, dilation: one number, or one for height and one for width; no stride: the kernel.
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  public func maxPool2d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> Tensor {
    let geometry = try PoolingGeometry(
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode, shape: shape,
      in: MaxPool.name)
    return try MaxPool.apply(self, geometry)
  }
}
