// Poolings of images [N, C, H, W] or [C, H, W], and of sequences [N, C, L] or [C, L]. Kernels, strides, paddings and
// dilations are one number, or for images one for height and one for width. All throw `.shape`, `.dtype` or
// `.invalidArgument` for what does not fit, and `.outOfMemory`.

extension Tensor {
  // MARK: - The largest

  /// The largest element of each window.
  /// - Parameters:
  ///   - stride: nothing stands for the kernel.
  ///   - padding: of -∞, at most half of the kernel.
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  public func maxPool1d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try maxPool(
      kernel, stride, padding, dilation, ceilMode, isLine: true, withPlaces: false, in: "max_pool1d"
    )
    .values
  }

  /// See `maxPool1d`.
  public func maxPool2d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try maxPool(
      kernel, stride, padding, dilation, ceilMode, isLine: false, withPlaces: false, in: "max_pool2d"
    )
    .values
  }

  /// As `maxPool1d`; with the places of the elements in their sequences, int64.
  public func maxPool1dWithIndices(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try indexed(maxPool(kernel, stride, padding, dilation, ceilMode, isLine: true, in: "max_pool1d"))
  }

  /// As `maxPool2d`; with the places of the elements in their images, row-major, int64.
  public func maxPool2dWithIndices(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try indexed(maxPool(kernel, stride, padding, dilation, ceilMode, isLine: false, in: "max_pool2d"))
  }

  /// The largest element of each of `places` windows that cover the sequence, which are of about equal size.
  public func adaptiveMaxPool1d(_ places: Dims) throws(ThalwegError) -> Tensor {
    try adaptiveMaxPool(places, isLine: true, in: "adaptive_max_pool1d").values
  }

  /// The same in two directions. -1: as many as there are pixels.
  public func adaptiveMaxPool2d(_ places: Dims) throws(ThalwegError) -> Tensor {
    try adaptiveMaxPool(places, isLine: false, in: "adaptive_max_pool2d").values
  }

  /// As `adaptiveMaxPool1d`; with the places of the elements in their sequences, int64.
  public func adaptiveMaxPool1dWithIndices(
    _ places: Dims
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try indexed(adaptiveMaxPool(places, isLine: true, in: "adaptive_max_pool1d"))
  }

  /// As `adaptiveMaxPool2d`; with the places of the elements in their images, row-major, int64.
  public func adaptiveMaxPool2dWithIndices(
    _ places: Dims
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    try indexed(adaptiveMaxPool(places, isLine: false, in: "adaptive_max_pool2d"))
  }

  private func maxPool(
    _ kernel: Dims, _ stride: Dims, _ padding: Dims, _ dilation: Dims, _ ceilMode: Bool, isLine: Bool,
    withPlaces: Bool = true, in function: StaticString
  ) throws(ThalwegError) -> (values: Tensor, places: Tensor) {
    let geometry = try PoolingGeometry(
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode, shape: shape,
      isLine: isLine, in: function)
    return try MaxPool.apply(self, geometry, withPlaces: withPlaces, in: function)
  }

  private func adaptiveMaxPool(
    _ places: Dims, isLine: Bool, in function: StaticString
  ) throws(ThalwegError) -> (values: Tensor, places: Tensor) {
    let geometry = try PoolingGeometry(places: places, shape: shape, isLine: isLine, in: function)
    return try MaxPool.apply(self, geometry, in: function)
  }

  private func indexed(
    _ pooled: (values: Tensor, places: Tensor)
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    (pooled.values, try pooled.places.reshape(pooled.values.shape).to(.int64))
  }

  // MARK: - The average

  /// The average of each window.
  /// - Parameters:
  ///   - stride: nothing stands for the kernel.
  ///   - padding: at most half of the kernel.
  ///   - ceilMode: count a window also where it reaches over the far edge, if it begins inside.
  ///   - countsPadding: whether places in the padding count, as zeros.
  ///   - divisor: what the sums are divided by, instead of their counts.
  public func avgPool2d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) -> Tensor {
    try averagePool(
      kernel, stride, padding, ceilMode, countsPadding, divisor, isLine: false, in: "avg_pool2d")
  }

  /// See `avgPool2d`.
  public func avgPool1d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true
  ) throws(ThalwegError) -> Tensor {
    try averagePool(kernel, stride, padding, ceilMode, countsPadding, nil, isLine: true, in: "avg_pool1d")
  }

  /// The average of each of `places` windows that cover the sequence, which are of about equal size.
  public func adaptiveAvgPool1d(_ places: Dims) throws(ThalwegError) -> Tensor {
    try adaptiveAveragePool(places, isLine: true, in: "adaptive_avg_pool1d")
  }

  /// The same in two directions. -1: as many as there are pixels.
  public func adaptiveAvgPool2d(_ places: Dims) throws(ThalwegError) -> Tensor {
    try adaptiveAveragePool(places, isLine: false, in: "adaptive_avg_pool2d")
  }

  func averagePool(
    _ kernel: Dims, _ stride: Dims, _ padding: Dims, _ ceilMode: Bool, _ countsPadding: Bool,
    _ divisor: Int?, isLine: Bool, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let geometry = try PoolingGeometry(
      kernel: kernel, stride: stride, padding: padding, dilation: [1], ceilMode: ceilMode, shape: shape,
      isLine: isLine, in: function)
    guard divisor != 0 else {
      throw ThalwegError(
        .invalidArgument, "\(function): divisor_override is 0; leave it out or give another number")
    }
    let window = AveragePool.Window(
      geometry: geometry, countsPadding: countsPadding, divisor: divisor ?? 0)
    return try AveragePool.apply(self, window, in: function)
  }

  func adaptiveAveragePool(
    _ places: Dims, isLine: Bool, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let geometry = try PoolingGeometry(places: places, shape: shape, isLine: isLine, in: function)
    if dtype.isFloat, geometry.y.places == 1, geometry.x.places == 1 {
      return try mean(isLine ? [-1] : [-2, -1], keepDim: true)
    }
    let window = AveragePool.Window(geometry: geometry, countsPadding: false, divisor: 0)
    return try AveragePool.apply(self, window, in: function)
  }
}
