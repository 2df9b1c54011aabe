import CKernels

/// fractional_max_pool(x): the largest element of each of a given number of windows of one size, which begin at places that
/// random numbers choose, about evenly apart (Graham 2014, "Fractional max-pooling"; the sequence is PyTorch's: window i
/// begins at ⌊(i + u) α⌋ - ⌊u α⌋ with α = (size - kernel) / (windows - 1), the last one at the end).
/// Shape: [N, C, H, W] to [N, C, H', W'], or with a depth in front of the height, or both without N. Floats.
/// Derivative: g to the element that was taken (`PlaneGather`).
extension Tensor {
  /// - Parameters:
  ///   - kernel: height and width, or depth, height and width; as well `outputSize`.
  ///   - samples: u, from 0 to 1, for each plane and direction: [N, C, 2], first of the width, then of the height; or of
  ///     depth, height and width [N, C, 3] (PyTorch's orders). Drawn from `generator` if nil.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func fractionalMaxPool(
    _ kernel: Dims, outputSize: Dims, samples: Tensor? = nil, generator: Generator = .default
  ) throws(ThalwegError) -> (values: Tensor, indices: Tensor) {
    let name: StaticString = "fractional_max_pool"
    let directions = kernel.count
    guard dtype.isFloat else { throw unsupported(name, dtype) }
    guard directions == 2 || directions == 3, outputSize.count == directions,
      rank == directions + 1 || rank == directions + 2
    else {
      throw ThalwegError(
        .shape,
        "\(name): kernel \(kernel) and output_size \(outputSize) for input \(shape); they need two entries for images, three for volumes"
      )
    }
    let sizes = Dims(shape.suffix(directions))
    for i in 0..<directions {
      let (room, overflow) = kernel[i].addingReportingOverflow(outputSize[i])
      guard kernel[i] >= 1, outputSize[i] >= 1, !overflow, room - 1 <= sizes[i] else {
        throw ThalwegError(
          .shape,
          "\(name): \(outputSize) windows of \(kernel) do not fit input \(shape); windows + kernel - 1 must not be more than the size"
        )
      }
    }
    guard sizes.product <= Int(Int32.max) else {
      throw ThalwegError(.shape, "\(name): input \(shape) has planes of more than \(Int32.max) elements")
    }
    let planes = Dims(shape.dropLast(directions)).product
    let drawn =
      if let samples { samples } else { try Tensor.rand([planes, directions], generator: generator) }
    let unit = try drawn.to(dtype).detach()
    guard unit.rank >= 1, unit.shape[unit.rank - 1] == directions, unit.numel >= planes * directions else {
      throw ThalwegError(
        .shape,
        "\(name): samples of shape \(unit.shape) for input \(shape); they must be [N, C, \(directions)]")
    }
    let places = try Tensor.make([planes, outputSize.product], .int32, for: name)
    let (dense, own) = try noGrad { () throws(ThalwegError) in
      (try contiguous(), try unit.clone().contiguous())
    }
    let window = Window(sizes, kernel, outputSize)
    let isRight =
      dtype == .float64
      ? window.find(dense, own, places, Double.self) : window.find(dense, own, places, Float.self)
    guard isRight else {
      throw ThalwegError(.invalidArgument, "\(name): a sample is not from 0 to 1")
    }
    let result = Dims(Array(shape.dropLast(directions)) + Array(outputSize))
    return (try PlaneGather.apply(self, places, result), try places.to(.int64).reshape(result))
  }
}

/// Depth, height and width; the depth of an image is 1.
private struct Window {
  let sizes, kernel, counts: [Int]
  let isFlat: Bool

  init(_ sizes: Dims, _ kernel: Dims, _ counts: Dims) {
    isFlat = sizes.count == 2
    let front = isFlat ? [1] : []
    (self.sizes, self.kernel, self.counts) = (front + sizes, front + kernel, front + counts)
  }

  /// Writes the places of the largest elements. False if a sample is out of range.
  func find<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ x: Tensor, _ samples: Tensor, _ places: Tensor, _: E.Type
  ) -> Bool {
    let source = x.data.assumingMemoryBound(to: E.self)
    let unit = samples.data.assumingMemoryBound(to: E.self)
    let place = places.data.assumingMemoryBound(to: Int32.self)
    for i in 0..<samples.numel where !(unit[i] >= 0 && unit[i] <= 1) { return false }
    let (size, windows) = (sizes[0] &* sizes[1] &* sizes[2], counts[0] &* counts[1] &* counts[2])
    forEachPlane(places.shape[0], work: windows &* kernel[0] &* kernel[1] &* kernel[2]) { plane in
      let u = unit + plane &* (isFlat ? 2 : 3)
      let depths = isFlat ? [0] : starts(0, u[0])
      let (rows, columns) = (starts(1, u[1]), starts(2, isFlat ? u[0] : u[2]))
      var next = place + plane &* windows
      for depth in depths {
        for row in rows {
          for column in columns {
            next.pointee = largest(source + plane &* size, depth, row, column)
            next += 1
          }
        }
      }
    }
    return true
  }

  private func starts<E: BinaryFloatingPoint>(_ axis: Int, _ sample: E) -> [Int] {
    let (room, count) = (sizes[axis] &- kernel[axis], counts[axis])
    let step = count > 1 ? E(room) / E(count &- 1) : 0
    let shift = Int(sample * step)
    return (0..<count).map { i in
      i == count &- 1 ? room : min(room, max(0, Int((E(i) + sample) * step) &- shift))
    }
  }

  /// The first of the largest elements; the last NaN.
  private func largest<E: BinaryFloatingPoint>(
    _ volume: UnsafePointer<E>, _ depth: Int, _ row: Int, _ column: Int
  ) -> Int32 {
    var best = -E.infinity
    var found = (depth &* sizes[1] &+ row) &* sizes[2] &+ column
    for i in 0..<kernel[0] {
      for j in 0..<kernel[1] {
        let line = ((depth &+ i) &* sizes[1] &+ row &+ j) &* sizes[2] &+ column
        for k in 0..<kernel[2] {
          let value = volume[line &+ k]
          if value > best || value != value { (best, found) = (value, line &+ k) }
        }
      }
    }
    return Int32(truncatingIfNeeded: found)
  }
}
