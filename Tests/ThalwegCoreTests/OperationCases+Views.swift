@testable import ThalwegCore

extension OperationCase {
  static let views: [OperationCase] = [
    OperationCase("reshape", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].reshape([3, 2]) },
    OperationCase("reshape, copied", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].reshape([6])
    },
    OperationCase("permute", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].permute([2, 0, 1])
    },
    OperationCase("expand", [try spread([2, 1])]) { x throws(ThalwegError) in try x[0].expand([3, 2, 4]) },
    OperationCase("slice", [try spread([5, 2])]) { x throws(ThalwegError) in try x[0].slice(0, 1, 5, step: 2)
    },
    OperationCase("slice to nothing", [try spread([3])]) { x throws(ThalwegError) in try x[0].slice(0, 2, 2)
    },
    OperationCase("select", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].select(1, -1) },
    OperationCase("cat", [try spread([2, 1]), try spread([2, 3], salt: 1), try spread([2, 2], salt: 2)]) {
      x throws(ThalwegError) in try Tensor.cat(x, dim: 1)
    },
    OperationCase("cat, an empty vector", [try spread([0]), try spread([2, 2])]) { x throws(ThalwegError) in
      try Tensor.cat(x, dim: -1)
    },
    OperationCase("stack", [try spread([2, 3]), try spread([3, 2], salt: 1).transpose(0, 1)]) {
      x throws(ThalwegError) in try Tensor.stack(x, dim: 1)
    },
    OperationCase("split", [try spread([5, 2])]) { x throws(ThalwegError) in
      let parts = try x[0].split([1, 0, 3, 1])
      return try parts[2].sum([0]) * parts[3]
    },
    OperationCase("chunk", [try spread([2, 5])]) { x throws(ThalwegError) in
      let parts = try x[0].chunk(3, dim: 1)
      return try parts[0] * parts[1]
    },
    OperationCase("unbind", [try spread([2, 3])]) { x throws(ThalwegError) in
      let parts = try x[0].unbind(1)
      return try parts[0] * parts[2]
    },
    OperationCase("view", [try spread([2, 6])]) { x throws(ThalwegError) in try x[0].view([2, 3, -1]) },
    OperationCase("unflatten", [try spread([2, 6])]) { x throws(ThalwegError) in
      try x[0].unflatten(1, [2, -1])
    },
    OperationCase("movedim", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].movedim([0, 1], [-1, 0])
    },
    OperationCase("diagonal", [try spread([3, 2, 4])]) { x throws(ThalwegError) in
      try x[0].diagonal(1, 0, 2)
    },
    OperationCase("diagonal, outside", [try spread([2, 2])]) { x throws(ThalwegError) in
      try x[0].diagonal(-3)
    },
    OperationCase("diag_embed", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].diagEmbed(-1, 0, 2)
    },
    OperationCase("tril", [try spread([2, 3, 3])]) { x throws(ThalwegError) in try x[0].tril(-1) },
    OperationCase("triu", [try spread([3, 4]).transpose(0, 1)]) { x throws(ThalwegError) in try x[0].triu(1)
    },
    OperationCase("flip", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].flip([0, -1]) },
    OperationCase("flip, strides", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].flip([0])
    },
    OperationCase("roll", [try spread([3, 4])]) { x throws(ThalwegError) in try x[0].roll([1, -5], [0, 1]) },
    OperationCase("roll, flattened", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].roll([2]) },
    OperationCase("rot90", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].rot90(3, 1, 2) },
    OperationCase("repeat", [try spread([2, 1])]) { x throws(ThalwegError) in try x[0].repeat([2, 1, 3]) },
    OperationCase("repeat_interleave", [try spread([3, 2])]) { x throws(ThalwegError) in
      try x[0].repeatInterleave(integers([2, 0, 1]), 0)
    },
    OperationCase("repeat_interleave by number", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].repeatInterleave(2, 1)
    },
    OperationCase("unfold", [try spread([2, 6])]) { x throws(ThalwegError) in try x[0].unfold(1, 3, 2) },
    OperationCase("pad", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].pad([1, -2, 0, 2], value: 3)
    },
    OperationCase("pad, reflected", [try spread([2, 4])]) { x throws(ThalwegError) in
      try x[0].pad([3, 1], mode: .reflect)
    },
    OperationCase("pad, replicated", [try spread([2, 2, 3])]) { x throws(ThalwegError) in
      try x[0].pad([2, -1, 1, 4], mode: .replicate)
    },
    OperationCase("pad, circular", [try spread([2, 4]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].pad([1, 2, 4, 0], mode: .circular)
    },
  ]
}
