@testable import ThalwegCore

extension OperationCase {
  static let elementwise: [OperationCase] = [
    OperationCase("add", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0] + x[1]
    },
    OperationCase("add, transposed", [try spread([3, 2]).transpose(0, 1), try spread([2, 1], salt: 1)]) {
      x throws(ThalwegError) in try x[0] + x[1]
    },
    OperationCase("sub", [try spread([2, 1, 3]), try spread([4, 1], salt: 1)]) { x throws(ThalwegError) in
      try x[0] - x[1]
    },
    OperationCase("mul", [try spread([2, 3]), try spread([2, 1], salt: 1)]) { x throws(ThalwegError) in
      try x[0] * x[1]
    },
    OperationCase("mul, same twice", [try spread([4])]) { x throws(ThalwegError) in try x[0] * x[0] },
    OperationCase("mul by scalar", [try spread([2, 2]), try spread([], salt: 1)]) { x throws(ThalwegError) in
      try x[0] * x[1]
    },
    OperationCase("div", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) { x throws(ThalwegError) in
      try x[0] / x[1]
    },
    OperationCase("number / x", [try spread([3], 0.5, 2)]) { x throws(ThalwegError) in try 3 / x[0] },
    OperationCase("pow", [try spread([2, 3], 0.3, 2), try spread([3], -1, 3, salt: 1)]) {
      x throws(ThalwegError) in try x[0].pow(x[1])
    },
    OperationCase("pow by number", [try spread([5])]) { x throws(ThalwegError) in try x[0].pow(3) },
    OperationCase("minimum", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].minimum(x[1])
    },
    OperationCase("maximum", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].maximum(x[1])
    },
    OperationCase("neg", [try spread([2, 3])]) { x throws(ThalwegError) in try -x[0] },
    OperationCase("abs", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].abs() },
    OperationCase("exp", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in try x[0].exp() },
    OperationCase("log", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in try x[0].log() },
    OperationCase("sqrt", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in try x[0].sqrt() },
    OperationCase("tanh", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].tanh() },
    OperationCase("sigmoid", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].sigmoid() },
    OperationCase("relu", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].relu() },
    OperationCase("where", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      let condition = try Tensor([1.0, 0, 1, 0, 0, 1], [2, 3]).to(.bool)
      return try Tensor.where(condition, x[0], x[1])
    },
    OperationCase("to and back", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].to(.float64) * 2
    },
    OperationCase("clone", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in try x[0].clone()
    },
  ]
}
