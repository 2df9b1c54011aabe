import CKernels

extension SlidingProduct {
  /// So many filters of a channel are multiplied together.
  static let severalFilters = 3

  /// `run`, with all filters of a channel at a time: a tap of the image is read once for them. That is `LaneProduct`'s kernel,
  /// in whose lanes neighbouring places lie here. The bias is a tap more, which sees ones.
  func together<E: BinaryFloatingPoint & BitwiseCopyable>(
    factors: UnsafeRawPointer, _ images: UnsafeRawPointer, _ bias: UnsafeRawPointer?,
    _ activate: tk_unary_loop?, _ out: UnsafeMutableRawPointer, _ function: StaticString, _: E.Type
  ) throws(ThalwegError) {
    let kernel = dtype == .float64 ? kernels.pointee.f64.lanes : kernels.pointee.f32.lanes
    let (lanes, height) = (Int(kernel.count), kernel.height(for: filters))
    let (blocks, packs) = ((filters + height - 1) / height, (span + lanes - 1) / lanes)
    let (room, length) = (phases &* phaseSize &+ Self.slack, packs &* lanes)
    let depth = bias == nil ? taps : taps + 1

    let offsets = try Table(depth, function), places = try Table(packs, function)
    for tap in 0..<taps {
      let place = place(tap)
      offsets.base[tap] = Int64(place.phase &* phaseSize &+ place.offset)
    }
    if depth > taps { offsets.base[taps] = Int64(room) }
    for pack in 0..<packs { places.base[pack] = Int64(pack &* lanes) }

    let packed = try Workspace(channels &* blocks &* height &* depth &* dtype.size, for: function)
    let weights = packed.base.assumingMemoryBound(to: E.self)
    let (source, shifts) = (
      factors.assumingMemoryBound(to: E.self), bias?.assumingMemoryBound(to: E.self)
    )
    for row in 0..<(channels &* blocks &* height) {
      let (channel, f) = (row / (blocks &* height), row % (blocks &* height))
      let target = weights + ((row &- f % height) &* depth &+ f % height)
      let filter = channel &* filters &+ f
      for tap in 0..<taps { target[tap &* height] = f < filters ? source[filter &* taps &+ tap] : 0 }
      if let shifts { target[taps &* height] = f < filters ? shifts[filter] : 0 }
    }

    let (from, to) = (images.assumingMemoryBound(to: E.self), out.assumingMemoryBound(to: E.self))
    let (taken, starts) = (offsets.base, places.base)
    try eachPlane(self.images &* channels, room &+ (1 &+ blocks &* height) &* length, function) {
      (plane, scratch: UnsafeMutablePointer<E>, isFresh) in
      let sums = scratch + (room &+ length)
      if isFresh {
        scratch.update(repeating: 0, count: room)
        (scratch + room).update(repeating: 1, count: length)
      }
      layOut(from + plane &* y.size &* x.size, scratch)
      for block in 0..<blocks {
        let first = (plane % channels &* blocks &+ block) &* height
        kernel.run(
          Int64(height), Int64(packs), starts, starts, Int64(depth), taken, weights + first &* depth, scratch,
          sums + block &* height &* length, Int64(length), 0)
      }
      for f in 0..<filters {
        let target = to + (plane &* filters &+ f) &* y.places &* x.places
        for p in 0..<y.places {
          let (row, place) = (sums + (f &* length &+ p &* columns), target + p &* x.places)
          if let activate {
            activate(Int64(x.places), place, 1, row, 1)
          } else {
            place.update(from: row, count: x.places)
          }
        }
      }
    }
  }
}
