import ThalwegCore

/// Where channels are and how many directions an input has: [N, ..., C] or [N, C, ...].
struct KerasImage {
  let directions: Int
  let isFirst: Bool

  init(_ config: KerasConfig, _ directions: Int) throws(ThalwegError) {
    self.directions = directions
    isFirst = try config.channelsFirst()
  }

  /// A view with channels behind the batch.
  func enter(_ x: Tensor) throws(ThalwegError) -> Tensor {
    guard x.rank == directions + 2 else {
      throw ThalwegError(
        .shape,
        "the input has shape \(x.shape); it must have \(directions + 2) dimensions: batch, \(directions), channels"
      )
    }
    return isFirst ? x : try x.moved(x.rank - 1, to: 1)
  }

  /// The way back.
  func leave(_ x: Tensor) throws(ThalwegError) -> Tensor { isFirst ? x : try x.moved(1, to: x.rank - 1) }

  /// The directions' dimensions of the layer's own input.
  var axes: Dims { Dims((0..<directions).map { $0 + (isFirst ? 2 : 1) }) }

  /// "2" of "Conv2D".
  static func directions(_ className: String) -> Int? {
    for (digit, count) in [("1D", 1), ("2D", 2), ("3D", 3)] {
      let letters = Array(className.utf8)
      for start in letters.indices where letters[start...].starts(with: digit.utf8) { return count }
    }
    return nil
  }
}

/// What is put around an image: TensorFlow's `same` makes the output as long as the input over the stride, the odd one
/// behind; `causal` puts all before.
enum KerasPadding: String {
  case valid, same, causal

  /// Before and behind, for windows of `reach` elements.
  func sides(_ size: Int, reach: Int, stride: Int) -> (Int, Int) {
    switch self {
    case .valid: return (0, 0)
    case .causal: return (reach - 1, 0)
    case .same:
      let count = size / stride + (size % stride == 0 ? 0 : 1)
      let all = max((count - 1) * stride + reach - size, 0)
      return (all / 2, all - all / 2)
    }
  }
}

extension KerasLayer {
  static func imageKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    guard let directions = KerasImage.directions(config.className) else { return nil }
    switch config.className {
    case "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
      "SeparableConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose":
      return try KerasConvolution(config, directions)
    case "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D",
      "AveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
      "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D":
      return try KerasPooling(config, directions)
    case "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D",
      "UpSampling1D", "UpSampling2D", "UpSampling3D":
      return try KerasResizing(config, directions)
    default: return nil
    }
  }
}
