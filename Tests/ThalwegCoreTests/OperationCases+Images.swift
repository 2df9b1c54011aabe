@testable import ThalwegCore

extension OperationCase {
  static let images: [OperationCase] = [
    OperationCase(
      "conv2d", [try spread([2, 2, 4, 5]), try spread([3, 2, 2, 3], salt: 1), try spread([3], salt: 2)]
    ) {
      x throws(ThalwegError) in try x[0].conv2d(x[1], x[2])
    },
    OperationCase(
      "conv2d, strided and padded", [try spread([2, 2, 5, 4]), try spread([2, 2, 3, 2], salt: 1)]
    ) {
      x throws(ThalwegError) in try x[0].conv2d(x[1], stride: [2, 3], padding: [1, 2])
    },
    OperationCase(
      "conv2d, dilated, transposed",
      [
        try spread([6, 5, 2, 1]).transpose(0, 3).transpose(1, 2), try spread([2, 2, 2, 2], salt: 1),
      ]
    ) { x throws(ThalwegError) in
      try x[0].conv2d(x[1], padding: [1, 0, 0, 2], dilation: [1, 2])
    },
    OperationCase(
      "conv2d, groups",
      [try spread([1, 4, 5, 5]), try spread([4, 2, 3, 3], salt: 1), try spread([4], salt: 2)]
    ) {
      x throws(ThalwegError) in
      try x[0].conv2d(x[1], x[2], stride: [2], padding: [2], dilation: [2], groups: 2)
    },
    OperationCase(
      "conv2d, one image, kernel 1", [try spread([3, 2, 3]), try spread([2, 3, 1, 1], salt: 1)]
    ) {
      x throws(ThalwegError) in try x[0].conv2d(x[1])
    },
    OperationCase(
      "conv2d, same, even kernel", [try spread([1, 2, 4, 3]), try spread([2, 2, 2, 4], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].conv2d(x[1], padding: .same, dilation: [1, 2])
    },
    OperationCase(
      "conv2d, kernel 1, groups, two images",
      [try spread([2, 4, 2, 3]), try spread([6, 2, 1, 1], salt: 1), try spread([6], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].conv2d(x[1], x[2], groups: 2)
    },
    OperationCase(
      "conv2d, depthwise",
      [try spread([2, 3, 5, 6]), try spread([3, 1, 3, 3], salt: 1), try spread([3], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].conv2d(x[1], x[2], padding: [1], groups: 3)
    },
    OperationCase(
      "conv2d, depthwise, strided, two filters a channel",
      [try spread([1, 2, 6, 7]), try spread([4, 1, 2, 3], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].conv2d(x[1], stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2)
    },
    OperationCase(
      "conv1d", [try spread([2, 3, 7]), try spread([4, 3, 3], salt: 1), try spread([4], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].conv1d(x[1], x[2], stride: [2], padding: [1], dilation: [2])
    },
    OperationCase(
      "conv1d, one sequence, groups, same", [try spread([4, 5]), try spread([2, 2, 2], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].conv1d(x[1], padding: .same, groups: 2)
    },
    OperationCase(
      "conv_transpose2d",
      [try spread([2, 3, 3, 2]), try spread([3, 2, 2, 3], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].convTranspose2d(x[1], x[2])
    },
    OperationCase(
      "conv_transpose2d, strided and padded, groups",
      [try spread([2, 4, 2, 3]), try spread([4, 1, 3, 2], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].convTranspose2d(
        x[1], x[2], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2], groups: 2, dilation: [1, 2])
    },
    OperationCase(
      "conv_transpose2d, more output channels",
      [try spread([2, 3, 2, 2]), try spread([2, 3, 2, 2], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].transpose(0, 1).convTranspose2d(x[1], padding: [1], outputPadding: [0, 1], dilation: [2])
    },
    OperationCase(
      "conv_transpose1d",
      [try spread([3, 4]), try spread([3, 2, 3], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].convTranspose1d(x[1], x[2], stride: [2], padding: [1], outputPadding: [1])
    },
    OperationCase("max_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in
      try x[0].maxPool2d([2])
    },
    OperationCase("max_pool2d, overlapping", [try spread([1, 2, 5, 6])]) { x throws(ThalwegError) in
      try x[0].maxPool2d([3, 2], stride: [2, 1], padding: [1], dilation: [1, 2], ceilMode: true)
    },
    OperationCase("max_pool1d", [try spread([2, 3, 7]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].maxPool1d([3], stride: [2], padding: [1], ceilMode: true)
    },
    OperationCase("adaptive_max_pool2d", [try spread([2, 1, 5, 4])]) { x throws(ThalwegError) in
      try x[0].adaptiveMaxPool2d([3, -1])
    },
    OperationCase("adaptive_max_pool1d, more windows than elements", [try spread([2, 3])]) {
      x throws(ThalwegError) in try x[0].adaptiveMaxPool1d([5])
    },
    OperationCase("avg_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in
      try x[0].avgPool2d([3, 2], stride: [2], padding: [1], ceilMode: true)
    },
    OperationCase("avg_pool2d, not counting padding", [try spread([1, 1, 5, 5])]) { x throws(ThalwegError) in
      try x[0].avgPool2d([3], stride: [1], padding: [1], countsPadding: false)
    },
    OperationCase("avg_pool2d, divisor", [try spread([2, 4, 4])]) { x throws(ThalwegError) in
      try x[0].avgPool2d([2, 3], stride: [1], divisor: -5)
    },
    OperationCase("avg_pool1d", [try spread([2, 2, 6])]) { x throws(ThalwegError) in
      try x[0].avgPool1d([4], stride: [3], padding: [2], ceilMode: true)
    },
    OperationCase("adaptive_avg_pool2d", [try spread([2, 1, 5, 4])]) { x throws(ThalwegError) in
      try x[0].adaptiveAvgPool2d([3, 6])
    },
    OperationCase("adaptive_avg_pool1d", [try spread([2, 3, 7]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].adaptiveAvgPool1d([3])
    },
    OperationCase(
      "conv3d",
      [try spread([2, 2, 3, 4, 3]), try spread([3, 2, 2, 2, 2], salt: 1), try spread([3], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].conv3d(x[1], x[2]) },
    OperationCase(
      "conv3d, one volume, strided, padded, dilated, groups",
      [try spread([5, 4, 4, 4]).transpose(0, 1), try spread([4, 2, 2, 2, 1], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].conv3d(x[1], stride: [2, 1, 2], padding: [1, 1, 0], dilation: [2, 1, 1], groups: 2)
    },
    OperationCase(
      "conv3d, same", [try spread([1, 1, 3, 3, 3]), try spread([2, 1, 2, 3, 2], salt: 1)]
    ) { x throws(ThalwegError) in try x[0].conv3d(x[1], padding: .same) },
    OperationCase(
      "conv_transpose3d",
      [try spread([2, 2, 2, 2, 3]), try spread([2, 2, 2, 2, 2], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].convTranspose3d(x[1], x[2]) },
    OperationCase(
      "conv_transpose3d, one volume, strided, padded, groups",
      [try spread([4, 3, 2, 2]), try spread([4, 1, 2, 3, 2], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].convTranspose3d(
        x[1], x[2], stride: [2, 1, 2], padding: [1, 1, 0], outputPadding: [1, 0, 1], groups: 2,
        dilation: [1, 2, 1])
    },
    OperationCase("max_pool3d", [try spread([1, 2, 4, 5, 4])]) { x throws(ThalwegError) in
      try x[0].maxPool3d(
        [2, 3, 2], stride: [2, 1, 2], padding: [1, 1, 0], dilation: [1, 1, 2], ceilMode: true)
    },
    OperationCase("adaptive_max_pool3d", [try spread([2, 4, 5, 3])]) { x throws(ThalwegError) in
      try x[0].adaptiveMaxPool3d([3, 2, -1])
    },
    OperationCase("avg_pool3d", [try spread([1, 2, 4, 5, 4])]) { x throws(ThalwegError) in
      try x[0].avgPool3d([2, 3, 2], stride: [2], padding: [1, 1, 0], ceilMode: true, countsPadding: false)
    },
    OperationCase("avg_pool3d, divisor", [try spread([2, 4, 3, 4])]) { x throws(ThalwegError) in
      try x[0].avgPool3d([2], stride: [1], divisor: 3)
    },
    OperationCase("adaptive_avg_pool3d", [try spread([1, 2, 4, 5, 3])]) { x throws(ThalwegError) in
      try x[0].adaptiveAvgPool3d([3, -1, 2])
    },
    OperationCase("lp_pool, one direction", [try spread([2, 7], 0.5, 2)]) { x throws(ThalwegError) in
      try x[0].lpPool(3, [3], stride: [2], ceilMode: true)
    },
    OperationCase("lp_pool, two directions", [try spread([1, 2, 4, 5], 0.5, 2)]) { x throws(ThalwegError) in
      try x[0].lpPool(2, [2, 3])
    },
    OperationCase("max_unpool", [try spread([1, 2, 2, 2])]) { x throws(ThalwegError) in
      try x[0].maxUnpool(
        Tensor([Int64(0), 3, 9, 14, 5, 6, 8, 11], [1, 2, 2, 2]), outputSize: [4, 4])
    },
    OperationCase("fractional_max_pool", [try spread([1, 2, 6, 5])]) { x throws(ThalwegError) in
      try x[0].fractionalMaxPool(
        [2, 2], outputSize: [3, 3], samples: Tensor([0.3, 0.6, 0.1, 0.9], [1, 2, 2])
      ).values
    },
    OperationCase("fractional_max_pool, volumes", [try spread([1, 4, 4, 5])]) { x throws(ThalwegError) in
      try x[0].fractionalMaxPool(
        [2, 1, 2], outputSize: [2, 3, 2], samples: Tensor([0.3, 0.6, 0.9], [1, 1, 3])
      ).values
    },
    OperationCase("dropout", [try spread([4, 5])]) { x throws(ThalwegError) in
      try x[0].dropout(0.4, generator: Generator(seed: 9))
    },
    OperationCase("unfold to columns", [try spread([1, 2, 4, 5])]) { x throws(ThalwegError) in
      try x[0].unfoldPatches(
        PatchGeometry(kernel: [2, 3], dilation: [2, 1], padding: [1, 0], stride: [1, 2], in: "unfold"))
    },
    OperationCase("fold", [try spread([1, 8, 6])]) { x throws(ThalwegError) in
      try x[0].foldPatches(3, 4, PatchGeometry(kernel: [2, 2], in: "fold"))
    },
    OperationCase(
      "grid_sample, bilinear, zeros",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bilinear, padding: .zeros)
    },
    OperationCase(
      "grid_sample, bilinear, border",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bilinear, padding: .border)
    },
    OperationCase(
      "grid_sample, bilinear, reflection",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bilinear, padding: .reflection)
    },
    OperationCase(
      "grid_sample, bicubic, zeros",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bicubic, padding: .zeros)
    },
    OperationCase(
      "grid_sample, bicubic, border",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bicubic, padding: .border)
    },
    OperationCase(
      "grid_sample, bicubic, reflection",
      [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .bicubic, padding: .reflection)
    },
    OperationCase(
      "grid_sample, nearest", [try spread([1, 2, 3, 4]), try spread([1, 2, 3, 2], -1.3, 1.3, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], mode: .nearest, alignsCorners: true)
    },
    OperationCase(
      "grid_sample, a volume",
      [try spread([1, 1, 2, 3, 2]), try spread([1, 1, 2, 2, 3], -0.9, 0.9, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].gridSample(x[1], alignsCorners: true)
    },
    OperationCase("affine_grid", [try spread([2, 2, 3])]) { x throws(ThalwegError) in
      try x[0].affineGrid([2, 1, 2, 3])
    },
  ]
}
