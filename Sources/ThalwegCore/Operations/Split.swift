/// split and chunk: a tensor in parts along one dimension, views all of them. And stack, which undoes unbind.
extension Tensor {
  /// Parts of the given sizes, which add up to that of the dimension.
  public func split(_ sizes: [Int], dim: Int = 0) throws(ThalwegError) -> [Tensor] {
    let axis = try Dims.resolve(dim, rank: rank, in: "split")
    guard rank > 0 else { throw ThalwegError(.shape, "split: a scalar has no dimension to split") }
    var total = 0
    for size in sizes {
      total = size < 0 || total < 0 ? -1 : total.addingReportingOverflow(size).partialValue
    }
    guard total == shape[axis] else {
      throw ThalwegError(
        .invalidArgument,
        "split: the sizes \(sizes) must be none negative and add up to \(shape[axis]), dimension \(axis) of \(shape)"
      )
    }
    var parts: [Tensor] = []
    var start = 0
    for size in sizes {
      parts.append(try slice(axis, start, start + size))
      start += size
    }
    return parts
  }

  /// `count` parts of equal size but for a smaller last one, or fewer parts where the dimension is too small (as PyTorch).
  public func chunk(_ count: Int, dim: Int = 0) throws(ThalwegError) -> [Tensor] {
    let axis = try Dims.resolve(dim, rank: rank, in: "chunk")
    guard rank > 0 else { throw ThalwegError(.shape, "chunk: a scalar has no dimension to split") }
    guard count > 0 else {
      throw ThalwegError(.invalidArgument, "chunk: \(count) parts; there must be at least one")
    }
    let size = shape[axis]
    if size == 0 { return try split(Array(repeating: 0, count: count), dim: axis) }
    let each = size / count + (size % count > 0 ? 1 : 0)
    return try split(stride(from: 0, to: size, by: each).map { min(each, size - $0) }, dim: axis)
  }

  /// Tensors of one shape side by side along a new dimension.
  public static func stack(_ tensors: [Tensor], dim: Int = 0) throws(ThalwegError) -> Tensor {
    guard let first = tensors.first else {
      throw ThalwegError(.invalidArgument, "stack: no tensors were given; at least one is needed")
    }
    let axis = try Dims.resolve(dim, rank: first.rank + 1, in: "stack")
    var parts: [Tensor] = []
    for (i, tensor) in tensors.enumerated() {
      guard tensor.shape == first.shape else {
        throw ThalwegError(
          .shape,
          "stack: tensor \(i) has shape \(tensor.shape), tensor 0 \(first.shape); they must be equal")
      }
      parts.append(try tensor.unsqueeze(axis))
    }
    return try cat(parts, dim: axis)
  }
}
