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
    OperationCase("max_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in
      try x[0].maxPool2d([2])
    },
    OperationCase("max_pool2d, overlapping", [try spread([1, 2, 5, 6])]) { x throws(ThalwegError) in
      try x[0].maxPool2d([3, 2], stride: [2, 1], padding: [1], dilation: [1, 2], ceilMode: true)
    },
    OperationCase("avg_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in
      try x[0].avgPool2d([3, 2], stride: [2], padding: [1], ceilMode: true)
    },
    OperationCase("avg_pool2d, not counting padding", [try spread([1, 1, 5, 5])]) { x throws(ThalwegError) in
      try x[0].avgPool2d([3], stride: [1], padding: [1], countsPadding: false)
    },
    OperationCase("dropout", [try spread([4, 5])]) { x throws(ThalwegError) in
      try x[0].dropout(0.4, generator: Generator(seed: 9))
    },
  ]
}
