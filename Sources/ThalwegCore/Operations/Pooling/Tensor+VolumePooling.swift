// Poolings of volumes [N, C, D, H, W] or [C, D, H, W]: of each slice, and then of the slices under each window. That
// takes the same element for the largest, and the same divisor for the average, as one window of three dimensions:
// windows are the same in all slices. Derivatives: by way of these two.

extension Tensor {
  // MARK: - The largest

  /// See `maxPool1d`; numbers are one, or one for depth, one for height and one for width.
  public func maxPool3d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try maxPool(kernel, stride, padding, dilation, ceilMode, withIndices: false).values
  }

  /// As `maxPool3d`; with the places of the elements in their volumes, row-major, int64.
  public func maxPool3dWithIndices(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let (values, indices) = try maxPool(kernel, stride, padding, dilation, ceilMode, withIndices: true)
    return (values, indices ?? values)
  }

  /// The largest element of each of `places` windows, of about equal size, that cover a volume. -1: as many as voxels.
  public func adaptiveMaxPool3d(_ places: Dims) throws(ThalwegError) -> Tensor {
    try adaptiveMaxPool(places, withIndices: false).values
  }

  /// As `adaptiveMaxPool3d`; with the places of the elements in their volumes, row-major, int64.
  public func adaptiveMaxPool3dWithIndices(
    _ places: Dims
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let (values, indices) = try adaptiveMaxPool(places, withIndices: true)
    return (values, indices ?? values)
  }

  private func maxPool(
    _ kernel: Dims, _ stride: Dims, _ padding: Dims, _ dilation: Dims, _ ceilMode: Bool, withIndices: Bool
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor?) {
    let name: StaticString = "max_pool3d"
    let window = try VolumeWindow(kernel, stride, padding, dilation, ceilMode, name)
    return try largest(name, withIndices) { x, isDeep throws(ThalwegError) in
      try PoolingGeometry(window, isDeep: isDeep, shape: x.shape, in: name)
    }
  }

  private func adaptiveMaxPool(
    _ places: Dims, withIndices: Bool
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor?) {
    let name: StaticString = "adaptive_max_pool3d"
    let sizes = try adaptiveSizes(places, name)
    return try largest(name, withIndices) { x, isDeep throws(ThalwegError) in
      try PoolingGeometry(
        places: isDeep ? [sizes[0], -1] : [sizes[1], sizes[2]], shape: x.shape, isLine: false, in: name)
    }
  }

  /// - Parameter geometry: of the windows over slices, or over the depth.
  private func largest(
    _ name: StaticString, _ withIndices: Bool,
    _ geometry: (_ x: Tensor, _ isDeep: Bool) throws(ThalwegError) -> PoolingGeometry
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor?) {
    let slices = try asSlices(name)
    let (flat, flatPlaces) = try MaxPool.apply(slices, geometry(slices, false), in: name)
    let columns = try asColumns(flat)
    let (deep, deepPlaces) = try MaxPool.apply(columns, geometry(columns, true), in: name)
    let values = try asVolumes(deep, flat)
    if !withIndices { return (values, nil) }
    let indices = try noGrad { () throws(ThalwegError) in
      let (volumes, width) = (columns.shape[0], columns.shape[2])
      let place = try deepPlaces.reshape([volumes, -1]).to(.int64)
      let slice = try place.divide(Tensor.scalar(Double(width), dtype: .int64), .floor)
      // A window that saw nothing has place -1.
      let inSlice = try flatPlaces.reshape([volumes, -1]).gather(1, place.clamp(min: 0)).to(.int64)
      return try (inSlice + slice * Double(shape[rank - 2] * shape[rank - 1])).reshape(values.shape)
    }
    return (values, indices)
  }

  // MARK: - The average

  /// See `avgPool2d`; numbers are one, or one for depth, one for height and one for width. Floats, and int64, of which sums
  /// wrap and quotients are truncated.
  public func avgPool3d(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "avg_pool3d"
    guard divisor != 0 else {
      throw ThalwegError(
        .invalidArgument, "\(name): divisor_override is 0; leave it out or give another number")
    }
    guard dtype.isFloat || dtype == .int64 else { throw unsupported(name, dtype) }
    let window = try VolumeWindow(kernel, stride, padding, [1], ceilMode, name)
    if dtype == .int64, let divisors = try divisors(window, countsPadding, divisor, name) {
      return try avgPool3d(kernel, stride: stride, padding: padding, ceilMode: ceilMode, divisor: 1).divide(
        divisors, .truncate)
    }
    func pool(_ x: Tensor, isDeep: Bool, _ divisor: Int) throws(ThalwegError) -> Tensor {
      let geometry = try PoolingGeometry(window, isDeep: isDeep, shape: x.shape, in: name)
      return try AveragePool.apply(
        x, AveragePool.Window(geometry: geometry, countsPadding: countsPadding, divisor: divisor), in: name)
    }
    let flat = try pool(asSlices(name), isDeep: false, divisor == nil ? 0 : 1)
    return try asVolumes(pool(asColumns(flat), isDeep: true, divisor ?? 0), flat)
  }

  /// What the sums of windows are divided by; nil for 1.
  private func divisors(
    _ window: VolumeWindow, _ countsPadding: Bool, _ divisor: Int?, _ name: StaticString
  ) throws(ThalwegError) -> Tensor? {
    if let divisor { return divisor == 1 ? nil : try Tensor.scalar(Double(divisor), dtype: .int64) }
    let ones = try Tensor.ones(Dims([1, 1] + Array(shape.suffix(3))), dtype: .float64)
    func pool(_ divisor: Int?) throws(ThalwegError) -> Tensor {
      try ones.avgPool3d(
        window.kernel, stride: window.stride, padding: window.padding, ceilMode: window.ceilMode,
        countsPadding: countsPadding, divisor: divisor)
    }
    return try (pool(1) / pool(nil)).round().to(.int64).squeeze([0, 1])
  }

  /// The average of each of `places` windows, of about equal size, that cover a volume. -1: as many as voxels.
  public func adaptiveAvgPool3d(_ places: Dims) throws(ThalwegError) -> Tensor {
    let name: StaticString = "adaptive_avg_pool3d"
    let sizes = try adaptiveSizes(places, name)
    let slices = try asSlices(name)
    if dtype.isFloat, sizes == [1, 1, 1] { return try mean([-3, -2, -1], keepDim: true) }
    let flat = try slices.adaptiveAveragePool([sizes[1], sizes[2]], isLine: false, in: name)
    return try asVolumes(
      asColumns(flat).adaptiveAveragePool([sizes[0], -1], isLine: false, in: name), flat)
  }

  // MARK: - Shapes

  /// [volumes * D, H, W], checked.
  private func asSlices(_ name: StaticString) throws(ThalwegError) -> Tensor {
    guard rank == 4 || rank == 5 else {
      throw ThalwegError(
        .shape,
        "\(name): the input has shape \(shape); it must be [N, C, D, H, W], or [C, D, H, W] for one volume")
    }
    for size in shape[(rank - 3)...] where size == 0 {
      throw ThalwegError(.shape, "\(name): the input has shape \(shape); its windows would see nothing")
    }
    return try reshape([Dims(shape.dropLast(2)).product, shape[rank - 2], shape[rank - 1]])
  }

  /// Pooled slices [volumes * D, H', W'] as [volumes, D, H' W'].
  private func asColumns(_ flat: Tensor) throws(ThalwegError) -> Tensor {
    try flat.reshape(
      [Dims(shape.dropLast(3)).product, shape[rank - 3], flat.shape[1] * flat.shape[2]])
  }

  /// [volumes, D', H' W'] with this tensor's first dimensions.
  private func asVolumes(_ deep: Tensor, _ flat: Tensor) throws(ThalwegError) -> Tensor {
    try deep.reshape(Dims(Array(shape.dropLast(3)) + [deep.shape[1], flat.shape[1], flat.shape[2]]))
  }

  private func adaptiveSizes(_ places: Dims, _ name: StaticString) throws(ThalwegError) -> Dims {
    let sizes = try windowNumbers(places, "output_size", atLeast: -1, directions: 3, in: name)
    guard !sizes.contains(0) else {
      throw ThalwegError(
        .invalidArgument, "\(name): output_size is \(places); each entry must be at least 1, or -1")
    }
    return sizes
  }
}

/// A window's numbers, three each.
private struct VolumeWindow {
  let kernel, stride, padding, dilation: Dims
  let ceilMode: Bool

  init(
    _ kernel: Dims, _ stride: Dims, _ padding: Dims, _ dilation: Dims, _ ceilMode: Bool, _ name: StaticString
  ) throws(ThalwegError) {
    func numbers(_ value: Dims, _ what: StaticString, _ least: Int) throws(ThalwegError) -> Dims {
      try windowNumbers(value, what, atLeast: least, directions: 3, in: name)
    }
    self.kernel = try numbers(kernel, "kernel_size", 1)
    self.stride = try numbers(stride.isEmpty ? kernel : stride, "stride", 1)
    self.padding = try numbers(padding, "padding", 0)
    self.dilation = try numbers(dilation, "dilation", 1)
    self.ceilMode = ceilMode
  }
}

extension PoolingGeometry {
  /// Of a window over slices, or over the depth of columns [volumes, D, places].
  fileprivate init(
    _ window: VolumeWindow, isDeep: Bool, shape: Dims, in name: StaticString
  ) throws(ThalwegError) {
    func part(_ numbers: Dims, _ other: Int) -> Dims {
      isDeep ? [numbers[0], other] : [numbers[1], numbers[2]]
    }
    try self.init(
      kernel: part(window.kernel, 1), stride: part(window.stride, 1), padding: part(window.padding, 0),
      dilation: part(window.dilation, 1), ceilMode: window.ceilMode, shape: shape, isLine: false, in: name)
  }
}
