import CKernels

/// A convolution whose filters see one channel each (depthwise), and its two gradients. There is no matrix product in it
/// that would be worth the packing: each tap of a filter is a factor of the whole image, moved.
///
/// An image is laid out in one row with zeros between its rows, so that the window at any place t reads x[t + offset] with
/// the same offsets, also across the edges. With strides it is laid out in phases: pixels of columns 0, s, 2 s, ... in
/// one such row, those of columns 1, s + 1, ... in the next, as well for rows. What comes out between the rows of windows
/// is left out.
package struct SlidingProduct {
  let dtype: DType
  let images, channels, filters: Int  // filters: of each channel
  let y, x: Axis
  let taps: Int
  /// Rows and columns of a phase.
  let rows, columns: Int

  struct Axis {
    let size, places, taps, stride, dilation, before: Int

    /// Pixels and zeros that windows see.
    var reach: Int { (places &- 1) &* stride &+ (taps &- 1) &* dilation &+ 1 }
    /// Which phase a tap is in, and how far.
    func phase(_ tap: Int) -> (Int, Int) { (tap &* dilation % stride, tap &* dilation / stride) }
    /// The first and the one behind the last place of a phase that are pixels, and the first one's coordinate.
    func inside(_ phase: Int, _ length: Int) -> (Int, Int, Int) {
      let start = phase &- before
      let first = start >= 0 ? 0 : (stride &- 1 &- start) / stride
      let last = size &- 1 &- start
      let end = last < 0 ? 0 : min(length, last / stride &+ 1)
      return (first, max(first, end), start &+ first &* stride)
    }
  }

  /// Elements that kernels may read behind what they need.
  static let slack = 64
  private static let manyImages = 4

  /// Nil where it would not pay, or where there are far more zeros than pixels. Shapes as in `ConvolutionGeometry.windows`.
  init?(_ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims) {
    let (input, weight, output) = (geometry.planar(input), geometry.planar(weight), geometry.planar(output))
    let groups = geometry.groups
    // Of images with one channel the many are better put side by side.
    let isGray = groups == 1 && input[0] <= Self.manyImages && weight[0] <= 16
    guard weight[1] == 1, isGray || groups > 1 && weight[0] <= 4 * groups, weight[2] < 64, weight[3] < 64
    else { return nil }
    func axis(_ axis: ConvolutionGeometry.Axis, _ i: Int) -> Axis {
      Axis(
        size: input[i], places: output[i], taps: weight[i], stride: axis.stride, dilation: axis.dilation,
        before: axis.before)
    }
    self.dtype = dtype
    (images, channels, filters) = (input[0], groups, weight[0] / groups)
    (y, x) = (axis(geometry.y, 2), axis(geometry.x, 3))
    guard y.stride < 16, x.stride < 16, y.reach < 1 << 24, x.reach < 1 << 24,
      y.reach &* x.reach < 4 &* (y.size &* x.size &+ y.places &* x.places) &+ 1024
    else { return nil }
    taps = weight[2] * weight[3]
    rows = (y.reach &+ y.stride &- 1) / y.stride
    columns = (x.reach &+ x.stride &- 1) / x.stride
  }

  var phases: Int { y.stride &* x.stride }
  var phaseSize: Int { rows &* columns }
  /// From the first window to the last, with what lies between.
  var span: Int { (y.places &- 1) &* columns &+ x.places }

  /// Of every tap: its phase, and how far from the window's corner it lies there.
  func place(_ tap: Int) -> (phase: Int, offset: Int) {
    let (i, j) = (y.phase(tap / x.taps), x.phase(tap % x.taps))
    return (i.0 &* x.stride &+ j.0, i.1 &* columns &+ j.1)
  }

  // MARK: - The three products

  /// out[n, c, f] = activation(bias[c, f] + the windows of images[n, c] times weights[c, f]).
  func run(
    weights: UnsafeRawPointer, images: UnsafeRawPointer, bias: UnsafeRawPointer?,
    activation: Int32 = Int32(TK_ACTIVATION_NONE), out: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    if dtype == .float64 {
      try forward(
        weights, images, bias, activation, out, kernels.pointee.f64.correlation, function, Double.self)
    } else {
      try forward(
        weights, images, bias, activation, out, kernels.pointee.f32.correlation, function, Float.self)
    }
  }

  /// images[n, c] = bias[c] + gradients[n, c, f] times weights[c, f], added to their windows.
  func runSpreading(
    weights: UnsafeRawPointer, gradients: UnsafeRawPointer, bias: UnsafeRawPointer?,
    images: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    if dtype == .float64 {
      try backward(weights, gradients, bias, images, kernels.pointee.f64.correlation, function, Double.self)
    } else {
      try backward(weights, gradients, bias, images, kernels.pointee.f32.correlation, function, Float.self)
    }
  }

  /// weights[c, f] = the sum over n of gradients[n, c, f] times the windows of images[n, c].
  func runForWeights(
    gradients: UnsafeRawPointer, images: UnsafeRawPointer, weights: UnsafeMutableRawPointer,
    for function: StaticString
  ) throws(ThalwegError) {
    if dtype == .float64 {
      try forWeights(gradients, images, weights, kernels.pointee.f64.correlation, function, Double.self)
    } else {
      try forWeights(gradients, images, weights, kernels.pointee.f32.correlation, function, Float.self)
    }
  }

  private func forward<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ weights: UnsafeRawPointer, _ images: UnsafeRawPointer, _ bias: UnsafeRawPointer?,
    _ activation: Int32, _ out: UnsafeMutableRawPointer, _ kernel: tk_correlation, _ function: StaticString,
    _: E.Type
  ) throws(ThalwegError) {
    let activate = loop(activation)
    if filters >= Self.severalFilters {
      return try together(factors: weights, images, bias, activate, out, function, E.self)
    }
    let offsets = try Table(taps, function)
    for tap in 0..<taps {
      let place = place(tap)
      offsets.base[tap] = Int64(place.phase &* phaseSize &+ place.offset)
    }
    let (from, to) = (images.assumingMemoryBound(to: E.self), out.assumingMemoryBound(to: E.self))
    let (factors, bias) = (weights.assumingMemoryBound(to: E.self), bias?.assumingMemoryBound(to: E.self))
    let room = phases &* phaseSize &+ Self.slack
    let (planes, table) = (self.images &* channels, offsets.base)
    try eachPlane(planes, room &+ span, function) { (plane, scratch: UnsafeMutablePointer<E>, isFresh) in
      if isFresh { scratch.update(repeating: 0, count: room) }
      layOut(from + plane &* y.size &* x.size, scratch)
      let row = scratch + room
      for f in 0..<filters {
        let filter = plane % channels &* filters &+ f
        kernel.run(
          Int64(span), row, scratch, Int64(taps), table, factors + filter &* taps, bias.map { $0 + filter })
        let target = to + (plane &* filters &+ f) &* y.places &* x.places
        for p in 0..<y.places {
          (target + p &* x.places).update(from: row + p &* columns, count: x.places)
        }
        activate?(Int64(y.places &* x.places), target, 1, target, 1)
      }
    }
  }

  /// The loop for one of TK_ACTIVATION_*.
  private func loop(_ activation: Int32) -> tk_unary_loop? {
    switch Int(activation) {
    case TK_ACTIVATION_RELU: kernels.pointee.relu[dtype]
    case TK_ACTIVATION_TANH: kernels.pointee.tanh[dtype]
    case TK_ACTIVATION_SIGMOID: kernels.pointee.sigmoid[dtype]
    default: nil
    }
  }

  private func backward<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ weights: UnsafeRawPointer, _ gradients: UnsafeRawPointer, _ bias: UnsafeRawPointer?,
    _ images: UnsafeMutableRawPointer, _ kernel: tk_correlation, _ function: StaticString, _: E.Type
  ) throws(ThalwegError) {
    // Pixel u of a phase gets, from each tap there, the gradient at the window u - offset; the gradients of one filter lie
    // `lead` zeros behind the one before.
    let lead = place(taps &- 1).offset
    let size = lead &+ phaseSize &+ Self.slack
    let count = filters &* taps
    let offsets = try Table(count, function)
    let order = try Table(count, function)
    let ends = try Table(phases, function)
    var next = 0
    for phase in 0..<phases {
      for f in 0..<filters {
        for tap in 0..<taps where place(tap).phase == phase {
          offsets.base[next] = Int64(f &* size &+ lead &- place(tap).offset)
          order.base[next] = Int64(f &* taps &+ tap)
          next &+= 1
        }
      }
      ends.base[phase] = Int64(next)
    }
    let (from, to) = (gradients.assumingMemoryBound(to: E.self), images.assumingMemoryBound(to: E.self))
    let (all, bias) = (weights.assumingMemoryBound(to: E.self), bias?.assumingMemoryBound(to: E.self))
    let (planes, table, ordered, limits) = (self.images &* channels, offsets.base, order.base, ends.base)
    let room = filters &* size
    try eachPlane(planes, room &+ phaseSize &+ count, function) {
      (plane, scratch: UnsafeMutablePointer<E>, isFresh) in
      if isFresh { scratch.update(repeating: 0, count: room) }
      let row = scratch + room
      let factors = row + phaseSize
      let channel = plane % channels
      for k in 0..<count { factors[k] = all[channel &* count &+ Int(ordered[k])] }
      for f in 0..<filters {
        spaceOut(from + (plane &* filters &+ f) &* y.places &* x.places, scratch + (f &* size &+ lead))
      }
      let image = to + plane &* y.size &* x.size
      image.update(repeating: bias.map { $0[channel] } ?? 0, count: y.size &* x.size)
      var first = 0
      for phase in 0..<phases {
        let end = Int(limits[phase])
        if end > first {
          kernel.run(
            Int64(phaseSize), row, scratch, Int64(end &- first), table + first, factors + first,
            bias.map { $0 + channel })
          putBack(row, phase, image)
        }
        first = end
      }
    }
  }

  private func forWeights<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ gradients: UnsafeRawPointer, _ images: UnsafeRawPointer, _ weights: UnsafeMutableRawPointer,
    _ kernel: tk_correlation, _ function: StaticString, _: E.Type
  ) throws(ThalwegError) {
    let offsets = try Table(taps, function)
    for tap in 0..<taps {
      let place = place(tap)
      offsets.base[tap] = Int64(place.phase &* phaseSize &+ place.offset)
    }
    let from = gradients.assumingMemoryBound(to: E.self)
    let (source, to) = (images.assumingMemoryBound(to: E.self), weights.assumingMemoryBound(to: E.self))
    let (room, gap) = (phases &* phaseSize &+ Self.slack, phaseSize &+ Self.slack)
    let (count, table) = (self.images, offsets.base)
    try eachPlane(channels, room &+ gap, function) { (channel, scratch: UnsafeMutablePointer<E>, isFresh) in
      if isFresh { scratch.update(repeating: 0, count: room &+ gap) }
      let target = to + channel &* filters &* taps
      target.update(repeating: 0, count: filters &* taps)
      for image in 0..<count {
        let plane = image &* channels &+ channel
        layOut(source + plane &* y.size &* x.size, scratch)
        for f in 0..<filters {
          spaceOut(from + (plane &* filters &+ f) &* y.places &* x.places, scratch + room)
          kernel.sums(Int64(span), scratch + room, scratch, Int64(taps), table, target + f &* taps)
        }
      }
    }
  }

  // MARK: - Laying out

  /// An image in phases, the zeros around it being there.
  @inline(__always)
  func layOut<E>(_ image: UnsafePointer<E>, _ to: UnsafeMutablePointer<E>) {
    for phase in 0..<phases {
      let (firstRow, endRow, top) = y.inside(phase / x.stride, rows)
      let (first, end, left) = x.inside(phase % x.stride, columns)
      for r in firstRow..<endRow {
        let line = image + ((top &+ (r &- firstRow) &* y.stride) &* x.size &+ left)
        let target = to + (phase &* phaseSize &+ r &* columns &+ first)
        if x.stride == 1 {
          target.update(from: line, count: end &- first)
        } else {
          for c in 0..<(end &- first) { target[c] = line[c &* x.stride] }
        }
      }
    }
  }

  /// The other way round, one phase.
  @inline(__always)
  private func putBack<E>(_ from: UnsafePointer<E>, _ phase: Int, _ image: UnsafeMutablePointer<E>) {
    let (firstRow, endRow, top) = y.inside(phase / x.stride, rows)
    let (first, end, left) = x.inside(phase % x.stride, columns)
    for r in firstRow..<endRow {
      let line = image + ((top &+ (r &- firstRow) &* y.stride) &* x.size &+ left)
      let source = from + (r &* columns &+ first)
      if x.stride == 1 {
        line.update(from: source, count: end &- first)
      } else {
        for c in 0..<(end &- first) { line[c &* x.stride] = source[c] }
      }
    }
  }

  /// A row of windows behind the other, the zeros between them being there.
  @inline(__always)
  private func spaceOut<E>(_ windows: UnsafePointer<E>, _ to: UnsafeMutablePointer<E>) {
    for p in 0..<y.places { (to + p &* columns).update(from: windows + p &* x.places, count: x.places) }
  }

  // MARK: - Work

  /// Runs `body` for every plane, with `room` elements of its core's, which are fresh for the first one.
  func eachPlane<E>(
    _ planes: Int, _ room: Int, _ function: StaticString,
    _ body: (Int, UnsafeMutablePointer<E>, Bool) -> Void
  ) throws(ThalwegError) {
    let pieces = min(planes, ImageProduct.manyPieces)
    let stride = (room &* dtype.size &+ 63) / 64 &* 64
    let scratch = try Workspace(pieces &* stride, for: function)
    let base = scratch.base
    parallel(pieces) { piece in
      let own = (base + piece &* stride).assumingMemoryBound(to: E.self)
      let first = piece &* planes / pieces
      for plane in first..<((piece &+ 1) &* planes / pieces) { body(plane, own, plane == first) }
    }
  }

  /// Numbers for kernels.
  struct Table: ~Copyable {
    let memory: Workspace
    let base: UnsafeMutablePointer<Int64>

    init(_ count: Int, _ function: StaticString) throws(ThalwegError) {
      memory = try Workspace(count &* 8, for: function)
      base = memory.base.assumingMemoryBound(to: Int64.self)
    }
  }
}
