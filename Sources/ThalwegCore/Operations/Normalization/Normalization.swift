import CKernels

/// z w + b with z = (x - mean) / √(variance + ε), in the one form that layer, group, instance, batch and RMS
/// normalisation share: x [N, G, P, L], mean and variance of each (n, g), or of each g; w and b broadcast to x's shape.
/// Variances are divided by the number of elements. Floats of one dtype.
/// Derivative: with h = g w: ∂L/∂x = (h - mean(h) - z mean(h z)) / √(variance + ε), ∂L/∂w = Σ g z, ∂L/∂b = Σ g.
package enum Normalization: Operation {
  package static let name: StaticString = "normalization"

  /// Which elements are one row, which share a weight, and what is done to them.
  package struct Form: OptionSet {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    /// A row is all (n, p, l) of a g; else all (p, l) of an (n, g).
    package static let overBatch = Form(rawValue: 1)
    /// Weights are [1, 1, 1, L]; else [1, G, P, 1].
    package static let perElement = Form(rawValue: 2)
    /// The mean counts as 0.
    package static let uncentred = Form(rawValue: 4)
    package static let hasWeight = Form(rawValue: 8)
    package static let hasBias = Form(rawValue: 16)

    var dims: Dims { contains(.overBatch) ? [0, 2, 3] : [2, 3] }
  }

  package struct Result {
    package let output: Tensor
    /// Of each row: [N, G], or [1, G] over the batch. Unrecorded.
    package let mean, variance: Tensor
  }

  /// - Parameter x: [N, G, P, L]; P is 1 where rows go over the batch or weights are per element, and G as well there.
  package static func apply(
    _ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ form: Form, epsilon: Double
  ) throws(ThalwegError) -> Result {
    var form = form
    if weight != nil { form.insert(.hasWeight) }
    if bias != nil { form.insert(.hasBias) }
    let rows = Rows(x, form, epsilon)
    let (dense, w, b) = (try values(x), try weight.map(values), try bias.map(values))
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    let mean = try Tensor.make([form.contains(.overBatch) ? 1 : x.shape[0], x.shape[1]], x.dtype, for: name)
    let variance = try Tensor.make(mean.shape, x.dtype, for: name)
    let (from, factor, shift, to) = (dense.address, w?.address, b?.address, y.address)
    let (centre, spread) = (mean.address, variance.address)
    func run() throws(ThalwegError) {
      try rows.normalize(from, factor, shift, to, centre, spread)
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    withExtendedLifetime((dense, w, b)) {}
    if Node.records([x, weight, bias].compactMap(\.self)) {
      let node = Node(Self.self, Attributes(index: form.rawValue, number: epsilon))
      try node.connect(x)
      if let weight { try node.connect(weight) }
      if let bias { try node.connect(bias) }
      node.save(x)
      node.save(mean)
      node.save(variance)
      if let weight { node.save(weight) }
      try y.attach(node)
    }
    return Result(output: y, mean: mean, variance: variance)
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let form = Form(rawValue: node.attributes.index)
    let x = try node.saved(0)
    let weight = form.contains(.hasWeight) ? try node.saved(3) : nil
    let bias = form.contains(.hasBias) ? node.inputCount - 1 : nil
    if GradMode.isEnabled {
      let composed = try Composed(x, form, node.attributes.number)
      if node.needs(0) { try pass.send(try composed.input(gradient, weight), from: node, to: 0) }
      if let weight, node.needs(1) {
        try pass.send(try (gradient * composed.z).sum(to: weight.shape), from: node, to: 1)
      }
      if let bias, node.needs(bias) {
        try pass.send(try gradient.sum(to: node.inputShape(bias)), from: node, to: bias)
      }
      return
    }
    let rows = Rows(x, form, node.attributes.number)
    let (dense, g) = (try values(x), try values(gradient))
    let (mean, variance) = (try node.saved(1), try node.saved(2))
    let denseWeight = try weight.map(values)
    defer { withExtendedLifetime((dense, g, denseWeight)) {} }
    let needsWeight = weight != nil && node.needs(1)
    let needsBias = if let bias { node.needs(bias) } else { false }
    if rows.isMatrix || rows.isOfPlanes {
      let (dx, dw, db) = try rows.derivatives(
        dense, g, denseWeight, mean, variance, withInput: node.needs(0))
      if let dx { try pass.send(dx, from: node, to: 0) }
      if needsWeight { try pass.send(dw, from: node, to: 1) }
      if let bias, needsBias { try pass.send(db, from: node, to: bias) }
      return
    }
    let (dx, parameters) = try rows.derivatives(
      dense, g, denseWeight, mean, variance, withInput: node.needs(0),
      withParameters: needsWeight || needsBias)
    if let dx { try pass.send(dx, from: node, to: 0) }
    guard let (dw, db) = parameters else { return }
    if needsWeight { try pass.send(try dw.sum(to: node.inputShape(1)), from: node, to: 1) }
    if let bias, needsBias { try pass.send(try db.sum(to: node.inputShape(bias)), from: node, to: bias) }
  }

  /// With z's Jacobian, which is symmetric: w dz + dw z + db.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let form = Form(rawValue: node.attributes.index)
    let composed = try Composed(node.saved(0), form, node.attributes.number)
    let weight = form.contains(.hasWeight) ? try node.saved(3) : nil
    var sum: Tensor?
    if let tangent = tangents[0] {
      let change = try composed.input(tangent, nil)
      sum = if let weight { try change * weight } else { change }
    }
    if weight != nil, let tangent = tangents[1] { sum = try add(sum, composed.z * tangent) }
    if form.contains(.hasBias), let tangent = tangents[node.inputCount - 1] { sum = try add(sum, tangent) }
    return try sum?.expand(output.shape)
  }

  /// Row-major elements, without a place in the graph.
  private static func values(_ x: Tensor) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try x.contiguous() }
  }

  /// The derivative in operations that can be differentiated again.
  private struct Composed {
    let form: Form
    let factor, z: Tensor

    init(_ x: Tensor, _ form: Form, _ epsilon: Double) throws(ThalwegError) {
      self.form = form
      let centred = form.contains(.uncentred) ? x : try x - x.mean(form.dims, keepDim: true)
      factor = try 1 / ((centred * centred).mean(form.dims, keepDim: true) + epsilon).sqrt()
      z = try centred * factor
    }

    func input(_ g: Tensor, _ weight: Tensor?) throws(ThalwegError) -> Tensor {
      let h = if let weight { try g * weight } else { g }
      let slope = try z * (h * z).mean(form.dims, keepDim: true)
      if form.contains(.uncentred) { return try (h - slope) * factor }
      return try (h - h.mean(form.dims, keepDim: true) - slope) * factor
    }
  }
}
