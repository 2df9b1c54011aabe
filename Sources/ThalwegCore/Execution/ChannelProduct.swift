import CKernels

/// A convolution with filters side by side in the lanes of a register: for few images, that do not fill registers as
/// `LaneProduct` has them. A pixel's channels lie side by side too, so every tap of every window is one place, whatever the
/// map's size, and no matrix of windows is made (Georganas et al. 2018, "Anatomy of high-performance deep learning
/// convolutions on SIMD architectures").
///
/// The work is cut into bands of the result's rows, and strips of filters. The pixels that a band sees are laid out with
/// zeros around them; a strip's sums are laid back when they are complete.
struct ChannelProduct {
  let dtype: DType
  let images, groups: Int
  /// Of each group.
  let channels, filters: Int
  private let y, x: LaneAxis
  private let lanes: tk_lanes
  private let kernel: tk_channels
  /// Filters in a strip. The last one may be half as wide.
  private let strip: Int
  /// Whether each channel's pixels lie by themselves, and a tap of each is a tap of its own: so few channels would leave
  /// most of a pixel's lanes empty.
  private let isPlanar: Bool

  /// Elements that a core works on at a time: a quarter of a second-level cache of 1 MiB.
  private static let bandElements = 64 * 1024
  /// Pieces of work, where there is so much to do; and what makes one, in places of a map and in multiply-adds.
  private static let pieces = 8
  private static let piecePlaces = 32
  private static let pieceSize = 100_000

  /// Nil where most lanes would be empty, or where there are far more zeros than pixels. Shapes as in
  /// `ConvolutionGeometry.windows`.
  init?(_ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims) {
    let (input, weight, output) = (geometry.planar(input), geometry.planar(weight), geometry.planar(output))
    guard let y = LaneAxis(geometry.y, input[2], weight[2], output[2], false),
      let x = LaneAxis(geometry.x, input[3], weight[3], output[3], false)
    else { return nil }
    (self.dtype, images, groups, self.y, self.x) = (dtype, input[0], geometry.groups, y, x)
    (channels, filters) = (weight[1], weight[0] / geometry.groups)
    lanes = dtype == .float64 ? kernels.pointee.f64.lanes : kernels.pointee.f32.lanes
    kernel = dtype == .float64 ? kernels.pointee.f64.channels : kernels.pointee.f32.channels
    strip = Int(dtype == .float64 ? kernels.pointee.f64.gemm.nr : kernels.pointee.f32.gemm.nr)
    isPlanar = channels <= Int(lanes.count) / 2
    guard 3 * filters >= paddedFilters, blocks &* plane(1) <= 2 * Self.bandElements else { return nil }
  }

  private var planes: LanePlanes { LanePlanes(y: y, x: x, size: dtype.size, kernel: lanes) }
  private var taps: Int { y.taps &* x.taps }
  /// Elements of a pixel, blocks of channels that it has, and strips of filters.
  private var pixel: Int { isPlanar ? 1 : Int(lanes.count) }
  private var blocks: Int { (channels &+ pixel &- 1) / pixel }
  private var strips: Int { (filters &+ strip &- 1) / strip }
  private var paddedFilters: Int { (filters &+ strip / 2 &- 1) / (strip / 2) &* (strip / 2) }
  /// Elements of a block of channels that windows in so many rows see.
  private func plane(_ rows: Int) -> Int { y.extent(rows) &* planes.columns &* pixel }

  /// Whether no place in a tile is idle: then it is quicker than `LaneProduct` for many images, too.
  var fillsRegisters: Bool {
    x.out % Int(kernel.group) == 0 && taps > 1
      && (isPlanar ? filters % (strip / 2) == 0 : filters % strip == 0 && channels >= pixel)
  }

  // MARK: - Weights

  /// How much memory packed weights take, in bytes.
  var packedBytes: Int { groups * paddedFilters * channels * taps * dtype.size }

  /// Weights [groups, filters, channels, taps] as the kernel reads them: of each group [strip, block of channels, tap, channel,
  /// filter].
  func pack(_ weights: UnsafeRawPointer, to packed: UnsafeMutableRawPointer) {
    if dtype == .float64 { pack(weights, packed, Double.self) } else { pack(weights, packed, Float.self) }
  }

  private func pack<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ weights: UnsafeRawPointer, _ packed: UnsafeMutableRawPointer, _: E.Type
  ) {
    let (from, to) = (weights.assumingMemoryBound(to: E.self), packed.assumingMemoryBound(to: E.self))
    let (strips, taps, lanes) = (strips, taps, Int(lanes.count))
    let blocks = (channels + lanes - 1) / lanes
    parallel(groups &* strips &* blocks) { i in
      let (group, first, channel) = (i / blocks / strips, i / blocks % strips &* strip, i % blocks &* lanes)
      let width = min(strip, paddedFilters &- first)
      let (used, count) = (min(width, filters &- first), min(lanes, channels &- channel))
      var target = to + (group &* paddedFilters &+ first) &* channels &* taps
      target += channel &* taps &* width
      let source = from + ((group &* filters &+ first) &* channels &+ channel) &* taps
      for tap in 0..<taps {
        for c in 0..<count {
          let element = source + (c &* taps &+ tap)
          for f in 0..<used { target[f] = element[f &* channels &* taps] }
          for f in used..<max(used, width) { target[f] = 0 }
          target += width
        }
      }
    }
  }

  // MARK: - The product

  /// out[n, g, f] = activation(the windows of source[n, g] times weights[g, f] + bias[g, f] + addend[n, g, f]).
  ///
  /// The work is cut by shapes alone, and the sums run in one order, so the bits do not depend on threads.
  func run(
    packed: UnsafeRawPointer, source: UnsafeRawPointer, bias: UnsafeRawPointer?,
    addend: UnsafeRawPointer? = nil, activation: Int32 = Int32(TK_ACTIVATION_NONE),
    out: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    let (size, width, blocks, strips, taps) = (dtype.size, Int(lanes.count), blocks, strips, taps)
    let (planes, outPlane, inPlane) = (planes, y.out &* x.out, y.size &* x.size)
    let (channels, filters, strip, group) = (channels, filters, strip, Int(kernel.group))
    let (pixel, isPlanar) = (pixel, isPlanar)
    let step = x.step &* pixel

    // Bands of rows, and strips shared out where there are few.
    let rowElements = blocks * (plane(2) - plane(1)) + x.out * strip
    let most = max(1, (Self.bandElements - blocks * plane(1)) / rowElements)
    let units = images * groups
    let products = Double(units * outPlane) * Double(filters * channels * taps)
    let work = Int(min(Double(Self.pieces), products / Double(Self.pieceSize)))
    let wanted = min((work + units - 1) / units, outPlane / Self.piecePlaces)
    let parts = max((y.out - 1) / most + 1, min(y.out, wanted))
    let rows = (y.out - 1) / parts + 1
    let bands = (y.out + rows - 1) / rows
    let shares = max(1, min(strips, (work + units * bands - 1) / (units * bands)))

    // Where the windows of each group of places begin, where its sums go, and where each tap is.
    let across = (x.out + group - 1) / group
    let plane = plane(rows)
    let (depth, seen) = isPlanar ? (1, taps * channels) : (channels, taps)
    let table = try Workspace((2 * rows * across + seen) * 8, for: function)
    let from = table.base.assumingMemoryBound(to: Int64.self)
    let to = from + rows * across, offsets = to + rows * across
    for row in 0..<rows {
      for i in 0..<across {
        from[row * across + i] = Int64(row * y.step * planes.columns * pixel + i * group * step)
        to[row * across + i] = Int64((row * x.out + i * group) * strip)
      }
    }
    for t in 0..<seen {
      let (tap, channel) = isPlanar ? (t / channels, t % channels) : (t, 0)
      let (i, j) = (y.offset(0, tap / x.taps) ?? 0, x.offset(0, tap % x.taps) ?? 0)
      offsets[t] = Int64((i * planes.columns + j) * pixel + channel * plane)
    }

    let pixelBytes = (blocks * plane + group * step) * size
    let sumBytes = (rows * x.out + group) * strip * size
    let slots = try Slots(chunks: units * bands * shares, bytes: pixelBytes + sumBytes, for: function)
    parallel(units &* bands &* shares) { task in
      slots.with { pixels in
        let (share, top, place) = (task % shares, task / shares % bands &* rows, task / shares / bands)
        let (height, sums) = (min(rows, y.out &- top), pixels + pixelBytes)
        for block in 0..<blocks {
          let first = source + (place &* channels &+ block &* pixel) &* inPlane &* size
          let to = pixels + block &* plane &* size
          if isPlanar {
            planes.layOutPlain(first, top, y.extent(height), to)
          } else {
            planes.layOut(first, min(width, channels &- block &* width), inPlane, top, y.extent(height), to)
          }
        }
        for index in (share &* strips / shares)..<((share &+ 1) &* strips / shares) {
          var filter = index &* strip
          let (count, first) = (min(strip, filters &- filter), place % groups &* filters)
          let weights = packed + (place % groups &* paddedFilters &+ filter) &* channels &* taps &* size
          kernel.run(
            Int64(count), Int64(height &* across), from, to, Int64(step), Int64(depth), Int64(plane),
            Int64(seen), offsets, weights, pixels, sums)
          let end = filter &+ count
          var target = (place &* filters &+ filter) &* outPlane &+ top &* x.out
          while filter < end {
            lanes.scatter(
              Int64(min(width, end &- filter)), Int64(height &* x.out),
              sums + (filter &- index &* strip) &* size, Int64(strip), out + target &* size, Int64(outPlane),
              addend.map { $0 + target &* size }, bias.map { $0 + (first &+ filter) &* size }, 1, activation)
            filter &+= width
            target &+= width &* outPlane
          }
        }
      }
    }
  }
}
