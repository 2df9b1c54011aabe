/// pad(x, pads): x with room around it, filled with `value`.
/// Shape: dimension i grows by pads[i].before + pads[i].after.
/// Derivative: the part of g where x lies.
package enum Pad: Operation {
  package static let name: StaticString = "pad"

  /// - Parameter before: how much goes in front of each dimension.
  package static func apply(
    _ x: Tensor, before: Dims, to shape: Dims, _ value: Double
  ) throws(ThalwegError) -> Tensor {
    let y = try Tensor.full(shape, value, dtype: x.dtype)
    let target = try y.part(at: before, x.shape)
    StridedLoop.copy(
      x.shape, to: target.address, target.strides, from: x.address, x.strides, elementSize: x.dtype.size)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: before))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try gradient.part(at: node.attributes.dims, node.inputShape(0)), from: node, to: 0)
  }
}

/// What stands in the room that `pad` makes. Raw values are the C interface's `TW_PAD_CONSTANT` ... `TW_PAD_CIRCULAR`.
public enum PadMode: Int32, Sendable {
  case constant = 0
  /// The elements mirrored at the edge, which is not repeated.
  case reflect = 1
  /// The edge itself.
  case replicate = 2
  /// The elements from the other end.
  case circular = 3

  /// The element of `size` that stands at place i, counted from the first; places may lie outside.
  fileprivate func source(_ i: Int, _ size: Int) -> Int {
    switch self {
    case .reflect: i < 0 ? -i : i < size ? i : 2 * (size - 1) - i
    case .circular: i < 0 ? i + size : i < size ? i : i - size
    default: min(max(i, 0), size - 1)
    }
  }

  /// How far outside places may lie.
  fileprivate func reach(_ size: Int) -> Int {
    switch self {
    case .reflect: size - 1
    case .circular: size
    default: .max
    }
  }
}

extension Tensor {
  /// Room around the tensor, or (for negative numbers) less of it.
  /// - Parameter pads: for the last dimension what goes before and after it, then for the last but one, and so on.
  /// - Throws: `.shape` if a size became negative, or a mode has not enough elements to take.
  public func pad(
    _ pads: [Int], mode: PadMode = .constant, value: Double = 0
  ) throws(ThalwegError) -> Tensor {
    guard pads.count % 2 == 0, pads.count / 2 <= rank else {
      throw ThalwegError(
        .invalidArgument,
        "pad: \(pads.count) numbers for shape \(shape); two a dimension, from the last one, are needed")
    }
    var x = self
    var before = Dims(repeating: 0, count: rank)
    var padded = shape
    for i in 0..<(pads.count / 2) {
      let (dim, first, last) = (rank - 1 - i, pads[2 * i], pads[2 * i + 1])
      let size = shape[dim]
      let sane = -(Int.max >> 2)...(Int.max >> 2)
      guard sane.contains(first), sane.contains(last), size + first + last >= 0 else {
        throw ThalwegError(
          .shape, "pad: \(first) and \(last) do not fit dimension \(dim) of shape \(shape)")
      }
      if mode == .constant || mode == .circular {
        // Cropping first leaves only room to be made.
        x = try x.slice(dim, max(0, -first), max(max(0, -first), size + min(0, last)))
        before[dim] = max(0, min(first, size + first + last))
        padded[dim] = size + first + last
      }
      if mode == .circular {
        x = try x.extended(dim, max(0, first), max(0, last), mode)
      } else if mode != .constant {
        x = try x.extended(dim, first, last, mode)
      }
    }
    if mode != .constant { return x === self ? try clone() : x }
    return try Pad.apply(x, before: before, to: padded, value)
  }

  private func extended(
    _ dim: Int, _ first: Int, _ last: Int, _ mode: PadMode
  ) throws(ThalwegError) -> Tensor {
    let size = shape[dim]
    if first == 0 && last == 0 { return self }
    guard size > 0, max(first, last) <= mode.reach(size) else {
      throw ThalwegError(
        .shape,
        "pad: \(first) and \(last) elements around dimension \(dim) of shape \(shape) are more than mode \(mode) can take from it"
      )
    }
    let places = try Recording.outside { () throws(ThalwegError) in
      let places = try Tensor.make([size + first + last], .int64, for: "pad")
      let place = places.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<places.numel { place[i] = Int64(mode.source(i - first, size)) }
      return places
    }
    return try indexSelect(dim, places)
  }

  /// The part of a given shape that begins at a given index of each dimension. A view.
  fileprivate func part(at start: Dims, _ shape: Dims) throws(ThalwegError) -> Tensor {
    var result = self
    for i in start.indices { result = try result.slice(i, start[i], start[i] + shape[i]) }
    return result
  }
}
