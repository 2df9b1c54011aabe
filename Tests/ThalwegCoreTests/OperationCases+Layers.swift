@testable import ThalwegCore

extension OperationCase {
  static let layers: [OperationCase] = [
    OperationCase("glu", [try spread([2, 4, 3])]) { x throws(ThalwegError) in try x[0].glu(1) },
    OperationCase("prelu", [try spread([2, 3]), try spread([1], salt: 1)]) { x throws(ThalwegError) in
      try x[0].prelu(x[1])
    },
    OperationCase("prelu, channels", [try spread([2, 3, 2]).transpose(0, 2), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].prelu(x[1])
    },
    OperationCase("rrelu, evaluation", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].rrelu() },
    OperationCase("rrelu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].rrelu(training: true, generator: Generator(seed: 1))
    },
    OperationCase("feature_dropout", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].featureDropout(0.4, generator: Generator(seed: 1))
    },
    OperationCase("alpha_dropout", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].alphaDropout(0.4, generator: Generator(seed: 1))
    },
    OperationCase("alpha_dropout, channels", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].alphaDropout(0.4, wholeChannels: true, generator: Generator(seed: 1))
    },
    OperationCase(
      "bilinear",
      [
        try spread([2, 3]), try spread([2, 2], salt: 1), try spread([2, 3, 2], salt: 2),
        try spread([2], salt: 3),
      ]
    ) { x throws(ThalwegError) in try x[0].bilinear(x[1], x[2], x[3]) },
    OperationCase("interpolate, nearest", [try spread([1, 2, 3])]) { x throws(ThalwegError) in
      try x[0].interpolate(to: [5])
    },
    OperationCase("interpolate, linear", [try spread([1, 2, 3, 2]).transpose(2, 3)]) {
      x throws(ThalwegError) in try x[0].interpolate(to: [3, 5], mode: .linear)
    },
    OperationCase("interpolate, cubic, corners", [try spread([1, 1, 3, 4])]) { x throws(ThalwegError) in
      try x[0].interpolate(to: [5, 2], mode: .cubic, alignsCorners: true)
    },
    OperationCase("interpolate, area", [try spread([1, 2, 5])]) { x throws(ThalwegError) in
      try x[0].interpolate(to: [3], mode: .area)
    },
    OperationCase("pixel_shuffle", [try spread([1, 4, 2, 3])]) { x throws(ThalwegError) in
      try x[0].pixelShuffle(2)
    },
    OperationCase("pixel_unshuffle", [try spread([1, 2, 2, 4])]) { x throws(ThalwegError) in
      try x[0].pixelUnshuffle(2)
    },
    OperationCase("channel_shuffle", [try spread([1, 6, 2])]) { x throws(ThalwegError) in
      try x[0].channelShuffle(3)
    },
  ]
}
