package import CKernels

/// Weights times the windows of a batch of images, one group of channels beside the other: what a convolution and the
/// gradient of its input both are. The windows are packed as they are read from the images.
package struct ImageProduct {
  package let dtype: DType
  /// Of each group: rows of the weights, taps of a window over all channels, windows of an image.
  package let m, k, n: Int
  package let batch, groups: Int
  package let layout: tk_image

  /// Elements of packed windows that a core works on at a time: a quarter of a second-level cache, or less.
  static let blockElements = 16 * 1024
  /// Pieces of work at least, where there is so much to do, and at most: each has memory of its own.
  static let fewPieces = 16
  static let manyPieces = 32

  package init(
    _ dtype: DType, m: Int, k: Int, n: Int, batch: Int, groups: Int, _ layout: tk_image
  ) {
    self.dtype = dtype
    (self.m, self.k, self.n) = (m, k, n)
    (self.batch, self.groups) = (batch, groups)
    self.layout = layout
  }

  /// out[b, g] = activation(weights[g] windows(images[b, g]) + bias[g]): weights [groups, m, k], out [batch, groups, m, n], bias
  /// [groups, m] or none, images [batch, groups, channels, y, x]; all row-major.
  ///
  /// The work is cut by shapes alone, and the sums over k run in one order, so the bits do not depend on threads.
  package func run(
    weights: UnsafeRawPointer, images: UnsafeRawPointer, bias: UnsafeRawPointer?,
    activation: Int32 = Int32(TK_ACTIVATION_NONE), out: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    if batch == 0 || m == 0 || n == 0 { return }
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let (size, kc, mr, nr) = (dtype.size, Int(gemm.kc), Int(gemm.mr), Int(gemm.nr))
    let (m, k, n, groups) = (m, k, n, groups)
    let depth = min(k, kc)

    let rowPanels = (m + mr - 1) / mr
    let paddedM = rowPanels * mr
    let packed = try Workspace(groups * paddedM * k * size, for: function)
    let (packedBase, slabs) = (packed.base, (k + kc - 1) / kc)
    parallel(groups * slabs) { i in
      let (group, start) = (i / slabs, i % slabs &* kc)
      gemm.pack_a(
        Int64(m), Int64(min(kc, k &- start)), weights + (group &* m &* k &+ start) &* size, Int64(k), 1,
        packedBase + paddedM &* (group &* k &+ start) &* size)
    }

    let columnPanels = (n + nr - 1) / nr
    let most = max(1, Self.blockElements / (depth * nr))
    let columnBlocks = (columnPanels + most - 1) / most
    let columns = (columnPanels + columnBlocks - 1) / columnBlocks * nr
    let units = batch * groups * columnBlocks
    let wanted = min(rowPanels, units >= Self.fewPieces ? 1 : (Self.fewPieces + units - 1) / units)
    let rows = (rowPanels + wanted - 1) / wanted * mr
    let rowBlocks = (m + rows - 1) / rows
    let total = units * rowBlocks
    let pieces = min(total, Self.manyPieces)

    let scratch = try Workspace(pieces * columns * depth * size, for: function)
    let (scratchBase, imageElements) = (scratch.base, imageElements)
    let sharedLayout = layout
    parallel(pieces) { piece in
      var layout = sharedLayout
      let windows = scratchBase + piece &* columns &* depth &* size
      for task in (piece &* total / pieces)..<((piece &+ 1) &* total / pieces) {
        let row = task % rowBlocks &* rows
        let column = task / rowBlocks % columnBlocks &* columns
        let place = task / rowBlocks / columnBlocks  // image and group
        let group = place % groups
        let height = Int64(min(rows, m &- row)), width = Int64(min(columns, n &- column))
        let image = images + place &* imageElements &* size
        let target = out + ((place &* m &+ row) &* n &+ column) &* size
        var start = 0
        while start < k {
          let depth = min(kc, k &- start)
          gemm.pack_image(Int64(start), Int64(depth), Int64(column), width, image, &layout, windows)
          let isLast = start &+ depth == k
          let biased = isLast ? bias : nil
          var epilogue = tk_epilogue(
            bias: biased.map { $0 + (group &* m &+ row) &* size },
            bias_kind: Int32(biased == nil ? TK_BIAS_NONE : TK_BIAS_ROW),
            activation: isLast ? activation : Int32(TK_ACTIVATION_NONE), accumulate: start > 0 ? 1 : 0)
          gemm.block(
            height, width, Int64(depth),
            packedBase + (paddedM &* (group &* k &+ start) &+ row &* depth) &* size, windows, target,
            Int64(n), &epilogue)
          start &+= depth
        }
      }
    }
  }

  /// weights[g] = the sum over the batch of gradients[b, g] windows(images[b, g])ᵀ, shapes as above with gradients in the
  /// place of `out`. The batch is cut into fixed parts, whose sums are added in order.
  package func runForWeights(
    gradients: UnsafeRawPointer, images: UnsafeRawPointer, weights: UnsafeMutableRawPointer,
    for function: StaticString
  ) throws(ThalwegError) {
    if batch == 0 || m == 0 || k == 0 { return }
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let (size, mr, nr) = (dtype.size, Int(gemm.mr), Int(gemm.nr))
    let (m, k, n, batch, groups) = (m, k, n, batch, groups)
    let paddedM = (m + mr - 1) / mr * mr
    // The depth of the product is a number of windows here.
    let depth = min(n, Int(gemm.kc), max(32, 4 * Self.blockElements / paddedM))
    let most = max(1, Self.blockElements / (depth * nr))
    let columnPanels = (k + nr - 1) / nr
    let columnBlocks = (columnPanels + most - 1) / most
    let columns = (columnPanels + columnBlocks - 1) / columnBlocks * nr
    let units = groups * columnBlocks
    let parts = min(batch, (Self.fewPieces + units - 1) / units)
    let total = units * parts
    let pieces = min(total, Self.manyPieces)

    let count = groups * m * k
    let partial = try Workspace((parts - 1) * count * size, for: function)
    let slab = (paddedM + columns) * depth * size
    let aligned = (slab + 63) / 64 * 64
    let scratch = try Workspace(pieces * aligned, for: function)
    let (scratchBase, partialBase, imageElements) = (scratch.base, partial.base, imageElements)
    let sharedLayout = layout
    parallel(pieces) { piece in
      var layout = sharedLayout
      let windows = scratchBase + piece &* aligned
      let packed = windows + columns &* depth &* size
      for task in (piece &* total / pieces)..<((piece &+ 1) &* total / pieces) {
        let (part, unit) = (task / units, task % units)
        let (group, column) = (unit / columnBlocks, unit % columnBlocks &* columns)
        let width = Int64(min(columns, k &- column))
        let target = part == 0 ? weights : partialBase + (part &- 1) &* count &* size
        var accumulate: Int32 = 0
        for image in (part &* batch / parts)..<((part &+ 1) &* batch / parts) {
          let place = image &* groups &+ group
          var start = 0
          while start < n {
            let depth = min(depth, n &- start)
            gemm.pack_a(
              Int64(m), Int64(depth), gradients + (place &* m &* n &+ start) &* size, Int64(n), 1, packed)
            gemm.pack_image_transposed(
              Int64(start), Int64(depth), Int64(column), width, images + place &* imageElements &* size,
              &layout, windows)
            var epilogue = tk_epilogue(
              bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
              accumulate: accumulate)
            gemm.block(
              Int64(m), width, Int64(depth), packed, windows,
              target + (group &* m &* k &+ column) &* size, Int64(k), &epilogue)
            accumulate = 1
            start &+= depth
          }
        }
      }
    }
    Self.add(partialBase, parts - 1, count, to: weights, dtype)
  }

  /// Adds `parts` arrays of `count` elements that lie one behind the other to `sums`, in order.
  static func add(
    _ partial: UnsafeRawPointer, _ parts: Int, _ count: Int, to sums: UnsafeMutableRawPointer, _ dtype: DType
  ) {
    guard parts > 0, let add = kernels.pointee.add[dtype] else { return }
    let (chunk, size) = (blockElements, dtype.size)
    parallel((count + chunk - 1) / chunk) { i in
      let start = i &* chunk
      let length = Int64(min(chunk, count &- start))
      for part in 0..<parts {
        let target = sums + start &* size
        add(length, target, 1, target, 1, partial + (part &* count &+ start) &* size, 1)
      }
    }
  }

  /// Of one group of one image.
  private var imageElements: Int {
    k / Int(layout.y.taps &* layout.x.taps) &* Int(layout.y.size) &* Int(layout.x.size)
  }
}
