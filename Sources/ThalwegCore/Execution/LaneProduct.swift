import CKernels

/// A convolution of many images, or the gradient of its input, with as many images side by side as a register has lanes.
/// A pixel of a channel is a register then, and every tap of every window finds one as it lies: no matrix of windows is
/// made, no map is too small to fill registers, and strides and dilations cost nothing (Georganas et al. 2018, "Anatomy of
/// high-performance deep learning convolutions on SIMD architectures", whose lanes are channels).
///
/// The work is cut into bands of the result's rows. Of each, the pixels that it sees are laid out with zeros around them,
/// a block of channels at a time; the sums are laid back when all channels have been added.
package struct LaneProduct {
  let dtype: DType
  let images, groups: Int
  /// Of each group: of what is read, and of what is made.
  let channels, filters: Int
  let y, x: LaneAxis
  let weights: WeightOrder
  let kernel: tk_lanes

  /// Element (filter, channel, tap) of a group's weights.
  struct WeightOrder {
    let group, filter, channel: Int
  }

  /// Packs that a core works on at a time: half a second-level cache of 1 MiB.
  static let bandPacks = 8 * 1024
  /// Packs under the windows of a tile: half a first-level cache.
  static let tilePacks = 400
  /// Pieces of work, where there is so much to do.
  static let pieces = 8

  /// Nil for windows of one pixel, of which matrices take no packing, where too many lanes would be empty, or where there are far more zeros than pixels. Shapes as in
  /// `ConvolutionGeometry.windows`.
  init?(
    _ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims,
    isBackward: Bool = false, isForWeights: Bool = false
  ) {
    let (input, weight, output) = (geometry.planar(input), geometry.planar(weight), geometry.planar(output))
    kernel = dtype == .float64 ? kernels.pointee.f64.lanes : kernels.pointee.f32.lanes
    let lanes = Int(kernel.count)
    let isStriding = !geometry.isPixelwise(weight) && isForWeights
    guard weight[2] * weight[3] > 1 || isStriding,
      4 * input[0] >= 3 * ((input[0] + lanes - 1) / lanes * lanes),
      let y = LaneAxis(geometry.y, input[2], weight[2], output[2], isBackward),
      let x = LaneAxis(geometry.x, input[3], weight[3], output[3], isBackward)
    else { return nil }
    (self.dtype, images, groups, self.y, self.x) = (dtype, input[0], geometry.groups, y, x)
    let taps = y.taps * x.taps
    let (outs, ins) = (weight[0] / groups, weight[1])
    (channels, filters) = isBackward ? (outs, ins) : (ins, outs)
    weights = WeightOrder(
      group: outs * ins * taps, filter: isBackward ? taps : ins * taps,
      channel: isBackward ? ins * taps : taps)
    // Bands are whole rows.
    guard blockChannels &* columns &* y.reach &+ filters &* x.out <= 2 * Self.bandPacks else { return nil }
  }

  var lanes: Int { Int(kernel.count) }
  var imageGroups: Int { (images + lanes - 1) / lanes }
  var taps: Int { y.taps &* x.taps }
  /// Pixels and zeros in a row that is laid out.
  var columns: Int { planes.columns }
  private var planes: LanePlanes { LanePlanes(y: y, x: x, size: dtype.size, kernel: kernel) }

  /// Channels whose pixels under a tile stay in the first-level cache.
  var blockChannels: Int {
    min(channels, max(1, Self.tilePacks / (y.reach &* (x.reach &+ 2 &* x.step))))
  }

  /// Rows of the result that are made at a time: what the second-level cache has room for, in pieces of `least` places or
  /// more so many that cores have something to do.
  /// - Parameter outs: planes of them that are kept.
  func bandRows(outs: Int, least: Int) -> Int {
    let row = blockChannels &* columns &* y.step / y.phases &+ outs &* x.out
    let most = max(1, (Self.bandPacks &- blockChannels &* columns &* y.reach) / row)
    let wanted = min(Self.pieces / (imageGroups &* groups), y.out &* x.out / least)
    let bands = max((y.out &+ most &- 1) / most, min(y.out, wanted))
    let rows = (y.out &+ bands &- 1) / bands
    return (rows &+ y.phases &- 1) / y.phases &* y.phases
  }

  /// out[n, g, f] = activation(the windows of source[n, g] times weights[g, f] + bias[g, f] + addend[n, g, f]).
  ///
  /// The work is cut by shapes alone, and the sums run in one order, so the bits do not depend on threads.
  func run(
    weights: UnsafeRawPointer, source: UnsafeRawPointer, bias: UnsafeRawPointer?,
    addend: UnsafeRawPointer? = nil, activation: Int32 = Int32(TK_ACTIVATION_NONE),
    out: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    let (size, lanes, tile, blockChannels) = (
      dtype.size, lanes, kernel.height(for: filters), blockChannels
    )
    let blocks = (filters + tile - 1) / tile
    let rows = bandRows(outs: blocks * tile, least: 24)
    let bands = (y.out + rows - 1) / rows
    // Where there are few bands, filters are shared out too, if they are worth laying the pixels out once more.
    let wanted = (Self.pieces - 1) / (imageGroups * groups * bands) + 1
    let shares = max(1, min(blocks, wanted, filters * taps / 256))
    let plan = try LanePlan(self, rows: rows, blockChannels: blockChannels, function)
    let packed = try Workspace(groups * blocks * tile * channels * taps * size, for: function)
    if dtype == .float64 {
      pack(weights, tile, plan.passes, packed.base, Double.self)
    } else {
      pack(weights, tile, plan.passes, packed.base, Float.self)
    }

    let total = imageGroups * groups * bands * shares
    let plane = y.extent(rows) * columns * lanes * size
    let sumStep = rows * x.out * lanes
    let slab = blockChannels * plane + blocks * tile * sumStep * size
    let slots = try Slots(chunks: total, bytes: slab, for: function)
    let (packedBase, passes) = (packed.base, plan.passes)
    let outPlane = y.out * x.out
    parallel(total) { task in
      slots.with { pixels in
        let sums = pixels + blockChannels &* plane
        let (share, unit) = (task % shares, task / shares)
        let (top, group) = (unit % bands &* rows, unit / bands % groups)
        let first = unit / (bands &* groups) &* lanes
        let range = (share &* blocks / shares)..<((share &+ 1) &* blocks / shares)
        let (count, height) = (min(lanes, images &- first), min(rows, y.out &- top))
        var channel = 0
        while channel < channels {
          let block = min(blockChannels, channels &- channel)
          layOut(source, first, group &* channels &+ channel, block, top, y.extent(height), pixels, plane)
          for pass in passes {
            let places = pass.places(rows: height)
            var weight = packedBase
            weight += (group &* taps &+ pass.firstTap) &* blocks &* tile &* channels &* size
            weight += (range.lowerBound &* channels &+ channel) &* pass.taps &* tile &* size
            for b in range {
              kernel.run(
                Int64(tile), Int64(places), pass.from, pass.to, Int64(block &* pass.taps), pass.offsets,
                weight, pixels, sums + b &* tile &* sumStep &* size, Int64(sumStep), channel > 0 ? 1 : 0)
              weight += channels &* pass.taps &* tile &* size
            }
          }
          channel &+= block
        }
        for f in (range.lowerBound &* tile)..<min(filters, range.upperBound &* tile) {
          let filter = group &* filters &+ f
          let place = (first &* groups &* filters &+ filter) &* outPlane &+ top &* x.out
          kernel.scatter(
            Int64(count), Int64(height &* x.out), sums + f &* sumStep &* size, Int64(lanes),
            out + place &* size,
            Int64(groups &* filters &* outPlane), addend.map { $0 + place &* size },
            bias.map { $0 + filter &* size }, 0, activation)
        }
      }
    }
  }

  /// The pixels that `count` channels from `channel` on of a group of images show to the windows of a band that begins in
  /// row `top`: `rows` of them, with zeros for what is outside.
  func layOut(
    _ source: UnsafeRawPointer, _ firstImage: Int, _ channel: Int, _ count: Int, _ top: Int, _ rows: Int,
    _ to: UnsafeMutableRawPointer, _ plane: Int
  ) {
    let images = min(lanes, images &- firstImage), size = y.size &* x.size
    for c in 0..<count {
      let from = source + (firstImage &* groups &* channels &+ channel &+ c) &* size &* dtype.size
      planes.layOut(from, images, groups &* channels &* size, top, rows, to + c &* plane)
    }
  }

  /// Weights as tiles read them: of each group and pass [block of filters, channel, tap, filter].
  private func pack<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ weights: UnsafeRawPointer, _ tile: Int, _ passes: [LanePass], _ packed: UnsafeMutableRawPointer,
    _: E.Type
  ) {
    let (from, to) = (weights.assumingMemoryBound(to: E.self), packed.assumingMemoryBound(to: E.self))
    let (blocks, order) = ((filters &+ tile &- 1) / tile, self.weights)
    parallel(groups &* blocks) { i in
      let (group, block) = (i / blocks, i % blocks)
      let count = min(tile, filters &- block &* tile)
      let source = from + (group &* order.group &+ block &* tile &* order.filter)
      for pass in passes {
        var target = to + (group &* taps &+ pass.firstTap) &* blocks &* tile &* channels
        target += block &* tile &* pass.taps &* channels
        for c in 0..<channels {
          for t in 0..<pass.taps {
            let element = source + (c &* order.channel &+ Int(pass.order[t]))
            for f in 0..<count { target[f] = element[f &* order.filter] }
            for f in count..<max(count, tile) { target[f] = 0 }
            target += tile
          }
        }
      }
    }
  }
}

extension tk_lanes {
  /// The tile for so many filters: the one with the fewest idle rows.
  func height(for filters: Int) -> Int {
    func padded(_ height: Int) -> Int { (filters &+ height &- 1) / height &* height }
    var best = Int(tall)
    for height in [Int(middle), Int(low)] where padded(height) < padded(best) { best = height }
    return best
  }
}
