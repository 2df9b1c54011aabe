import CKernels

/// The gradient of a convolution's weights with pixels as rows of a matrix, all channels of one beside the other: the
/// pixels under one tap of all windows are then rows that follow each other, so that the product of the gradients with
/// them needs no packing but that of the pixels themselves (Zhang, Franchetti & Low 2018, "High performance
/// zero-memory overhead direct convolutions"). Between the rows of windows lie some that are none; there the gradient
/// is taken to be 0. Strides and phases as in `SlidingProduct`.
package struct PixelProduct {
  let dtype: DType
  let images, groups: Int
  /// Of each group.
  let channels, filters: Int
  let y, x: SlidingProduct.Axis
  let taps: Int
  /// Places in a row of a phase.
  let columns: Int
  /// Rows of windows that are worked on at a time.
  let chunkRows: Int

  /// Windows in a chunk, about.
  private static let chunk = 320

  /// Nil where it would not pay: channels must fill panels, and there must not be far more zeros than pixels.
  init?(_ dtype: DType, _ geometry: ConvolutionGeometry, _ input: Dims, _ weight: Dims, _ output: Dims) {
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let nr = Int(gemm.nr)
    var (input, output) = (geometry.planar(input), geometry.planar(output))
    let weight = geometry.planar(weight)
    if geometry.isPixelwise(weight), input[3] < Self.chunk / 2 {  // as few rows as go
      var wide = 1
      for rows in 1...max(1, min(input[2], Self.chunk / input[3])) where input[2] % rows == 0 { wide = rows }
      (input[2], input[3]) = (input[2] / wide, input[3] &* wide)
      (output[2], output[3]) = (input[2], input[3])
    }
    func axis(_ axis: ConvolutionGeometry.Axis, _ i: Int) -> SlidingProduct.Axis {
      SlidingProduct.Axis(
        size: input[i], places: output[i], taps: weight[i], stride: axis.stride, dilation: axis.dilation,
        before: axis.before)
    }
    (self.dtype, images, groups) = (dtype, input[0], geometry.groups)
    (channels, filters) = (weight[1], weight[0] / geometry.groups)
    (y, x) = (axis(geometry.y, 2), axis(geometry.x, 3))
    taps = weight[2] * weight[3]
    guard 2 * channels >= (channels + nr - 1) / nr * nr, y.places * x.places >= 32, y.stride < 8,
      x.stride < 8,
      x.reach <= 4096, x.reach < 2 * (x.size + x.stride * x.places) + 64,
      (y.taps - 1) * y.dilation < 2 * y.size
    else { return nil }
    columns = (x.reach + x.stride - 1) / x.stride
    let rows = max(1, min(y.places, Self.chunk / columns))
    chunkRows = (y.places + (y.places + rows - 1) / rows - 1) / ((y.places + rows - 1) / rows)
  }

  /// weights[g, o, c, tap] = the sum over n of gradients[n, g, o] times the pixels of images[n, g, c] under the tap.
  ///
  /// The batch is cut into fixed parts, whose sums are added in order.
  func run(
    gradients: UnsafeRawPointer, images: UnsafeRawPointer, weights: UnsafeMutableRawPointer,
    for function: StaticString
  ) throws(ThalwegError) {
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let (size, mr, nr) = (dtype.size, Int(gemm.mr), Int(gemm.nr))
    let (groups, channels, filters, taps, count) = (groups, channels, filters, taps, self.images)
    let (phases, rows) = (y.stride * x.stride, chunkRows + (y.taps - 1) * y.dilation / y.stride)
    let panel = phases * rows * columns * nr  // elements: all pixels of nr channels
    let panels = (channels + nr - 1) / nr
    let windows = (chunkRows - 1) * columns + x.places
    let paddedFilters = (filters + mr - 1) / mr * mr

    // Blocks of channels and parts of the batch, so that every core has something to do.
    let wanted = min(panels, (ImageProduct.fewPieces + groups - 1) / groups)
    let blockPanels = (panels + wanted - 1) / wanted
    let blocks = (panels + blockPanels - 1) / blockPanels
    let parts = min(count, (ImageProduct.fewPieces + groups * blocks - 1) / (groups * blocks))
    let total = groups * parts * blocks
    let pieces = min(total, ImageProduct.manyPieces)

    // The weights are [group, tap, filter, channel] here.
    let elements = groups * filters * channels * taps
    let sums = try Workspace(parts * elements * size, for: function)
    let (spaced, packed) = (filters * windows, paddedFilters * windows)
    let slab = ((blockPanels * panel + spaced + packed) * size + 63) / 64 * 64
    let scratch = try Workspace(pieces * slab, for: function)
    let (sumsBase, scratchBase) = (sums.base, scratch.base)
    parallel(pieces) { piece in
      let right = scratchBase + piece &* slab
      let left = right + blockPanels &* panel &* size
      let space = left + packed &* size
      space.initializeMemory(as: UInt8.self, repeating: 0, count: spaced &* size)
      for task in (piece &* total / pieces)..<((piece &+ 1) &* total / pieces) {
        let (part, unit) = (task / (groups &* blocks), task % (groups &* blocks))
        let (group, first) = (unit / blocks, unit % blocks &* blockPanels)
        let target = sumsBase + (part &* groups &+ group) &* taps &* filters &* channels &* size
        var accumulate: Int32 = 0
        for image in (part &* count / parts)..<((part &+ 1) &* count / parts) {
          let place = image &* groups &+ group
          let gradient = gradients + place &* filters &* y.places &* x.places &* size
          let pixels = images + place &* channels &* y.size &* x.size &* size
          var top = 0
          while top < y.places {
            let height = min(chunkRows, y.places &- top)
            let depth = (height &- 1) &* columns &+ x.places
            for f in 0..<filters {
              for p in 0..<height {
                (space + (f &* windows &+ p &* columns) &* size).copyMemory(
                  from: gradient + ((f &* y.places &+ top &+ p) &* x.places) &* size,
                  byteCount: x.places &* size)
              }
            }
            gemm.pack_a(Int64(filters), Int64(depth), space, Int64(windows), 1, left)
            for block in first..<min(panels, first &+ blockPanels) {
              let channel = block &* nr
              let width = min(nr, channels &- channel)
              let matrix = right + (block &- first) &* panel &* size
              pack(pixels + channel &* y.size &* x.size &* size, width, top, rows, matrix, gemm)
              for tap in 0..<taps {
                let (i, j) = (y.phase(tap / x.taps), x.phase(tap % x.taps))
                let row = ((i.0 &* x.stride &+ j.0) &* rows &+ i.1) &* columns &+ j.1
                var epilogue = tk_epilogue(
                  bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
                  accumulate: accumulate)
                gemm.block(
                  Int64(filters), Int64(width), Int64(depth), left, matrix + row &* nr &* size,
                  target + (tap &* filters &* channels &+ channel) &* size, Int64(channels), &epilogue)
              }
            }
            accumulate = 1
            top &+= height
          }
        }
      }
    }
    if dtype == .float64 {
      turn(sumsBase, parts, weights, Double.self)
    } else {
      turn(sumsBase, parts, weights, Float.self)
    }
  }

  /// The pixels that `rows` rows of windows from `top` on see of up to a panel of channels: by phases, rows and columns,
  /// with zeros for what is outside.
  private func pack(
    _ pixels: UnsafeRawPointer, _ channels: Int, _ top: Int, _ rows: Int, _ to: UnsafeMutableRawPointer,
    _ gemm: tk_gemm
  ) {
    let (size, nr) = (dtype.size, Int(gemm.nr))
    for phase in 0..<(y.stride &* x.stride) {
      let (first, end, left) = x.inside(phase % x.stride, columns)
      for r in 0..<rows {
        let row = (top &+ r) &* y.stride &+ phase / x.stride &- y.before
        let line = to + (phase &* rows &+ r) &* columns &* nr &* size
        if row < 0 || row >= y.size || first == end {
          line.initializeMemory(as: UInt8.self, repeating: 0, count: columns &* nr &* size)
          continue
        }
        line.initializeMemory(as: UInt8.self, repeating: 0, count: first &* nr &* size)
        gemm.pack_b(
          Int64(end &- first), Int64(channels), pixels + (row &* x.size &+ left) &* size, Int64(x.stride),
          Int64(y.size &* x.size), line + first &* nr &* size)
        (line + end &* nr &* size).initializeMemory(
          as: UInt8.self, repeating: 0, count: (columns &- end) &* nr &* size)
      }
    }
  }

  /// weights[g, o, c, tap] = the sum over the parts of sums[part, g, tap, o, c].
  private func turn<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ sums: UnsafeRawPointer, _ parts: Int, _ weights: UnsafeMutableRawPointer, _: E.Type
  ) {
    let (from, to) = (sums.assumingMemoryBound(to: E.self), weights.assumingMemoryBound(to: E.self))
    let (channels, filters, taps) = (channels, filters, taps)
    let (plane, elements) = (filters &* channels, groups &* filters &* channels &* taps)
    parallel(groups &* filters) { row in
      let (group, filter) = (row / filters, row % filters)
      let target = to + row &* channels &* taps
      for tap in 0..<taps {
        let source = from + ((group &* taps &+ tap) &* plane &+ filter &* channels)
        for c in 0..<channels { target[c &* taps &+ tap] = source[c] }
        for part in 1..<max(1, parts) {
          let more = source + part &* elements
          for c in 0..<channels { target[c &* taps &+ tap] += more[c] }
        }
      }
    }
  }
}
