import ThalwegCore

/// One step of an optimiser's kernel over all its parameters, as a single parallel loop.
///
/// Parameters are cut into pieces and pieces gathered into chunks of similar size, by the parameters' sizes alone, so
/// that many small biases cost one hand-over and a large weight keeps every thread busy.
struct FusedUpdate<Scalars> {
  /// One parameter's update. All tensors are row-major and of one dtype and shape.
  struct Entry {
    let values: Tensor
    let gradient: Tensor
    let state: (Tensor?, Tensor?, Tensor?)
    let scalars: Scalars
    /// The parameter that `values` is a copy of, where it is not row-major itself.
    let target: Tensor?

    /// Addresses of element `i`: values, gradient, state.
    func addresses(_ i: Int) -> (
      values: UnsafeMutableRawPointer, gradient: UnsafeRawPointer,
      state: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)
    ) {
      let shift = i &* values.dtype.size
      return (
        values.data + shift, UnsafeRawPointer(gradient.data) + shift,
        (state.0.map { $0.data + shift }, state.1.map { $0.data + shift }, state.2.map { $0.data + shift })
      )
    }
  }

  private struct Piece {
    let entry: Int
    let first: Int
    let count: Int
  }

  /// Elements a chunk.
  private static var chunk: Int { 16 * 1024 }

  private var entries: [Entry] = []
  private var pieces: [Piece] = []
  /// The first piece of each chunk.
  private var chunks: [Int] = []
  private var room = 0

  /// Adds a parameter. Nothing is changed before `run`.
  mutating func add(
    _ parameter: Tensor, _ gradient: Tensor, state: (Tensor?, Tensor?, Tensor?), _ scalars: Scalars
  ) throws(ThalwegError) {
    let entry = try noGrad { () throws(ThalwegError) in
      Entry(
        values: try parameter.contiguous(), gradient: try gradient.contiguous(), state: state,
        scalars: scalars,
        target: parameter.isContiguous ? nil : parameter)
    }
    let count = parameter.numel
    var first = 0
    while first < count {
      if room == 0 {
        chunks.append(pieces.count)
        room = Self.chunk
      }
      let piece = min(count - first, room)
      pieces.append(Piece(entry: entries.count, first: first, count: piece))
      first += piece
      room -= piece
    }
    entries.append(entry)
  }

  /// Calls `kernel(entry, first element, number of elements)` for every piece, then marks the parameters as changed.
  func run(_ operation: StaticString, _ kernel: (Entry, Int, Int) -> Void) {
    parallel(chunks.count) { chunk in
      let end = chunk + 1 < chunks.count ? chunks[chunk + 1] : pieces.count
      for piece in pieces[chunks[chunk]..<end] { kernel(entries[piece.entry], piece.first, piece.count) }
    }
    for entry in entries {
      if let target = entry.target {
        StridedLoop.copy(
          target.shape, to: target.data, target.strides, from: entry.values.data, entry.values.strides,
          elementSize: target.dtype.size)
      }
      (entry.target ?? entry.values).storage.didChange(by: operation)
    }
  }
}
