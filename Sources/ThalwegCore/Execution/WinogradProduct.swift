import CKernels

/// A convolution with 3 x 3 taps and stride 1, or the gradient of its input, by minimal filtering: a tile of 2 x 2 places
/// takes 16 products a filter and channel where the sums have 36 (Lavin & Gray 2016, "Fast algorithms for convolutional
/// neural networks", F(2 x 2, 3 x 3)). Channels and filters lie side by side in registers, as in `ChannelProduct`.
///
/// The work is cut into chunks of tiles, of several images or of a part of one. Their pixels become points (see the
/// kernels), of each of the 16 a matrix [tiles, channels], which is multiplied with the taps' [channels, filters]. Sums
/// differ from those of the taps themselves by rounding; and an Inf or a NaN spreads over its tile.
struct WinogradProduct {
  let dtype: DType
  let images, groups: Int
  /// Of each group: of what is read, and of what is made.
  let channels, filters: Int
  /// Of whole tiles.
  let y, x: LaneAxis
  /// Of what is made.
  let height, length: Int
  let isBackward: Bool
  let lanes: tk_lanes
  let kernel: tk_winograd
  let gemm: tk_gemm

  static let points = 16
  /// Tiles in a chunk, about; no fewer than `leastTiles` where there are.
  private static let chunkTiles = 32
  private static let leastTiles = 16
  /// Pieces of work, where there is so much to do.
  static let pieces = 8

  /// Nil where windows are others, where too many lanes or places of tiles would be idle, or where taps are most of the
  /// work. Shapes as in `ConvolutionGeometry.windows`.
  init?(
    _ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims,
    isBackward: Bool = false
  ) {
    guard !geometry.isLine, weight[2] == 3, weight[3] == 3, geometry.y.isDense, geometry.x.isDense else {
      return nil
    }
    let (outs, ins) = (weight[0] / geometry.groups, weight[1])
    (channels, filters) = isBackward ? (outs, ins) : (ins, outs)
    (height, length) = isBackward ? (input[2], input[3]) : (output[2], output[3])
    func axis(_ axis: ConvolutionGeometry.Axis, _ i: Int) -> LaneAxis? {
      let whole = isBackward ? output[i] : output[i] &+ output[i] % 2
      return LaneAxis(axis, isBackward ? input[i] &+ input[i] % 2 : input[i], 3, whole, isBackward)
    }
    guard let y = axis(geometry.y, 2), let x = axis(geometry.x, 3), x.out <= 1024 else { return nil }
    (self.dtype, images, groups, self.y, self.x) = (dtype, input[0], geometry.groups, y, x)
    self.isBackward = isBackward
    lanes = dtype == .float64 ? kernels.pointee.f64.lanes : kernels.pointee.f32.lanes
    kernel = dtype == .float64 ? kernels.pointee.f64.winograd : kernels.pointee.f32.winograd
    gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    guard channels >= 12, filters >= 12, 4 * channels >= 3 * paddedChannels,
      4 * filters >= 3 * paddedFilters, 16 * y.out * x.out <= 27 * height * length,
      images * tiles >= Self.leastTiles
    else { return nil }
  }

  var width: Int { Int(lanes.count) }
  /// Of an image.
  var tiles: Int { tileRows &* tileColumns }
  var tileRows: Int { y.out / 2 }
  var tileColumns: Int { x.out / 2 }
  /// Whole registers.
  var paddedChannels: Int { (channels &+ width &- 1) / width &* width }
  var paddedFilters: Int { (filters &+ width &- 1) / width &* width }
  var planes: LanePlanes { LanePlanes(y: y, x: x, size: dtype.size, kernel: lanes) }
  /// Elements from a tile's window to the corner of what is laid out for it.
  private var corner: Int {
    let first = isBackward ? 2 : 0
    return ((y.offset(0, first) ?? 0) &* planes.columns &+ (x.offset(0, first) ?? 0)) &* width
  }

  // MARK: - Chunks

  /// So many images, or rows of tiles of one.
  struct Chunks {
    let images, rows: Int
    /// Of an image; 1 where a chunk has several.
    let bands: Int
    let count: Int
  }

  /// - Parameter wanted: how many, where there is enough to do.
  func chunks(_ wanted: Int) -> Chunks {
    let most = max(Self.leastTiles, min(Self.chunkTiles, images &* tiles / wanted))
    if tiles <= most {
      let several = max(1, min(images, most / tiles))
      return Chunks(images: several, rows: tileRows, bands: 1, count: (images &+ several &- 1) / several)
    }
    let atMost = max(1, most / tileColumns)
    let bands = (tileRows &+ atMost &- 1) / atMost
    let rows = (tileRows &+ bands &- 1) / bands
    let count = (tileRows &+ rows &- 1) / rows
    return Chunks(images: 1, rows: rows, bands: count, count: images &* count)
  }

  /// Elements from a point to the next, of so many tiles and channels: not a power of 2, whose multiples would share a few
  /// lines of the caches.
  func pointStep(_ tiles: Int, _ channels: Int) -> Int { tiles &* channels &+ width }

  /// Elements that are laid out for a band of so many rows of tiles, of a block of channels.
  func plane(_ rows: Int) -> Int { y.extent(2 &* rows) &* planes.columns &* width }

  /// The points of the windows of a chunk: [point, tile, channel].
  func layOut(
    _ source: UnsafeRawPointer, _ group: Int, _ firstImage: Int, _ count: Int, _ top: Int, _ rows: Int,
    _ pixels: UnsafeMutableRawPointer, _ points: UnsafeMutableRawPointer, _ step: Int
  ) {
    let (size, planes, inPlane, padded) = (dtype.size, planes, y.size &* x.size, paddedChannels)
    for n in 0..<count {
      let image = source + ((firstImage &+ n) &* groups &+ group) &* channels &* inPlane &* size
      var channel = 0
      while channel < channels {
        planes.layOut(
          image + channel &* inPlane &* size, min(width, channels &- channel), inPlane, 2 &* top,
          y.extent(2 &* rows), pixels)
        kernel.pixels(
          Int64(rows), Int64(tileColumns), pixels + corner &* size, Int64(planes.columns &* width),
          points + (n &* tiles &* padded &+ channel) &* size, Int64(step), Int64(padded))
        channel &+= width
      }
    }
  }

  // MARK: - Taps

  /// Filters that the product reads side by side, in strips.
  private var strip: Int { min(Int(gemm.nr), paddedFilters) }
  private var strips: Int { (paddedFilters &+ strip &- 1) / strip }

  /// How much memory the taps' points take, in bytes.
  var packedBytes: Int { groups * Self.points * strips * strip * channels * dtype.size }

  /// The points of weights [groups, O, C, 3, 3]: [group, point, strip, channel, filter]. The way back, filters are the
  /// weights' C, and taps are turned.
  func pack(
    _ weights: UnsafeRawPointer, to packed: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    let (size, width, strip, blocks) = (dtype.size, width, strip, paddedFilters / width)
    let (channelStep, filterStep) = isBackward ? (9 &* filters, 9) : (9, 9 &* channels)
    let pointStep = strips &* strip &* channels
    let slots = try Slots(chunks: groups * blocks, bytes: 9 * width * size, for: function)
    parallel(groups &* blocks) { task in
      slots.with { taps in
        let (group, filter) = (task / blocks, task % blocks &* width)
        let place = filter / strip &* strip &* channels &+ filter % strip
        let target = packed + (group &* Self.points &* pointStep &+ place) &* size
        let source = weights + (group &* filters &* channels &* 9 &+ filter &* filterStep) &* size
        for c in 0..<channels {
          lanes.gather(
            Int64(min(width, filters &- filter)), 9, 9, source + c &* channelStep &* size, Int64(filterStep),
            taps, Int64(9 &* width))
          kernel.taps(isBackward ? 1 : 0, taps, target + c &* strip &* size, Int64(pointStep))
        }
      }
    }
  }

  // MARK: - The product

  /// out[n, g, f] = activation(the windows of source[n, g] times the taps [g, f] + bias[g, f] + addend[n, g, f]).
  ///
  /// The work is cut by shapes alone, and the sums run in one order, so the bits do not depend on threads.
  func run(
    packed: UnsafeRawPointer, source: UnsafeRawPointer, bias: UnsafeRawPointer?,
    addend: UnsafeRawPointer? = nil, activation: Int32 = Int32(TK_ACTIVATION_NONE),
    out: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    let (size, width, strip, strips) = (dtype.size, width, strip, strips)
    let (channels, filters, padded) = (channels, filters, paddedFilters)
    let chunks = chunks(max(1, Self.pieces / groups))
    // Where there are few chunks, filters are shared out too.
    let shares = min(strips, max(1, Self.pieces / 2 / (chunks.count &* groups)))
    let most = chunks.images &* chunks.rows &* tileColumns
    let (pointStep, sumStep) = (pointStep(most, paddedChannels), pointStep(most, padded))
    let plane = max(plane(chunks.rows), 2 &* chunks.rows &* length &* width)
    let slots = try Slots(
      chunks: chunks.count * groups * shares,
      bytes: (plane + Self.points * (pointStep + sumStep)) * size, for: function)
    let outPlane = height &* length
    parallel(chunks.count &* groups &* shares) { task in
      slots.with { pixels in
        let (share, group) = (task % shares, task / shares % groups)
        let chunk = task / shares / groups
        let (first, top) = (
          chunk / chunks.bands &* chunks.images, chunk % chunks.bands &* chunks.rows
        )
        let (count, rows) = (min(chunks.images, images &- first), min(chunks.rows, tileRows &- top))
        let points = pixels + plane &* size
        let sums = points + Self.points &* pointStep &* size
        layOut(source, group, first, count, top, rows, pixels, points, pointStep)

        let begin = share &* strips / shares &* strip
        let end = min(padded, (share &+ 1) &* strips / shares &* strip)
        var plain = tk_epilogue()
        for point in 0..<Self.points {
          let taps = (group &* Self.points &+ point) &* strips &* strip &+ begin
          gemm.strips(
            Int64(count &* rows &* tileColumns), Int64(end &- begin), Int64(channels),
            points + point &* pointStep &* size, Int64(paddedChannels), 1, packed + taps &* channels &* size,
            Int64(strip), Int64(strip &* channels), sums + (point &* sumStep &+ begin) &* size, Int64(padded),
            &plain)
        }

        let places = min(2 &* rows, height &- 2 &* top)
        for n in 0..<count {
          var filter = begin
          while filter < min(end, filters) {
            kernel.sums(
              Int64(places), Int64(length), sums + (n &* tiles &* padded &+ filter) &* size, Int64(sumStep),
              Int64(padded), pixels)
            let target =
              (((first &+ n) &* groups &+ group) &* filters &+ filter) &* outPlane &+ 2 &* top &* length
            lanes.scatter(
              Int64(min(width, filters &- filter)), Int64(places &* length), pixels, Int64(width),
              out + target &* size, Int64(outPlane), addend.map { $0 + target &* size },
              bias.map { $0 + (group &* filters &+ filter) &* size }, 1, activation)
            filter &+= width
          }
        }
      }
    }
  }
}

extension ConvolutionGeometry.Axis {
  /// Whether windows are neighbours, and so are their taps.
  fileprivate var isDense: Bool { stride == 1 && dilation == 1 }
}
