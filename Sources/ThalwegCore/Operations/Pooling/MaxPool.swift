import CKernels

/// max_pool(x): the largest element of each window; outside the image is -∞, NaN counts as larger than anything. With
/// windows of one size (as PyTorch's max_pool2d, and with one direction its max_pool1d) or of about equal ones that cover
/// the image (its adaptive_max_pool2d and adaptive_max_pool1d).
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N; H' = ⌊(H + 2 pad - d (kernel - 1) - 1) / s⌋ + 1, with ⌈⌉
/// for `ceilMode`. Numbers; integers with windows of one size only.
/// Derivative: g to the element that was taken, the first on ties, the last NaN (`PlaneScatter`).
package enum MaxPool: Operation {
  package static let name: StaticString = "max_pool"

  /// - Parameter withPlaces: whether the places are wanted; else there are none unless the derivative needs them.
  /// - Returns: the elements, and as int32 [planes, windows] their places in their planes, which are images or sequences.
  package static func apply(
    _ x: Tensor, _ geometry: PoolingGeometry, withPlaces: Bool = true, in function: StaticString
  ) throws(ThalwegError) -> (values: Tensor, places: Tensor) {
    let plane = geometry.y.size.multipliedReportingOverflow(by: geometry.x.size)
    guard !plane.overflow, plane.partialValue <= Int(Int32.max) else {
      throw ThalwegError(
        .shape, "\(function): an image of input \(x.shape) has more than \(Int32.max) pixels")
    }
    let shape = geometry.output(x.shape)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let y = try Tensor.make(shape, x.dtype, for: function)
    let planes = geometry.planes(x.shape)
    let places = withPlaces || Node.records(x) ? planes : 0
    let taken = try Tensor.make([places, geometry.y.places &* geometry.x.places], .int32, for: function)
    switch x.dtype {
    case .float32: run(dense, y, taken, geometry, -Float.infinity, kernels.pointee.f32.pooling)
    case .float64: run(dense, y, taken, geometry, -Double.infinity, kernels.pointee.f64.pooling)
    case .int64 where geometry.x.kernel > 0: run(dense, y, taken, geometry, Int64.min)
    case .int32 where geometry.x.kernel > 0: run(dense, y, taken, geometry, Int32.min)
    case .uint8 where geometry.x.kernel > 0: run(dense, y, taken, geometry, UInt8.min)
    default: throw unsupported(function, x.dtype)
    }
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      node.save(taken)
      try y.attach(node)
    }
    return (y, taken)
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let shape = node.inputShape(0)
    try pass.send(try PlaneScatter.apply(gradient, node.saved(0), shape), from: node, to: 0)
  }

  private static func run<E: Comparable & BitwiseCopyable>(
    _ x: Tensor, _ y: Tensor, _ taken: Tensor, _ geometry: PoolingGeometry, _ lowest: E,
    _ kernel: tk_pooling? = nil
  ) {
    let source = x.address.assumingMemoryBound(to: E.self)
    let target = y.address.assumingMemoryBound(to: E.self)
    let places = taken.shape[0] > 0 ? taken.address.assumingMemoryBound(to: Int32.self) : nil
    let (h, w) = (geometry.y, geometry.x)
    let elements = h.places &* w.places
    let planes = geometry.planes(x.shape)
    func run() {
      forEachPlane(planes, work: geometry.work) { plane in
        let image = source + plane &* h.size &* w.size
        let (out, place) = (target + plane &* elements, places.map { $0 + plane &* elements })
        let single = { (row: Int, column: Int) in
          let at = row &* w.places &+ column
          let (best, index) = largest(image, h.taps(row), h.dilation &* w.size, w.taps(column), w, lowest)
          out[at] = best
          place?[at] = index
        }
        guard let kernel else {
          for row in 0..<h.places { for column in 0..<w.places { single(row, column) } }
          return
        }
        geometry.forEach(
          block: { row, y, column, x, corner in
            let at = row &* w.places &+ column
            withUnsafePointer(to: y) { y in
              withUnsafePointer(to: x) { x in
                kernel.maximum(
                  y, x, image + corner, out + at, Int64(w.places), place.map { $0 + at }, Int64(corner))
              }
            }
          }, single: single)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  /// Of one window, and its place.
  @inline(__always)
  private static func largest<E: Comparable & BitwiseCopyable>(
    _ image: UnsafePointer<E>, _ rows: (first: Int, end: Int, coordinate: Int), _ rowStep: Int,
    _ columns: (first: Int, end: Int, coordinate: Int), _ w: PoolingGeometry.Axis, _ lowest: E
  ) -> (E, Int32) {
    var best = lowest
    var place = -1
    var line = rows.coordinate &* w.size
    for _ in rows.first..<rows.end {
      var at = line &+ columns.coordinate
      for _ in columns.first..<columns.end {
        let value = image[at]
        if value > best || value != value || place < 0 {  // NaN differs from itself
          best = value
          place = at
        }
        at &+= w.dilation
      }
      line &+= rowStep
    }
    return (best, Int32(truncatingIfNeeded: place))
  }
}
