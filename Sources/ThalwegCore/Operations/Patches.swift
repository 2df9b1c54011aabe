/// How windows lie over an image [H, W]; one number for each direction.
public struct PatchGeometry: Sendable {
  let kernel, dilation, padding, stride: Dims

  /// - Throws: `.invalidArgument` unless there are two numbers of each, positive ones, but for the padding, which may be 0.
  public init(
    kernel: Dims, dilation: Dims = [1, 1], padding: Dims = [0, 0], stride: Dims = [1, 1],
    in function: StaticString
  ) throws(ThalwegError) {
    let limit = 1 << 31
    for (numbers, least) in [(kernel, 1), (dilation, 1), (padding, 0), (stride, 1)] {
      guard numbers.count == 2, numbers.allSatisfy({ $0 >= least && $0 < limit }) else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): kernel \(kernel), dilation \(dilation), padding \(padding), stride \(stride); two positive numbers of each are needed (padding may be 0)"
        )
      }
    }
    (self.kernel, self.dilation, self.padding, self.stride) = (kernel, dilation, padding, stride)
  }

  /// How many windows there are along each direction of an image.
  func places(_ height: Int, _ width: Int, in function: StaticString) throws(ThalwegError) -> Dims {
    var result = Dims()
    for (i, size) in [height, width].enumerated() {
      let room = size + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1
      guard size >= 0, size < 1 << 40, room >= 0 else {
        throw ThalwegError(
          .shape,
          "\(function): no window of \(kernel), dilated by \(dilation), fits an image [\(height), \(width)] padded by \(padding)"
        )
      }
      result.append(room / stride[i] + 1)
    }
    return result
  }

  /// The coordinate, in the padded image, of tap i of window p: taps first.
  fileprivate func coordinates(_ direction: Int, _ count: Int) throws(ThalwegError) -> Tensor {
    let taps = kernel[direction]
    return try Recording.outside { () throws(ThalwegError) in
      let result = try Tensor.make([taps, count], .int64, for: "unfold")
      let place = result.data.assumingMemoryBound(to: Int64.self)
      for i in 0..<taps {
        for p in 0..<count {
          place[i &* count &+ p] = Int64(p &* stride[direction] &+ i &* dilation[direction])
        }
      }
      return try result.reshape([-1])
    }
  }
}

/// unfold: the windows of images as columns [N, C kh kw, L]; fold: its counterpart, which adds them up where they overlap.
/// Compositions of `index_select` and `index_add`; derivatives by way of these.
extension Tensor {
  /// Windows of images [N, C, H, W] or [C, H, W].
  public func unfoldPatches(_ geometry: PatchGeometry) throws(ThalwegError) -> Tensor {
    guard rank == 3 || rank == 4 else {
      throw ThalwegError(.shape, "unfold: an input of shape \(shape); [N, C, H, W] or [C, H, W] is needed")
    }
    if rank == 3 { return try unsqueeze(0).unfoldPatches(geometry).squeeze([0]) }
    let count = try geometry.places(shape[2], shape[3], in: "unfold")
    let (kernel, padding) = (geometry.kernel, geometry.padding)
    let full = Dims([shape[0], shape[1], kernel[0], count[0], kernel[1], count[1]])
    _ = try full.checkedElementCount(of: dtype, in: "unfold")
    var x = self
    if padding != [0, 0] { x = try x.pad([padding[1], padding[1], padding[0], padding[0]]) }
    x = try x.indexSelect(2, geometry.coordinates(0, count[0]))
      .indexSelect(3, geometry.coordinates(1, count[1]))
    return try x.reshape(full).permute([0, 1, 2, 4, 3, 5])
      .reshape([shape[0], shape[1] * kernel[0] * kernel[1], count[0] * count[1]])
  }

  /// Images [N, C, height, width], or [C, height, width], from windows [N, C kh kw, L] or [C kh kw, L].
  public func foldPatches(
    _ height: Int, _ width: Int, _ geometry: PatchGeometry
  ) throws(ThalwegError) -> Tensor {
    if rank == 2 { return try unsqueeze(0).foldPatches(height, width, geometry).squeeze([0]) }
    let count = try geometry.places(height, width, in: "fold")
    let (kernel, padding) = (geometry.kernel, geometry.padding)
    let (area, overflow) = kernel[0].multipliedReportingOverflow(by: kernel[1])
    guard rank == 3, !overflow, shape[1] % area == 0,
      count[0].multipliedReportingOverflow(by: count[1]).0 == shape[2]
    else {
      throw ThalwegError(
        .shape,
        "fold: an input of shape \(shape) with a kernel \(kernel) for [\(height), \(width)]; [N, C x \(area), \(count[0]) x \(count[1])] is needed"
      )
    }
    let channels = shape[1] / area
    let x = try reshape([shape[0], channels, kernel[0], kernel[1], count[0], count[1]])
      .permute([0, 1, 2, 4, 3, 5])
      .reshape([shape[0], channels, kernel[0] * count[0], kernel[1] * count[1]])
    let (tall, wide) = (height + 2 * padding[0], width + 2 * padding[1])
    let rows = try Tensor.zeros([shape[0], channels, tall, x.shape[3]], dtype: dtype)
      .indexAdd(2, geometry.coordinates(0, count[0]), x)
    let image = try Tensor.zeros([shape[0], channels, tall, wide], dtype: dtype)
      .indexAdd(3, geometry.coordinates(1, count[1]), rows)
    return try image.slice(2, padding[0], padding[0] + height).slice(3, padding[1], padding[1] + width)
      .contiguous()
  }
}
