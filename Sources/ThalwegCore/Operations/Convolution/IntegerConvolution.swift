/// Convolution of int64 tensors, which wraps on overflow: exact, and plain loops. Neither has a derivative.
enum IntegerConvolution {
  /// - Parameters:
  ///   - image: [N, C, H, W], or without H; as in `Convolution`.
  ///   - windows: [N, O, H', W'].
  ///   - isTransposed: windows are added to the image, rather than the image's products to the windows.
  static func run(
    image: Tensor, _ weight: Tensor, windows: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry,
    isTransposed: Bool
  ) throws(ThalwegError) {
    let result = isTransposed ? image : windows
    result.write(0)
    if let bias {
      let shape = Dims([1, bias.numel] + Array(repeating: 1, count: result.rank - 2))
      try result.copy(from: bias.reshape(shape).expand(result.shape))
    }
    let (from, filters) = (geometry.planar(image.shape), geometry.planar(weight.shape))
    let to = geometry.planar(windows.shape)
    let (pixels, places) = (from[2] &* from[3], to[2] &* to[3])
    let (groups, taps) = (geometry.groups, filters[2] &* filters[3])
    let (outs, ins) = (filters[0] / groups, filters[1])
    let (pixel, window) = (elements(image), elements(windows))
    let factor = elements(try Convolution.dense(weight))
    parallel(from[0] &* groups) { unit in
      for pair in 0..<(outs &* ins) {
        let (o, c) = (pair / ins, pair % ins)
        let plane = pixel + (unit &* ins &+ c) &* pixels
        let target = window + (unit &* outs &+ o) &* places
        for tap in 0..<taps {
          let value = factor[((unit % groups &* outs &+ o) &* ins &+ c) &* taps &+ tap]
          for place in 0..<places {
            let row = geometry.y.coordinate(place / to[3], tap / filters[3])
            let column = geometry.x.coordinate(place % to[3], tap % filters[3])
            guard row >= 0, row < from[2], column >= 0, column < from[3] else { continue }
            if isTransposed {
              plane[row &* from[3] &+ column] &+= value &* target[place]
            } else {
              target[place] &+= value &* plane[row &* from[3] &+ column]
            }
          }
        }
      }
    }
  }

  private static func elements(_ x: Tensor) -> UnsafeMutablePointer<Int64> {
    x.data.assumingMemoryBound(to: Int64.self)
  }
}

extension ConvolutionGeometry.Axis {
  /// Of the pixel under a tap of the window at `place`.
  @inline(__always)
  fileprivate func coordinate(_ place: Int, _ tap: Int) -> Int {
    place &* stride &+ tap &* dilation &- before
  }
}
