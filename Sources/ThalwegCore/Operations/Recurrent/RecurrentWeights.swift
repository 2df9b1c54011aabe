/// The equations of a recurrent cell. With u = W_ih x + b_ih and v = W_hh h + b_hh, split into the cell's gates:
///  - tanh, relu, sigmoid (Elman 1990): h' = f(u + v)
///  - lstm (Hochreiter & Schmidhuber 1997, Gers et al. 2000), gates i, f, g, o: c' = σ(f) c + σ(i) tanh(g),
///    h' = σ(o) tanh(c'), where i, f, g, o are those of u + v
///  - gru (Cho et al. 2014), gates r, z, n: n = tanh(u_n + σ(r) v_n), h' = (1 - σ(z)) n + σ(z) h
///  - gruResetBefore, the first form of the paper: n = tanh(u_n + W_hn (σ(r) h) + b_hn)
///
/// Gates and names are PyTorch's.
package enum RecurrentCell: Int, CaseIterable, Sendable {
  case tanh, relu, sigmoid
  case lstm
  case gru, gruResetBefore

  /// G: rows of the weights for each hidden unit.
  package var gateCount: Int {
    switch self {
    case .tanh, .relu, .sigmoid: 1
    case .lstm: 4
    case .gru, .gruResetBefore: 3
    }
  }

  package var name: StaticString {
    switch self {
    case .tanh, .relu, .sigmoid: "rnn"
    case .lstm: "lstm"
    case .gru, .gruResetBefore: "gru"
    }
  }
}

/// The parameters of one recurrent cell with inputs of size I and H hidden units of G gates; R is what the cell hands on:
/// H, or the size of its projection.
package struct RecurrentWeights {
  /// [G H, I]
  package var input: Tensor
  /// [G H, R]
  package var hidden: Tensor
  /// [G H]
  package var inputBias: Tensor?
  /// [G H]
  package var hiddenBias: Tensor?
  /// [3, H], of an LSTM: what c is multiplied with to be added to i and f (the c before), and to o (the c after). Gers &
  /// Schmidhuber 2000, "Recurrent nets that time and count".
  package var peephole: Tensor?
  /// [R, H], of an LSTM: its output is this times h (Sak et al. 2014, "Long short-term memory recurrent neural network
  /// architectures for large scale acoustic modeling").
  package var projection: Tensor?

  package init(
    input: Tensor, hidden: Tensor, inputBias: Tensor? = nil, hiddenBias: Tensor? = nil,
    peephole: Tensor? = nil, projection: Tensor? = nil
  ) {
    self.input = input
    self.hidden = hidden
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
    self.peephole = peephole
    self.projection = projection
  }

  package var all: [Tensor] {
    [input, hidden, inputBias, hiddenBias, peephole, projection].compactMap(\.self)
  }
}

/// The sizes of a cell's tensors, checked.
package struct RecurrentSizes {
  package let input, units, state: Int

  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` unless the weights fit the cell and one another.
  package init(_ cell: RecurrentCell, _ weights: RecurrentWeights) throws(ThalwegError) {
    let (name, count) = (cell.name, cell.gateCount)
    let w = weights.input
    guard w.rank == 2, w.shape[0] > 0, w.shape[0] % count == 0 else {
      throw ThalwegError(
        .shape,
        "\(name): the input weight has shape \(w.shape); it must be [\(count) x hidden size, input size]")
    }
    units = w.shape[0] / count
    input = w.shape[1]
    guard cell == .lstm || (weights.peephole == nil && weights.projection == nil) else {
      throw ThalwegError(
        .invalidArgument, "\(name): only an LSTM has peepholes and a projection")
    }
    if let projection = weights.projection {
      guard projection.rank == 2, projection.shape[0] > 0 else {
        throw ThalwegError(
          .shape, "\(name): the projection has shape \(projection.shape); it must be [output size, \(units)]")
      }
      state = projection.shape[0]
      try Self.check(projection, [state, units], w.dtype, "projection", name)
    } else {
      state = units
    }
    guard w.dtype.isFloat else { throw unsupported(name, w.dtype) }
    try Self.check(weights.hidden, [w.shape[0], state], w.dtype, "hidden weight", name)
    try Self.check(weights.inputBias, [w.shape[0]], w.dtype, "input bias", name)
    try Self.check(weights.hiddenBias, [w.shape[0]], w.dtype, "hidden bias", name)
    try Self.check(weights.peephole, [3, units], w.dtype, "peephole weight", name)
  }

  /// Checks a tensor beside the input weight.
  package static func check(
    _ tensor: Tensor?, _ shape: Dims, _ dtype: DType, _ argument: StaticString, _ name: StaticString
  ) throws(ThalwegError) {
    guard let tensor else { return }
    guard tensor.shape == shape else {
      throw ThalwegError(
        .shape, "\(name): the \(argument) has shape \(tensor.shape); here it must be \(shape)")
    }
    guard tensor.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(name): the \(argument) is \(tensor.dtype), the input weight \(dtype); they must be equal")
    }
  }
}
