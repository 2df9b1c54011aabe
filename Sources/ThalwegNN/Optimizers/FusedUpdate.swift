import ThalwegCore

/// One step of a kernel over many tensors, as a single parallel loop.
///
/// Tensors are cut into pieces and pieces gathered into chunks of similar size, by the tensors' sizes alone, so that
/// many small biases cost one hand-over and a large weight keeps every thread busy. An optimiser keeps its update, so
/// that the lists are made once.
struct FusedUpdate<Scalars> {
  typealias Tensors = (Tensor?, Tensor?, Tensor?)
  typealias Addresses = (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)

  /// One tensor's update. All tensors are row-major and of one dtype and shape.
  struct Entry {
    let isDouble: Bool
    let values: UnsafeMutableRawPointer
    let gradient: UnsafeRawPointer
    let state: Addresses
    let scalars: Scalars

    /// Addresses of element `i`: values, gradient, state.
    @inline(__always)
    func addresses(_ i: Int) -> (
      values: UnsafeMutableRawPointer, gradient: UnsafeRawPointer, state: Addresses
    ) {
      let shift = i &* (isDouble ? 8 : 4)
      return (
        values + shift, gradient + shift,
        (state.0.map { $0 + shift }, state.1.map { $0 + shift }, state.2.map { $0 + shift })
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
  /// What the addresses belong to.
  private var held: [Tensor] = []
  /// What was changed, and its row-major copy, to be written back, where it is not row-major itself.
  private var targets: [(tensor: Tensor, copy: Tensor?)] = []

  var isEmpty: Bool { entries.isEmpty }

  /// The chunks of the pieces added so far.
  var chunkCount: Int { chunks.count }

  /// Forgets everything but the room for it.
  mutating func clear() {
    entries.removeAll(keepingCapacity: true)
    pieces.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
    held.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    room = 0
  }

  /// Adds a tensor that is to be changed. Nothing happens to it before `run`.
  /// - Parameter gradient: what is read beside it; nil for the tensor itself.
  mutating func add(
    _ tensor: Tensor, _ gradient: Tensor? = nil, state: Tensors = (nil, nil, nil), scalars: Scalars
  ) throws(ThalwegError) {
    let isContiguous = tensor.isContiguous
    let values = isContiguous ? tensor : try noGrad { () throws(ThalwegError) in try tensor.contiguous() }
    var beside = gradient ?? values
    if !beside.isContiguous {
      beside = try noGrad { [beside] () throws(ThalwegError) in try beside.contiguous() }
    }
    let count = tensor.numel
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
    entries.append(
      Entry(
        isDouble: tensor.dtype == .float64, values: values.data, gradient: UnsafeRawPointer(beside.data),
        state: (state.0?.data, state.1?.data, state.2?.data), scalars: scalars))
    held.append(beside)
    targets.append((tensor, isContiguous ? nil : values))
  }

  /// Calls `kernel(chunk, entry, first element, number of elements)` for every piece.
  func forEachPiece(_ kernel: (Int, Entry, Int, Int) -> Void) {
    parallel(chunks.count) { chunk in
      let end = chunk + 1 < chunks.count ? chunks[chunk + 1] : pieces.count
      for piece in pieces[chunks[chunk]..<end] {
        kernel(chunk, entries[piece.entry], piece.first, piece.count)
      }
    }
  }

  /// Calls `kernel(entry, first element, number of elements)` for every piece, then marks the tensors as changed and
  /// lets go of them.
  mutating func run(_ operation: StaticString, _ kernel: (Entry, Int, Int) -> Void) {
    forEachPiece { _, entry, first, count in kernel(entry, first, count) }
    for (target, copy) in targets {
      if let copy {
        StridedLoop.copy(
          target.shape, to: target.data, target.strides, from: copy.data, copy.strides,
          elementSize: target.dtype.size)
      }
      target.storage.didChange(by: operation)
    }
    clear()
  }
}
