/// The gradient of a max pooling for its input: zeros, to which each element of g is added at the place in its plane that
/// the window took, of `places` [planes, windows]; -1 is no place.
/// Derivative: `PlaneGather`.
package enum PlaneScatter: Operation {
  package static let name: StaticString = "max_pool_input"

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
    try pass.send(try PlaneGather.apply(gradient, node.saved(0), node.inputShape(0)), from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ gradient: Tensor, _ places: Tensor, _ result: Tensor, _: E.Type
  ) {
    let (planes, elements) = (places.shape[0], places.shape[1])
    if planes == 0 { return }
    let size = result.numel / planes
    let source = gradient.address.assumingMemoryBound(to: E.self)
    let place = places.address.assumingMemoryBound(to: Int32.self)
    let target = result.address.assumingMemoryBound(to: E.self)
    func run() {
      forEachPlane(planes, work: elements) { plane in
        let image = target + plane &* size
        for i in (plane &* elements)..<((plane &+ 1) &* elements) where place[i] >= 0 {
          image[Int(place[i])] += source[i]
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }
}

/// The elements of x at the places in their planes that a max pooling took, in the shape of its result; 0 where the place
/// is -1.
/// Derivative: `PlaneScatter`.
package enum PlaneGather: Operation {
  package static let name: StaticString = "max_pool_gather"

  package static func apply(
    _ x: Tensor, _ places: Tensor, _ shape: Dims
  ) throws(ThalwegError) -> Tensor {
    let result = try Tensor.make(shape, x.dtype, for: name)
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
    let scattered = try PlaneScatter.apply(gradient, node.saved(0), node.inputShape(0))
    try pass.send(scattered, from: node, to: 0)
  }

  private static func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ places: Tensor, _ result: Tensor, _: E.Type
  ) {
    let (planes, elements) = (places.shape[0], places.shape[1])
    if planes == 0 { return }
    let size = x.numel / planes
    let source = x.address.assumingMemoryBound(to: E.self)
    let place = places.address.assumingMemoryBound(to: Int32.self)
    let target = result.address.assumingMemoryBound(to: E.self)
    func run() {
      forEachPlane(planes, work: elements) { plane in
        let image = source + plane &* size
        for i in (plane &* elements)..<((plane &+ 1) &* elements) {
          target[i] = place[i] < 0 ? 0 : image[Int(place[i])]
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }
}
