import CKernels

extension ImageProduct {
  /// images[b, g] = bias[g] + the sum over windows of weights[g]ᵀ gradients[b, g], each product added to the pixels that its
  /// taps lie over: the gradient of a convolution's input, the better way where windows overlap little or channels are
  /// few. Shapes as in `run`, with gradients in the place of `out`; bias [groups, channels] or none.
  ///
  /// Every channel of every image is one core's, which adds in a fixed order.
  package func runSpreading(
    weights: UnsafeRawPointer, gradients: UnsafeRawPointer, bias: UnsafeRawPointer?,
    images: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    if batch == 0 { return }
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let (size, kc, mr, nr) = (dtype.size, Int(gemm.kc), Int(gemm.mr), Int(gemm.nr))
    let (m, k, n, groups) = (m, k, n, groups)
    let fill = dtype == .float64 ? kernels.pointee.copy8 : kernels.pointee.copy4
    let taps = Int(layout.y.taps &* layout.x.taps)
    let pixels = Int(layout.y.size) &* Int(layout.x.size)

    // Blocks of channels, so that few images give every core something to do.
    let (channels, units) = (k / taps, batch * groups)
    let wanted = min(channels, units >= Self.fewPieces ? 1 : (Self.fewPieces + units - 1) / units)
    let blockChannels = (channels + wanted - 1) / wanted
    let blocks = (channels + blockChannels - 1) / blockChannels
    let paddedRows = (blockChannels * taps + mr - 1) / mr * mr
    let total = units * blocks
    let pieces = min(total, Self.manyPieces)

    let columnPanels = (n + nr - 1) / nr
    let most = max(1, Self.blockElements / (min(m, kc) * nr))
    let columnBlocks = (columnPanels + most - 1) / most
    let columns = (columnPanels + columnBlocks - 1) / columnBlocks * nr
    let rows = min(paddedRows, max(1, Self.blockElements / (columns * mr)) * mr)

    let packed = try Workspace(groups * blocks * paddedRows * m * size, for: function)
    let slab = (columns * m + rows * columns) * size
    let scratch = try Workspace(pieces * slab, for: function)
    let (packedBase, scratchBase, sharedLayout) = (packed.base, scratch.base, layout)
    let slabs = (m + kc - 1) / kc
    parallel(groups * blocks * slabs) { i in
      let (place, start) = (i / slabs, i % slabs &* kc)
      let (group, channel) = (place / blocks, place % blocks &* blockChannels)
      let height = min(blockChannels, channels &- channel) &* taps
      gemm.pack_a(
        Int64(height), Int64(min(kc, m &- start)),
        weights + ((group &* m &+ start) &* k &+ channel &* taps) &* size, 1, Int64(k),
        packedBase + (place &* m &+ start) &* paddedRows &* size)
    }
    parallel(pieces) { piece in
      var layout = sharedLayout
      let right = scratchBase + piece &* slab
      let matrix = right + columns &* m &* size
      for task in (piece &* total / pieces)..<((piece &+ 1) &* total / pieces) {
        let (unit, block) = (task / blocks, task % blocks)
        let left = packedBase + (unit % groups &* blocks &+ block) &* m &* paddedRows &* size
        let channel = block &* blockChannels
        let count = min(blockChannels, channels &- channel)
        let image = images + (unit &* channels &+ channel) &* pixels &* size
        if let bias {
          for i in 0..<count {
            let value = bias + (unit % groups &* channels &+ channel &+ i) &* size
            fill?(Int64(pixels), image + i &* pixels &* size, 1, value, 0)
          }
        } else {
          image.initializeMemory(as: UInt8.self, repeating: 0, count: count &* pixels &* size)
        }
        var column = 0
        while column < n {
          let width = min(columns, n &- column)
          var start = 0
          while start < m {
            gemm.pack_b(
              Int64(min(kc, m &- start)), Int64(width),
              gradients + ((unit &* m &+ start) &* n &+ column) &* size, Int64(n), 1,
              right + start &* columns &* size)
            start &+= kc
          }
          var row = 0
          while row < count &* taps {
            let height = min(rows, count &* taps &- row)
            start = 0
            while start < m {
              let depth = min(kc, m &- start)
              var epilogue = tk_epilogue(
                bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
                accumulate: start > 0 ? 1 : 0)
              gemm.block(
                Int64(height), Int64(width), Int64(depth),
                left + (start &* paddedRows &+ row &* depth) &* size, right + start &* columns &* size,
                matrix, Int64(width), &epilogue)
              start &+= depth
            }
            gemm.add_image(Int64(row), Int64(height), Int64(column), Int64(width), matrix, &layout, image)
            row &+= rows
          }
          column &+= columns
        }
      }
    }
  }
}
