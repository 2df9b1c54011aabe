// Tangents of reductions, and of what runs or chooses along a dimension.

/// A reduction in which every element of the input has a part in one element of the result only. Its node's `dims` are the
/// result's shape with the dimensions kept.
package protocol SlopedReduction: Operation {}

extension SlopedReduction {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    try slopesAsForward(node, tangents, output, kept: node.attributes.dims)
  }
}

extension Variance: SlopedReduction {}
extension StandardDeviation: SlopedReduction {}
extension Norm: SlopedReduction {}
extension LogSumExp: SlopedReduction {}

extension ExtremumAlong {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0], tangent.rank > 0 else { return tangents[0] }
    let chosen = try tangent.gather(node.attributes.extra[0], node.saved(0))
    return try chosen.reshape(output.shape)
  }
}

extension CrossEntropy {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    try slopesAsForward(node, tangents, output, kept: [output.shape[0], 1])
  }
}

extension ConnectionistTemporal {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    try slopesAsForward(node, tangents, output, kept: [1, output.shape[0], 1])
  }
}

extension CumulativeSum {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, node.attributes.index, reversed: node.attributes.flag)
  }
}

extension ValueOf {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { tangents[0] }
}

extension IndexAccumulate {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let places = Places(starts: try node.saved(0), block: node.attributes.index, shape: tangent.shape)
    return try apply(tangent, places, output.shape)
  }
}

extension IndexPut {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let places = Places(
      starts: try node.saved(0), block: node.attributes.index, shape: node.inputShape(1))
    let zero = try Tensor.scalar(0, dtype: output.dtype)
    let (whole, parts) = (try zero.expand(output.shape), try zero.expand(places.shape))
    return try apply(tangents[0] ?? whole, places, tangents[1] ?? parts)
  }
}

extension Fourier {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, inverse: node.attributes.flag)
  }
}

extension Pad {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, before: node.attributes.dims, to: output.shape, 0)
  }
}
