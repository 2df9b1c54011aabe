@testable import ThalwegCore

extension OperationCase {
  static let normalization: [OperationCase] = [
    OperationCase("layer_norm", [try spread([3, 4]), try spread([4], salt: 1), try spread([4], salt: 2)]) {
      x throws(ThalwegError) in try x[0].layerNorm([4], x[1], x[2])
    },
    OperationCase("layer_norm, two dims, no weight", [try spread([2, 2, 3]).transpose(0, 1)]) {
      x throws(ThalwegError) in try x[0].layerNorm([2, 3], epsilon: 0.1)
    },
    OperationCase("layer_norm, bias alone", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].layerNorm([3], nil, x[1])
    },
    OperationCase("rms_norm", [try spread([3, 4]), try spread([4], salt: 1)]) { x throws(ThalwegError) in
      try x[0].rmsNorm([4], x[1])
    },
    OperationCase("rms_norm, no weight", [try spread([2, 2, 2])]) { x throws(ThalwegError) in
      try x[0].rmsNorm([2, 2], epsilon: 0.1)
    },
    OperationCase("group_norm", [try spread([2, 4, 3]), try spread([4], salt: 1), try spread([4], salt: 2)]) {
      x throws(ThalwegError) in try x[0].groupNorm(2, x[1], x[2])
    },
    OperationCase("group_norm, no weight", [try spread([2, 4, 2, 1]).transpose(2, 3)]) {
      x throws(ThalwegError) in try x[0].groupNorm(2, epsilon: 0.1)
    },
    OperationCase(
      "instance_norm", [try spread([2, 4, 3]), try spread([4], salt: 1), try spread([4], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].instanceNorm(nil, nil, x[1], x[2]) },
    OperationCase("batch_norm", [try spread([3, 4]), try spread([4], salt: 1), try spread([4], salt: 2)]) {
      x throws(ThalwegError) in try x[0].batchNorm(nil, nil, x[1], x[2], training: true)
    },
    OperationCase(
      "batch_norm, images", [try spread([2, 2, 4, 4]), try spread([2], salt: 1), try spread([2], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].batchNorm(nil, nil, x[1], x[2], training: true) },
    OperationCase("batch_norm, no weight, transposed", [try spread([2, 16, 2]).transpose(1, 2)]) {
      x throws(ThalwegError) in try x[0].batchNorm(nil, nil, training: true)
    },
    OperationCase(
      "batch_norm, evaluation", [try spread([2, 4, 3]), try spread([4], salt: 1), try spread([4], salt: 2)]
    ) {
      x throws(ThalwegError) in
      let (mean, variance) = (
        try Tensor.full([4], 0.3, dtype: x[0].dtype), try Tensor.full([4], 1.7, dtype: x[0].dtype)
      )
      return try x[0].batchNorm(mean, variance, x[1], x[2])
    },
    OperationCase("local_response_norm", [try spread([2, 4, 3])]) { x throws(ThalwegError) in
      try x[0].localResponseNorm(3, alpha: 0.5)
    },
  ]
}
