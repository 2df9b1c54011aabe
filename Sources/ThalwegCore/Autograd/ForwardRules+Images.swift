// Tangents of the operations on images.

extension Convolution {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, weight, nil, geometry) }
    if tangents.count > 1, let tangent = tangents[1] { sum = try add(sum, apply(x, tangent, nil, geometry)) }
    if tangents.count > 2, let tangent = tangents[2] {
      var line = Dims(repeating: 1, count: output.shape.count)
      line[1] = tangent.shape[0]
      sum = try add(sum, tangent.reshape(line))
    }
    return try sum?.expand(output.shape)
  }
}

extension ConvolutionInput {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (gradient, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, weight, nil, output.shape, geometry) }
    if let tangent = tangents[1] {
      sum = try add(sum, apply(gradient, tangent, nil, output.shape, geometry))
    }
    if node.inputCount > 2, let tangent = tangents[2] {
      var line = Dims(repeating: 1, count: output.shape.count)
      line[1] = tangent.shape[0]
      sum = try add(sum, tangent.reshape(line))
    }
    return try sum?.expand(output.shape)
  }
}

extension TransposedConvolution {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try ConvolutionInput.forward(node, tangents, output) }
}

extension ConvolutionWeight {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (x, gradient) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, gradient, output.shape, geometry) }
    if let tangent = tangents[1] { sum = try add(sum, apply(x, tangent, output.shape, geometry)) }
    return sum
  }
}

extension MaxPool {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try PlaneGather.apply(tangent, node.saved(0), output.shape)
  }
}

extension PlaneGather {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, node.saved(0), output.shape)
  }
}

extension PlaneScatter {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, node.saved(0), output.shape)
  }
}
