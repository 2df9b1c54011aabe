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
    rows.isMatrix
      ? rows.normalizeColumns(dense, w, b, y, mean, variance)
      : rows.forEach { kernels, row, layout in
        kernels.forward(
          layout, rows.element(dense, row), w.map { rows.weight($0, row) }, b.map { rows.weight($0, row) },
          rows.element(y, row), mean.data + row &* rows.size, variance.data + row &* rows.size)
      }
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
    let needsWeight = weight != nil && node.needs(1)
    let needsBias = if let bias { node.needs(bias) } else { false }
    if rows.isMatrix {
      let (dx, dw, db) = try rows.columnDerivatives(
        dense, g, weight.map(values), mean, variance, withInput: node.needs(0))
      if let dx { try pass.send(dx, from: node, to: 0) }
      if needsWeight { try pass.send(dw, from: node, to: 1) }
      if let bias, needsBias { try pass.send(db, from: node, to: bias) }
      return
    }
    let (dx, parameters) = try rows.derivatives(
      dense, g, weight.map(values), mean, variance, withInput: node.needs(0),
      withParameters: needsWeight || needsBias)
    if let dx { try pass.send(dx, from: node, to: 0) }
    guard let (dw, db) = parameters else { return }
    if needsWeight { try pass.send(try dw.sum(to: node.inputShape(1)), from: node, to: 1) }
    if let bias, needsBias { try pass.send(try db.sum(to: node.inputShape(bias)), from: node, to: bias) }
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

/// The rows of x [N, G, P, L] as the kernels see them.
private struct Rows {
  let size: Int
  private let shape: Dims
  private let dtype: DType
  private let form: Normalization.Form
  private let count: Int
  private var layout: tk_norm

  init(_ x: Tensor, _ form: Normalization.Form, _ epsilon: Double) {
    (shape, dtype, size, self.form) = (x.shape, x.dtype, x.dtype.size, form)
    let overBatch = form.contains(.overBatch)
    count = x.numel == 0 ? 0 : overBatch ? shape[1] : shape[0] &* shape[1]
    layout = tk_norm(
      parts: Int64(overBatch ? shape[0] : shape[2]), length: Int64(shape[3]),
      stride: Int64(overBatch ? shape[1] &* shape[3] : shape[3]),
      weight_part: overBatch || form.contains(.perElement) ? 0 : 1,
      weight_element: form.contains(.perElement) ? 1 : 0, centred: form.contains(.uncentred) ? 0 : 1,
      epsilon: epsilon)
    if !overBatch, form.isDisjoint(with: [.hasWeight, .hasBias]) {
      (layout.parts, layout.length) = (1, Int64(shape[2] &* shape[3]))
    }
  }

  func element(_ x: Tensor, _ row: Int) -> UnsafeMutableRawPointer {
    x.data + row &* shape[2] &* shape[3] &* size
  }

  func weight(_ w: Tensor, _ row: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(w.data) + (form.contains(.perElement) ? 0 : row % shape[1] &* shape[2] &* size)
  }

  private var kernelTable: tk_norms {
    dtype == .float64 ? kernels.pointee.f64.norms : kernels.pointee.f32.norms
  }

  /// Calls `body` for every row, in parallel.
  func forEach(_ body: (tk_norms, Int, UnsafePointer<tk_norm>) -> Void) {
    let table = kernelTable
    let rowsAChunk = max(1, 4096 / max(1, Int(layout.parts &* layout.length)))
    parallel((count &+ rowsAChunk &- 1) / rowsAChunk) { chunk in
      withUnsafePointer(to: layout) { layout in
        for row in (chunk &* rowsAChunk)..<min(count, (chunk &+ 1) &* rowsAChunk) { body(table, row, layout) }
      }
    }
  }

  /// Whether the rows are the columns of a matrix, one element after the other a step apart.
  var isMatrix: Bool { form.contains(.overBatch) && shape[3] == 1 }

  /// Calls `body(kernels, columns as the kernels see them, byte offset of the first)` for blocks of columns, in parallel.
  private func forEachBlock(_ body: (tk_norms, UnsafePointer<tk_norm_columns>, Int) -> Void) {
    let table = kernelTable
    // What is larger than a cache is read in longer runs.
    let limit = Int(TK_NORM_COLUMNS) / (shape.product > 256 * 1024 ? 1 : 4)
    parallel((count &+ limit &- 1) / limit) { block in
      let first = block &* limit
      let columns = tk_norm_columns(
        rows: layout.parts, columns: Int64(min(limit, count &- first)), step: layout.stride,
        epsilon: layout.epsilon)
      withUnsafePointer(to: columns) { body(table, $0, first &* size) }
    }
  }

  func normalizeColumns(
    _ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ y: Tensor, _ mean: Tensor, _ variance: Tensor
  ) {
    forEachBlock { kernels, columns, at in
      kernels.columns_forward(
        columns, x.data + at, weight.map { UnsafeRawPointer($0.data + at) },
        bias.map { UnsafeRawPointer($0.data + at) }, y.data + at, mean.data + at, variance.data + at)
    }
  }

  /// The derivatives by input, unless that is not wanted, weight and bias.
  func columnDerivatives(
    _ x: Tensor, _ g: Tensor, _ weight: Tensor?, _ mean: Tensor, _ variance: Tensor, withInput: Bool
  ) throws(ThalwegError) -> (Tensor?, Tensor, Tensor) {
    let dx = withInput ? try Tensor.make(shape, dtype, for: Normalization.name) : nil
    let line: Dims = [1, shape[1], 1, 1]
    let (dw, db) = (
      try Tensor.make(line, dtype, for: Normalization.name),
      try Tensor.make(line, dtype, for: Normalization.name)
    )
    forEachBlock { kernels, columns, at in
      kernels.columns_backward(
        columns, x.data + at, g.data + at, weight.map { UnsafeRawPointer($0.data + at) }, mean.data + at,
        variance.data + at, dx.map { $0.data + at }, dw.data + at, db.data + at)
    }
    return (dx, dw, db)
  }

  /// The derivatives by input and by weight and bias, unless they are not wanted, all of a row while it is in the cache.
  /// Of weight and bias parts, whose sums they are: of every row, or of 64 rows each where rows share their weights.
  func derivatives(
    _ x: Tensor, _ g: Tensor, _ weight: Tensor?, _ mean: Tensor, _ variance: Tensor, withInput: Bool,
    withParameters: Bool
  ) throws(ThalwegError) -> (input: Tensor?, parameters: (weight: Tensor, bias: Tensor)?) {
    let isShared = withParameters && form.contains(.perElement)
    let rowsAChunk = isShared ? 64 : max(1, 4096 / max(1, Int(layout.parts &* layout.length)))
    let chunks = (count + rowsAChunk - 1) / rowsAChunk
    let dx = withInput ? try Tensor.make(shape, dtype, for: Normalization.name) : nil
    var parameters: (weight: Tensor, bias: Tensor)?
    if withParameters {
      let sums: Dims =
        isShared
        ? [chunks, 1, 1, shape[3]]
        : [form.contains(.overBatch) ? 1 : shape[0], shape[1], shape[2], 1]
      parameters = (try Tensor.zeros(sums, dtype: dtype), try Tensor.zeros(sums, dtype: dtype))
    }
    let step = (isShared ? shape[3] : shape[2]) &* size
    let table = kernelTable
    parallel(chunks) { chunk in
      withUnsafePointer(to: layout) { layout in
        for row in (chunk &* rowsAChunk)..<min(count, (chunk &+ 1) &* rowsAChunk) {
          let (a, b) = (element(x, row), element(g, row))
          let (centre, spread) = (mean.data + row &* size, variance.data + row &* size)
          if let dx {
            table.backward(
              layout, a, b, weight.map { self.weight($0, row) }, centre, spread, element(dx, row))
          }
          if let (dw, db) = parameters {
            let place = (isShared ? chunk : row) &* step
            table.parameters(layout, a, b, centre, spread, dw.data + place, db.data + place)
          }
        }
      }
    }
    return (dx, parameters)
  }
}
