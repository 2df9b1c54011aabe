import CKernels

/// Σ f(x - t) scale over all elements of two tensors of one shape, in one pass over memory: what the losses of differences
/// are when they are reduced. f: squares, magnitudes, or Huber's x² / 2 where |x| <= p, else p (|x| - p / 2).
/// Shape: [].
/// Derivative: ∂L/∂x = g scale f'(x - t) = -∂L/∂t with f' = 2 x, sign(x), or x clamped to [-p, p].
package enum Deviation: Operation {
  package static let name: StaticString = "deviation"
  /// Elements that are worked on at a time: they stay in the nearest cache.
  private static let block = 4096
  private static let manyPieces = 32

  package enum Measure: Int {
    case square, magnitude, huber
  }

  /// Nil where the tensors are not of one shape and one float dtype, row by row.
  package static func apply(
    _ x: Tensor, _ t: Tensor, _ measure: Measure, _ limit: Double = 0, scale: Double
  ) throws(ThalwegError) -> Tensor? {
    guard x.shape == t.shape, x.dtype == t.dtype, x.dtype.isFloat, x.isContiguous, t.isContiguous,
      x.numel > 0, let loops = Loops(x.dtype, measure, limit)
    else { return nil }
    let y = try Tensor.make([], x.dtype, for: name)
    let (count, size) = (x.numel, x.dtype.size)
    let blocks = (count + block - 1) / block
    let pieces = min(manyPieces, blocks)
    let (a, b, out, dtype) = (x.address, t.address, y.address, x.dtype)
    func run() throws(ThalwegError) {
      let scratch = try Workspace((pieces &* block &+ blocks) &* size, for: name)
      let (room, sums) = (scratch.base, scratch.base + pieces &* block &* size)
      parallel(pieces) { piece in
        let differences = room + piece &* block &* size
        for index in (piece &* blocks / pieces)..<((piece &+ 1) &* blocks / pieces) {
          let start = index &* block, n = Int64(min(block, count &- start))
          loops.subtract(n, differences, 1, a + start &* size, 1, b + start &* size, 1)
          loops.measure(n, differences)
          loops.sum(1, n, sums + index &* size, 1, differences, 0, 1, 0)
        }
      }
      store(total(sums, blocks, dtype) * scale, to: out, dtype)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    withExtendedLifetime((x, t)) {}
    if Node.records(x, t) {
      let node = Node(
        Self.self, Attributes(index: measure.rawValue, number: limit, secondNumber: scale))
      try node.connect(x)
      try node.connect(t)
      node.save(x)
      node.save(t)
      try y.attach(node)
    }
    return y
  }

  private static func total(_ sums: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType) -> Double {
    var total = 0.0
    if dtype == .float64 {
      for i in 0..<count { total += sums.assumingMemoryBound(to: Double.self)[i] }
    } else {
      for i in 0..<count { total += Double(sums.assumingMemoryBound(to: Float.self)[i]) }
    }
    return total
  }

  private static func store(_ value: Double, to out: UnsafeMutableRawPointer, _ dtype: DType) {
    if dtype == .float64 {
      out.storeBytes(of: value, as: Double.self)
    } else {
      out.storeBytes(of: Float(value), as: Float.self)
    }
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let slope = try slope(node, gradient)
    if node.needs(0) { try pass.send(slope, from: node, to: 0) }
    if node.needs(1) { try pass.send(-slope, from: node, to: 1) }
  }

  /// g scale f'(x - t)
  private static func slope(_ node: Node, _ gradient: Tensor) throws(ThalwegError) -> Tensor {
    let (x, t) = (try node.saved(0), try node.saved(1))
    let (limit, scale) = (node.attributes.number, node.attributes.secondNumber)
    let measure = Measure(rawValue: node.attributes.index) ?? .square
    if GradMode.isEnabled {
      let difference = try x - t
      return switch measure {
      case .square: try difference * (gradient * (2 * scale))
      case .magnitude: try difference.sign() * (gradient * scale)
      case .huber: try difference.clamp(min: -limit, max: limit) * (gradient * scale)
      }
    }
    let (a, b) = (try x.contiguous(), try t.contiguous())
    let factor = try (gradient * (measure == .square ? 2 * scale : scale)).contiguous()
    guard let loops = Loops(x.dtype, measure, limit) else { throw unsupported(name, x.dtype) }
    let dx = try Tensor.make(x.shape, x.dtype, for: name)
    let (count, size) = (x.numel, x.dtype.size)
    let (first, second, factors, out) = (a.address, b.address, factor.address, dx.address)
    func run() {
      parallel((count &+ block &- 1) / block) { index in
        let start = index &* block, n = Int64(min(block, count &- start))
        let to = out + start &* size
        loops.subtract(n, to, 1, first + start &* size, 1, second + start &* size, 1)
        loops.slope(n, to)
        loops.multiply(n, to, 1, to, 1, factors, 0)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime((a, b, factor)) {}
    return dx
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var sum: Tensor?
    for i in 0..<2 {
      if let part = try slopesAsForward(node, tangents, output, input: i) { sum = try add(sum, part) }
    }
    return sum
  }

  /// The kernels of a dtype.
  private struct Loops {
    let subtract, multiply: tk_binary_loop
    let sum: tk_reduce_loop
    private let square: tk_binary_loop
    private let absolute, sign: tk_unary_loop
    private let activations: tk_activations
    private let kind: Measure
    private let limit: Double

    init?(_ dtype: DType, _ kind: Measure, _ limit: Double) {
      let table = kernels.pointee
      guard let subtract = table.sub[dtype], let multiply = table.mul[dtype],
        let sum = dtype == .float64 ? table.sum.f64 : table.sum.f32, let absolute = table.abs[dtype],
        let sign = table.sign[dtype]
      else { return nil }
      (self.subtract, self.multiply, square, self.sum) = (subtract, multiply, multiply, sum)
      (self.absolute, self.sign, self.kind, self.limit) = (absolute, sign, kind, limit)
      activations = dtype == .float64 ? table.f64.activations : table.f32.activations
    }

    /// In place: f(x).
    func measure(_ n: Int64, _ x: UnsafeMutableRawPointer) {
      switch kind {
      case .square: square(n, x, 1, x, 1, x, 1)
      case .magnitude: absolute(n, x, 1, x, 1)
      case .huber: activations.huber.value(n, x, x, limit, 0)
      }
    }

    /// In place: f'(x), of squares half of it.
    func slope(_ n: Int64, _ x: UnsafeMutableRawPointer) {
      switch kind {
      case .square: break
      case .magnitude: sign(n, x, 1, x, 1)
      case .huber: activations.clamp.value(n, x, x, -limit, limit)
      }
    }
  }
}

extension Tensor {
  /// f(x - target), reduced; nil where that takes more than one pass.
  /// - Parameter factor: of f.
  func deviation(
    from target: Tensor, _ measure: Deviation.Measure, _ limit: Double = 0, factor: Double = 1,
    reduced reduction: Reduce
  ) throws(ThalwegError) -> Tensor? {
    switch reduction {
    case .none: nil
    case .sum: try Deviation.apply(self, target, measure, limit, scale: factor)
    case .mean: try Deviation.apply(self, target, measure, limit, scale: factor / Double(max(numel, 1)))
    }
  }
}
