import ThalwegCore

/// A matrix that is known by its products with vectors.
protocol LinearMap {
  var rows: Int { get }
  var columns: Int { get }
  /// A v.
  func times(_ v: [Double]) throws(ThalwegError) -> [Double]
  /// A^T u.
  func transposedTimes(_ u: [Double]) throws(ThalwegError) -> [Double]
}

/// A matrix's transposed.
struct Transposed<Map: LinearMap>: LinearMap {
  let map: Map

  var rows: Int { map.columns }
  var columns: Int { map.rows }
  func times(_ v: [Double]) throws(ThalwegError) -> [Double] { try map.transposedTimes(v) }
  func transposedTimes(_ u: [Double]) throws(ThalwegError) -> [Double] { try map.times(u) }
}

/// A matrix in memory.
struct DenseMatrix: LinearMap {
  let rows: Int
  let columns: Int
  private let elements: [Double]

  init(_ tensor: Tensor) throws(ThalwegError) {
    (rows, columns) = (tensor.shape[0], tensor.shape[1])
    elements = try tensor.toArray()
  }

  func times(_ v: [Double]) -> [Double] {
    (0..<rows).map { i in
      var sum = 0.0
      for j in 0..<columns { sum += elements[i * columns + j] * v[j] }
      return sum
    }
  }

  func transposedTimes(_ u: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columns)
    for i in 0..<rows {
      for j in 0..<columns { result[j] += elements[i * columns + j] * u[i] }
    }
    return result
  }
}

/// The Jacobian of recorded tensors, those of outputs and of inputs each joined to one vector. A product with a vector is one
/// backward pass: J^T u through the graph, J v through the graph of that product, which is linear in u (Townsend 2017).
struct RecordedJacobian: LinearMap {
  private let outputs: [Tensor]
  private let inputs: [Tensor]
  /// A vector for each output, and J^T times them, recorded.
  private let vectors: [Tensor]
  private let products: [Tensor]
  let rows: Int
  let columns: Int

  init(_ outputs: [Tensor], _ inputs: [Tensor]) throws(ThalwegError) {
    for tensor in outputs + inputs where !tensor.dtype.isFloat {
      throw ThalwegError(
        .dtype, "jacobian_singular_values: a tensor is \(tensor.dtype); float32 or float64 is needed")
    }
    var vectors: [Tensor] = []
    for output in outputs {
      let vector = try Tensor.zeros(output.shape, dtype: output.dtype)
      try vector.setRequiresGrad(true)
      vectors.append(vector)
    }
    (self.outputs, self.inputs, self.vectors) = (outputs, inputs, vectors)
    products = try GradMode.with(true) { () throws(ThalwegError) in
      try vjp(outputs, inputs, vectors: vectors, createGraph: true)
    }
    rows = outputs.reduce(0) { $0 + $1.numel }
    columns = inputs.reduce(0) { $0 + $1.numel }
  }

  func times(_ v: [Double]) throws(ThalwegError) -> [Double] {
    try join(vjp(products, vectors, vectors: cut(v, as: inputs)))
  }

  func transposedTimes(_ u: [Double]) throws(ThalwegError) -> [Double] {
    try join(vjp(outputs, inputs, vectors: cut(u, as: outputs)))
  }

  private func cut(_ vector: [Double], as tensors: [Tensor]) throws(ThalwegError) -> [Tensor] {
    var (result, start): ([Tensor], Int) = ([], 0)
    for tensor in tensors {
      let part = Array(vector[start..<start + tensor.numel])
      result.append(try Tensor(part, tensor.shape).to(tensor.dtype))
      start += tensor.numel
    }
    return result
  }

  private func join(_ tensors: [Tensor]) throws(ThalwegError) -> [Double] {
    var result: [Double] = []
    for tensor in tensors { result += try tensor.detach().toArray() }
    return result
  }
}
