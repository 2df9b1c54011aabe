/// The gradient of max_pool2d for its input: zeros, to which each element of g is added at the place in its plane that the
/// window took; -1 is no place.
/// Derivative: `PlaneGather`.
package enum PlaneScatter: Operation {
  package static let name: StaticString = "max_pool2d_input"

  package static func apply(
    _ gradient: Tensor, _ places: Tensor, _ shape: Dims
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, gradient.dtype, for: name)
    result.write(0)
    let dense = try noGrad { () throws(ThalwegError) in try gradient.contiguous() }
    if gradient.dtype == .float64 {
      run(dense, places, result, Double.self)
    } else {
      run(dense, places, result, Float.self)
    }
    if Node.records(gradient) {
      let node = Node(Self.self)
      try node.connect(gradient)
      node.save(places)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try PlaneGather.apply(gradient, node.saved(0)), from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ gradient: Tensor, _ places: Tensor, _ result: Tensor, _: E.Type
  ) {
    let (size, elements) = planeSizes(result.shape, places.shape)
    let source = gradient.data.assumingMemoryBound(to: E.self)
    let place = places.data.assumingMemoryBound(to: Int32.self)
    let target = result.data.assumingMemoryBound(to: E.self)
    forEachPlane(PoolingGeometry.planes(places.shape), elements: elements) { plane in
      let image = target + plane &* size
      for i in (plane &* elements)..<((plane &+ 1) &* elements) where place[i] >= 0 {
        image[Int(place[i])] += source[i]
      }
    }
  }
}

/// The elements of x at the places in their planes that a max_pool2d took; 0 where that is -1.
/// Derivative: `PlaneScatter`.
package enum PlaneGather: Operation {
  package static let name: StaticString = "max_pool2d_gather"

  package static func apply(_ x: Tensor, _ places: Tensor) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(places.shape, x.dtype, for: name)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    if x.dtype == .float64 {
      run(dense, places, result, Double.self)
    } else {
      run(dense, places, result, Float.self)
    }
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      node.save(places)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let scattered = try PlaneScatter.apply(gradient, node.saved(0), node.edge(0).shape)
    try pass.send(scattered, from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ places: Tensor, _ result: Tensor, _: E.Type
  ) {
    let (size, elements) = planeSizes(x.shape, places.shape)
    let source = x.data.assumingMemoryBound(to: E.self)
    let place = places.data.assumingMemoryBound(to: Int32.self)
    let target = result.data.assumingMemoryBound(to: E.self)
    forEachPlane(PoolingGeometry.planes(places.shape), elements: elements) { plane in
      let image = source + plane &* size
      for i in (plane &* elements)..<((plane &+ 1) &* elements) {
        target[i] = place[i] < 0 ? 0 : image[Int(place[i])]
      }
    }
  }
}

/// Pixels of a plane before and after pooling.
private func planeSizes(_ before: Dims, _ after: Dims) -> (Int, Int) {
  (Dims(before.suffix(2)).product, Dims(after.suffix(2)).product)
}
