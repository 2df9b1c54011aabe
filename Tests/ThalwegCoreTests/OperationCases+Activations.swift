@testable import ThalwegCore

extension OperationCase {
  static let activations: [OperationCase] = [
    OperationCase("leaky_relu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].leakyReLU(0.2) * x[0]
    },
    OperationCase("leaky_relu, transposed", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].leakyReLU()
    },
    OperationCase("elu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].elu(1.3)
    },
    OperationCase("selu", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].selu()
    },
    OperationCase("celu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].celu(1.7)
    },
    OperationCase("gelu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].gelu()
    },
    OperationCase("gelu, transposed", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].gelu()
    },
    OperationCase("gelu by tanh", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].gelu(byTanh: true)
    },
    OperationCase("silu", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].silu()
    },
    OperationCase("mish", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].mish()
    },
    OperationCase("softplus", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].softplus(beta: 1.5, threshold: 1)
    },
    OperationCase("logsigmoid", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].logSigmoid()
    },
    OperationCase("hardtanh", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].hardTanh(min: -0.7, max: 1.2) * x[0]
    },
    OperationCase("relu6", [try spread([2, 5], -3, 9)]) { x throws(ThalwegError) in
      try x[0].relu6() * x[0]
    },
    OperationCase("hardsigmoid and hardswish", [try spread([2, 5], -5, 5)]) { x throws(ThalwegError) in
      try x[0].hardSigmoid() * x[0] + x[0].hardSwish()
    },
    OperationCase("threshold", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].threshold(0.3, 5) * x[0]
    },
    OperationCase("softsign", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].softSign()
    },
    OperationCase("tanhshrink", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].tanhShrink()
    },
    OperationCase("softshrink and hardshrink", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].softShrink(0.4) * x[0].hardShrink(0.7)
    },
  ]
}
