@testable import ThalwegCore

extension OperationCase {
  static let special: [OperationCase] = [
    OperationCase("erfc", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].erfc()
    },
    OperationCase("erfinv", [try spread([2, 3], -0.9, 0.9)]) { x throws(ThalwegError) in
      try x[0].erfinv()
    },
    OperationCase("erfcx", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].erfcx()
    },
    OperationCase("ndtr", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].ndtr()
    },
    OperationCase("log_ndtr", [try spread([2, 3], -3, 3)]) { x throws(ThalwegError) in
      try x[0].logNdtr()
    },
    OperationCase("ndtri", [try spread([2, 3], 0.1, 0.9)]) { x throws(ThalwegError) in
      try x[0].ndtri()
    },
    OperationCase("lgamma", [try spread([2, 3], 0.3, 4)]) { x throws(ThalwegError) in
      try x[0].lgamma()
    },
    OperationCase("digamma", [try spread([2, 3], 0.5, 4)]) { x throws(ThalwegError) in
      try x[0].digamma()
    },
    OperationCase("i0", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].i0()
    },
    OperationCase("i0e", [try spread([2, 3], 0.2, 3)]) { x throws(ThalwegError) in
      try x[0].i0e()
    },
    OperationCase("i1", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].i1()
    },
    OperationCase("i1e", [try spread([2, 3], 0.2, 3)]) { x throws(ThalwegError) in
      try x[0].i1e()
    },
    OperationCase("entr", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in
      try x[0].entr()
    },
    OperationCase("sinc", [try spread([2, 3], 0.1, 1.9)]) { x throws(ThalwegError) in
      try x[0].sinc()
    },
    OperationCase("logit", [try spread([2, 3], 0.1, 0.9)]) { x throws(ThalwegError) in
      try x[0].logit()
    },
    OperationCase("frac", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].frac()
    },
    OperationCase("deg2rad", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].deg2rad()
    },
    OperationCase("rad2deg", [try spread([2, 3], -2, 2)]) { x throws(ThalwegError) in
      try x[0].rad2deg()
    },
    OperationCase("polygamma", [try spread([2, 3], 0.7, 3)]) { x throws(ThalwegError) in
      try x[0].polygamma(2)
    },
    OperationCase("mvlgamma", [try spread([2, 3], 1.5, 4)]) { x throws(ThalwegError) in
      try x[0].mvlgamma(3)
    },
    OperationCase("zeta", [try spread([2, 3], 0.7, 3)]) { x throws(ThalwegError) in
      try Tensor.scalar(2.5, dtype: x[0].dtype).zeta(x[0])
    },
    OperationCase("logit, clamped", [try spread([2, 3], 0.05, 0.95)]) { x throws(ThalwegError) in
      try x[0].logit(eps: 0.2)
    },
    OperationCase("xlog1py", [try spread([2, 3]), try spread([3], -0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].xlog1py(x[1])
    },
    OperationCase("copysign", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].copysign(x[1]) * x[1]
    },
    OperationCase("ldexp", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].ldexp(x[1])
    },
    OperationCase("logaddexp2", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].logAddExp2(x[1])
    },
  ]
}
