import CKernels

/// cumsum(x, dim)[i]: the sum of the elements up to i along `dim`, totals kept in float64; integers and bools as int64.
/// Derivative: the sum of g from i on, which is the same from the other end.
package enum CumulativeSum: Operation {
  package static let name: StaticString = "cumsum"

  package static func apply(_ input: Tensor, _ dim: Int, reversed: Bool) throws(ThalwegError) -> Tensor {
    let x = input.dtype.isFloat ? input : try input.to(.int64)
    let axis = try Dims.resolve(dim, rank: x.rank, in: name)
    guard let loop = kernels.pointee.cumsum[x.dtype] else { throw unsupported(name, x.dtype) }
    if x.rank == 0 { return try x.clone() }
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    run(loop, x, y, axis, reversed)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(index: axis, flag: reversed))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  private static func run(_ loop: tk_unary_loop, _ x: Tensor, _ y: Tensor, _ axis: Int, _ reversed: Bool) {
    let (length, size) = (x.shape[axis], x.dtype.size)
    if x.numel == 0 { return }
    let lines = x.numel / length
    let (stepX, stepY) = (x.strides[axis], y.strides[axis])
    let last = reversed ? length - 1 : 0
    let sign = reversed ? -1 : 1
    let linesAChunk = max(1, 16 * 1024 / length)
    let (source, target) = (x.address, y.address)
    let (shape, stridesX, stridesY) = (x.shape, x.strides, y.strides)
    func run() {
      parallel((lines + linesAChunk - 1) / linesAChunk) { chunk in
        for line in (chunk &* linesAChunk)..<min(lines, (chunk &+ 1) &* linesAChunk) {
          var rest = line
          var (from, to) = (last &* stepX, last &* stepY)
          for i in shape.indices.reversed() where i != axis {
            let index = rest % shape[i]
            rest /= shape[i]
            from &+= index &* stridesX[i]
            to &+= index &* stridesY[i]
          }
          loop(
            Int64(length), target + to &* size, Int64(sign &* stepY), source + from &* size,
            Int64(sign &* stepX))
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (axis, reversed) = (node.attributes.index, node.attributes.flag)
    try pass.send(try apply(gradient, axis, reversed: !reversed), from: node, to: 0)
  }
}

extension Tensor {
  public func cumulativeSum(_ dim: Int) throws(ThalwegError) -> Tensor {
    try CumulativeSum.apply(self, dim, reversed: false)
  }
}
