import CKernels

/// linear(x, W, b) = x Wᵀ + b, the bias added while the product is still in registers.
/// Shape: x [..., in], W [out, in], b [out] or none; the result is [..., out]. Floats of one dtype;
/// `Tensor.linear` composes the same for integers and for a weight [in].
/// Derivative: ∂L/∂x = g W, ∂L/∂W = gᵀ x, ∂L/∂b = the sum of g over all but the last dimension.
package enum Linear: Operation {
  package static let name: StaticString = "linear"

  /// - Parameter activation: one of TK_ACTIVATION_*, of the result; only where nothing is recorded.
  package static func apply(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, activation: Int32 = Int32(TK_ACTIVATION_NONE)
  ) throws(ThalwegError) -> Tensor {
    try check(x, weight, bias)
    let (inputs, outputs) = (weight.shape[1], weight.shape[0])
    let rows = try x.reshape([Dims(x.shape.dropLast()).product, inputs])
    let denseBias = try bias?.contiguous()
    var shape = x.shape
    shape[shape.count - 1] = outputs
    let y = try Tensor.make(shape, x.dtype, for: name)
    var epilogue = ProductEpilogue()
    epilogue.activation = activation
    if let denseBias {
      epilogue.bias = UnsafeRawPointer(denseBias.address)
      epilogue.biasKind = Int32(TK_BIAS_COLUMN)
    }
    let w = weight.matrix()
    let factor = Matrix(w.data, rowStride: w.columnStride, columnStride: w.rowStride)
    let (left, target, m, dtype) = (rows.matrix(), y.address, rows.shape[0], x.dtype)
    if PackedWeight.isKept, MatrixProduct.packs(m: m, n: outputs, k: inputs, factor) {
      let epilogue = epilogue
      func run() throws(ThalwegError) {
        let packed = try PackedWeight.kept(
          weight, .matrix, bytes: MatrixProduct.packedBytes(dtype, n: outputs, k: inputs), for: name
        ) { MatrixProduct.pack(dtype, n: outputs, k: inputs, factor, to: $0) }
        try MatrixProduct.run(
          dtype, m: m, n: outputs, k: inputs, left, factor, packed: packed?.base, target, ldc: outputs,
          epilogue, for: name)
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    } else {
      try MatrixProduct.run(
        dtype, m: m, n: outputs, k: inputs, left, factor, target, ldc: outputs, epilogue, for: name)
    }
    withExtendedLifetime((rows, denseBias)) {}
    if Node.records(x, weight) || bias.map(Node.records) ?? false {
      let node = Node(Self.self)
      try node.connect(x)
      try node.connect(weight)
      if let bias { try node.connect(bias) }
      node.save(x)
      node.save(weight)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let count = Dims(x.shape.dropLast()).product
    let g = try gradient.reshape([count, weight.shape[0]])
    if node.needs(0) { try pass.send(try g.matmul(weight).reshape(x.shape), from: node, to: 0) }
    if node.needs(1) {
      let rows = try x.reshape([count, weight.shape[1]])
      try pass.send(try g.transpose(0, 1).matmul(rows), from: node, to: 1)
    }
    if node.inputCount > 2, node.needs(2) { try pass.send(try g.sum([0]), from: node, to: 2) }
  }

  private static func check(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws(ThalwegError) {
    guard weight.rank == 2 else {
      throw ThalwegError(.shape, "linear: the weight has shape \(weight.shape); it must be [out, in]")
    }
    guard x.rank >= 1, x.shape[x.rank - 1] == weight.shape[1] else {
      throw ThalwegError(
        .shape,
        """
        linear: input \(x.shape) and weight \(weight.shape) do not fit: the input's last dimension must be the \
        weight's second (\(weight.shape[1]))
        """)
    }
    if let bias, bias.shape != [weight.shape[0]] {
      throw ThalwegError(
        .shape,
        "linear: the bias has shape \(bias.shape); for weight \(weight.shape) it must be [\(weight.shape[0])]"
      )
    }
    guard x.dtype.isFloat, weight.dtype == x.dtype, bias.map({ $0.dtype == x.dtype }) ?? true else {
      throw ThalwegError(
        .dtype,
        """
        linear: input \(x.dtype), weight \(weight.dtype)\(bias.map { ", bias \($0.dtype)" } ?? ""); all must be \
        float32 or all float64, convert with to()
        """)
    }
  }
}

extension Tensor {
  /// - Parameter weight: [out, in], as PyTorch's linear; [in] for a result without its last dimension.
  public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(ThalwegError) -> Tensor {
    let areIntegers = !dtype.isFloat && weight.dtype == dtype
    guard weight.rank == 1 || (weight.rank == 2 && areIntegers) else {
      return try Linear.apply(self, weight, bias)
    }
    let product = try matmul(weight.rank == 1 ? weight : weight.transpose(0, 1))
    return if let bias { try product + bias } else { product }
  }
}
