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
    OperationCase("expm1", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].expm1()
    },
    OperationCase("log1p", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].log1p()
    },
    OperationCase("exp2", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].exp2()
    },
    OperationCase("log2", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].log2()
    },
    OperationCase("log10", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].log10()
    },
    OperationCase("rsqrt", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].rsqrt()
    },
    OperationCase("reciprocal", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].reciprocal()
    },
    OperationCase("square", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].square()
    },
    OperationCase("sin", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].sin()
    },
    OperationCase("cos", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].cos()
    },
    OperationCase("tan", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].tan()
    },
    OperationCase("asin", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].asin()
    },
    OperationCase("acos", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].acos()
    },
    OperationCase("atan", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].atan()
    },
    OperationCase("sinh", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].sinh()
    },
    OperationCase("cosh", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].cosh()
    },
    OperationCase("asinh", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].asinh()
    },
    OperationCase("acosh", [try spread([2, 3], 1.5, 3)]) { x throws(ThalwegError) in
      try x[0].acosh()
    },
    OperationCase("atanh", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].atanh()
    },
    OperationCase("erf", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].erf()
    },
    OperationCase("sign", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].sign()
    },
    OperationCase("floor", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].floor()
    },
    OperationCase("ceil", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].ceil()
    },
    OperationCase("trunc", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].trunc()
    },
    OperationCase("round", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].round()
    },
    OperationCase("round to a decimal", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0] * x[0].round(decimals: 1)
    },
    OperationCase("add with a factor", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].add(x[1], alpha: 2.5)
    },
    OperationCase("sub with a factor", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].subtract(x[1], alpha: -2)
    },
    OperationCase("div, rounded", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0] * x[0].divide(x[1], .floor) + x[1] * x[0].divide(x[1], .truncate)
    },
    OperationCase("remainder", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].remainder(x[1]) * x[0]
    },
    OperationCase("fmod", [try spread([2, 3]), try spread([2, 1], 0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].fmod(x[1]) * x[0]
    },
    OperationCase("atan2", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) { x throws(ThalwegError) in
      try x[0].atan2(x[1])
    },
    OperationCase("hypot", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].hypot(x[1])
    },
    OperationCase("pow by 2", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].pow(2)
    },
    OperationCase("pow by 1/2", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].pow(0.5)
    },
    OperationCase("pow by -1", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].pow(-1)
    },
    OperationCase("pow by 2.5", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].pow(2.5)
    },
    OperationCase("float_power", [try spread([2, 3], 0.3, 2), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].floatPower(x[1])
    },
    OperationCase("fmin and fmax", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].fmin(x[1]) + 2 * x[0].fmax(x[1])
    },
    OperationCase("logaddexp", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].logAddExp(x[1])
    },
    OperationCase("xlogy", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) { x throws(ThalwegError) in
      try x[0].xlogy(x[1])
    },
    OperationCase("clamp", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].clamp(min: -0.9, max: 1.1) * x[0]
    },
    OperationCase(
      "clamp to tensors",
      [try spread([2, 3]), try spread([3], -1, -0.5, salt: 1), try spread([2, 1], 0.5, 1, salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].clamp(min: x[1], max: x[2]) * x[0]
    },
    OperationCase("clamp, one bound", [try spread([2, 3]).transpose(0, 1), try spread([2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].clamp(min: nil, max: x[1]) + x[0].clamp(min: 0.3)
    },
    OperationCase(
      "lerp", [try spread([2, 3]), try spread([3], salt: 1), try spread([2, 1], 0, 1, salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].lerp(x[1], x[2])
    },
    OperationCase("lerp by number", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].lerp(x[1], 0.7) + x[0].lerp(x[1], 0.2)
    },
    OperationCase("addcmul", [try spread([2, 3]), try spread([3], salt: 1), try spread([2, 1], salt: 2)]) {
      x throws(ThalwegError) in
      try x[0].addcmul(x[1], x[2], value: 1.5)
    },
    OperationCase(
      "addcdiv", [try spread([2, 3]), try spread([3], salt: 1), try spread([2, 1], 0.5, 2, salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].addcdiv(x[1], x[2], value: -2)
    },
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
