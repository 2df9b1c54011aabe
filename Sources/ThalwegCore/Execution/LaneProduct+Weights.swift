import CKernels

extension LaneProduct {
  /// weights[g, f, c] = the sum over n of gradients[n, g, f] times the windows of images[n, g, c].
  ///
  /// The bands of all images are cut into fixed parts, whose sums are added in order.
  func runForWeights(
    gradients: UnsafeRawPointer, images: UnsafeRawPointer, weights: UnsafeMutableRawPointer,
    for function: StaticString
  ) throws(ThalwegError) {
    let (size, lanes, taps, blockChannels) = (dtype.size, lanes, taps, blockChannels)
    let rows = bandRows(outs: filters, least: 96)
    let bands = (y.out + rows - 1) / rows
    let plan = try LanePlan(self, rows: rows, blockChannels: blockChannels, function)
    let pass = plan.passes[0]

    // Blocks of channels and parts of the images, so that every core has something to do.
    let (units, blocks) = (imageGroups * bands, (channels + blockChannels - 1) / blockChannels)
    let parts = min(units, (Self.pieces - 1) / (groups * blocks) + 1)
    let total = parts * groups * blocks
    let plane = y.extent(rows) * columns * lanes * size
    let gradientStep = rows * x.out * lanes
    let slab = blockChannels * plane + filters * gradientStep * size
    let slots = try Slots(chunks: total, bytes: slab, for: function)
    let (row, count) = (channels * taps, groups * filters * channels * taps)
    let partial = try Workspace((parts - 1) * count * size, for: function)
    let (partialBase, outPlane) = (partial.base, y.out * x.out)
    weights.initializeMemory(as: UInt8.self, repeating: 0, count: count * size)
    partialBase.initializeMemory(as: UInt8.self, repeating: 0, count: (parts - 1) * count * size)
    parallel(total) { task in
      slots.with { pixels in
        let gradient = pixels + blockChannels &* plane
        let (group, channel) = (task / blocks % groups, task % blocks &* blockChannels)
        let (part, block) = (task / (blocks &* groups), min(blockChannels, channels &- channel))
        var target = part == 0 ? weights : partialBase + (part &- 1) &* count &* size
        target += (group &* filters &* row &+ channel &* taps) &* size
        for unit in (part &* units / parts)..<((part &+ 1) &* units / parts) {
          let (first, top) = (unit / bands &* lanes, unit % bands &* rows)
          let height = min(rows, y.out &- top)
          let places = height &* x.out
          for f in 0..<filters {
            let plane = (first &* groups &+ group) &* filters &+ f
            kernel.gather(
              Int64(min(lanes, self.images &- first)), Int64(places), Int64(places),
              gradients + (plane &* outPlane &+ top &* x.out) &* size, Int64(groups &* filters &* outPlane),
              gradient + f &* gradientStep &* size, Int64(places &* lanes))
          }
          layOut(images, first, group &* channels &+ channel, block, top, y.extent(height), pixels, plane)
          kernel.sums(
            Int64(filters), Int64(block &* taps), Int64(places), pass.from, pass.offsets, gradient,
            Int64(gradientStep), pixels, target, Int64(row))
        }
      }
    }
    ImageProduct.add(partial.base, parts - 1, count, to: weights, dtype)
  }
}
