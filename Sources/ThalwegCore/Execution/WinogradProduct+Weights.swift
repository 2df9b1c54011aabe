import CKernels

extension WinogradProduct {
  /// How many sums of parts of the images may be kept, in elements.
  private static let partElements = 256 * 1024

  /// weights[g, f, c] = the sum over n of gradients[n, g, f] times the windows of images[n, g, c].
  ///
  /// The chunks are cut into fixed parts, whose sums are added in order.
  func runForWeights(
    gradients: UnsafeRawPointer, images: UnsafeRawPointer, weights: UnsafeMutableRawPointer,
    for function: StaticString
  ) throws(ThalwegError) {
    let (size, width, nr) = (dtype.size, width, Int(gemm.nr))
    let (filters, padded, paddedFilters) = (filters, paddedChannels, paddedFilters)
    let chunks = chunks(Self.pieces)
    let count = groups &* Self.points &* paddedFilters &* padded
    let parts = max(1, min(chunks.count, Self.pieces / groups, Self.partElements / count))
    // Where there are few parts, filters are shared out too, for which the pixels are laid out once more.
    let blocks = paddedFilters / width
    let shares = max(1, min(blocks / 2, Self.pieces / 2 / (parts &* groups)))

    let most = chunks.images &* chunks.rows &* tileColumns
    let (pointStep, slopeStep) = (pointStep(most, padded), pointStep(most, paddedFilters))
    let one = ConvolutionGeometry.Axis()
    guard let rowsOfSlopes = LaneAxis(one, height, 1, y.out, false),
      let columnsOfSlopes = LaneAxis(one, length, 1, x.out, false)
    else { return }  // never: there is a place at least, and one zero at most
    let slopes = LanePlanes(y: rowsOfSlopes, x: columnsOfSlopes, size: size, kernel: lanes)
    let plane = max(plane(chunks.rows), 2 &* chunks.rows &* slopes.columns &* width)
    let slots = try Slots(
      chunks: parts * groups * shares, bytes: (plane + Self.points * (pointStep + slopeStep)) * size,
      for: function)
    let sums = try Workspace(parts * count * size, for: function)
    let (sumsBase, outPlane, tileColumns) = (sums.base, height &* length, tileColumns)
    parallel(parts &* groups &* shares) { task in
      slots.with { pixels in
        let (share, group, part) = (task % shares, task / shares % groups, task / shares / groups)
        let points = pixels + plane &* size
        let ofSlopes = points + Self.points &* pointStep &* size
        let begin = share &* blocks / shares &* width
        let end = (share &+ 1) &* blocks / shares &* width
        let target = sumsBase + (part &* count &+ group &* Self.points &* paddedFilters &* padded) &* size
        var epilogue = tk_epilogue()
        for chunk in (part &* chunks.count / parts)..<((part &+ 1) &* chunks.count / parts) {
          let (first, top) = (
            chunk / chunks.bands &* chunks.images, chunk % chunks.bands &* chunks.rows
          )
          let (several, rows) = (min(chunks.images, self.images &- first), min(chunks.rows, tileRows &- top))
          layOut(images, group, first, several, top, rows, pixels, points, pointStep)
          for n in 0..<several {
            let image = ((first &+ n) &* groups &+ group) &* filters &* outPlane
            var filter = begin
            while filter < end {
              slopes.layOut(
                gradients + (image &+ filter &* outPlane) &* size, min(width, filters &- filter), outPlane,
                2 &* top, 2 &* rows, pixels)
              kernel.slopes(
                Int64(rows), Int64(tileColumns), pixels, Int64(slopes.columns &* width),
                ofSlopes + (n &* tiles &* paddedFilters &+ filter) &* size, Int64(slopeStep),
                Int64(paddedFilters))
              filter &+= width
            }
          }
          for point in 0..<Self.points {
            gemm.strips(
              Int64(end &- begin), Int64(padded), Int64(several &* rows &* tileColumns),
              ofSlopes + (point &* slopeStep &+ begin) &* size, 1, Int64(paddedFilters),
              points + point &* pointStep &* size, Int64(padded), Int64(nr),
              target + (point &* paddedFilters &+ begin) &* padded &* size, Int64(padded), &epilogue)
          }
          epilogue.accumulate = 1
        }
      }
    }
    ImageProduct.add(sumsBase + count * size, parts - 1, count, to: sumsBase, dtype)
    try unpack(sumsBase, to: weights, for: function)
  }

  /// Weights [groups, filters, channels, 3, 3] from their points, [group, point, filter, channel].
  private func unpack(
    _ sums: UnsafeRawPointer, to weights: UnsafeMutableRawPointer, for function: StaticString
  ) throws(ThalwegError) {
    let (size, width, padded, paddedFilters) = (dtype.size, width, paddedChannels, paddedFilters)
    let slots = try Slots(chunks: groups * filters, bytes: 9 * width * size, for: function)
    parallel(groups &* filters) { row in
      slots.with { taps in
        let place = row / filters &* Self.points &* paddedFilters &+ row % filters
        var channel = 0
        while channel < channels {
          kernel.gradients(
            sums + (place &* padded &+ channel) &* size, Int64(paddedFilters &* padded), taps)
          lanes.scatter(
            Int64(min(width, channels &- channel)), 9, taps, Int64(width),
            weights + (row &* channels &+ channel) &* 9 &* size, 9, nil, nil, 0, Int32(TK_ACTIVATION_NONE))
          channel &+= width
        }
      }
    }
  }
}
