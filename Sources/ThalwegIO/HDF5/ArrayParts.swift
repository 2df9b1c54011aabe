import CHDF5
import ThalwegCore

/// How an array in a file is cut into parts, and where the elements of each are in a tensor, whose dimensions may lie in
/// another order.
///
/// A part is a stretch of the file that stays in a core's cache between reading it, adding it up and putting its elements
/// in place. The cuts depend on the shape alone.
struct ArrayParts {
  private static let partBytes = 512 << 10
  /// Rows of the file that become columns of the tensor: so many lie side by side there, and are written together, as long
  /// as they are not more than a core's share of the last cache.
  private static let turnedRows = 128
  private static let turnedBytes = 2 << 20
  private static let leastTurned = 2 << 20

  /// Of the file; all dimensions in one where the tensor has the same order.
  private let shape: [Int]
  /// Of the tensor, in the order of the file's dimensions.
  private let strides: [Int]
  private let elementSize: Int
  /// The dimension that is cut, and the bytes of a step along it.
  private let axis: Int
  private let rowBytes: Int
  private let rowsAPart: Int
  private let partsASlice: Int
  let count: Int
  /// Whether the elements of a part lie in the tensor as they do in the file.
  let isInPlace: Bool
  /// Whether it is a large matrix that is the other way round in the tensor, and written past the caches.
  private let isTurned: Bool

  /// - Parameters:
  ///   - shape: in the file, with elements.
  ///   - strides: of the tensor; nil: the file's order without gaps.
  ///   - axes: dimension i in the file is the tensor's dimension axes[i]; nil: the same order.
  ///   - isScattered: whether parts are put into the tensor, not gathered from it.
  init(_ shape: [Int], strides: [Int]?, axes: [Int]?, elementSize: Int, isScattered: Bool = false) {
    var (dense, step) = (shape, 1)
    for i in shape.indices.reversed() { (dense[i], step) = (step, step * shape[i]) }
    let own = strides.map { strides in axes.map { $0.map { strides[$0] } } ?? strides } ?? dense
    isInPlace = shape.indices.allSatisfy { shape[$0] == 1 || own[$0] == dense[$0] }
    self.shape = isInPlace ? [step] : shape
    self.strides = isInPlace ? [1] : own
    self.elementSize = elementSize
    isTurned =
      isScattered && elementSize == 4 && self.shape.count == 2 && self.strides[0] == 1
      && step >= Self.leastTurned
    var (axis, rowBytes) = (self.shape.count - 1, elementSize)
    while axis > 0, rowBytes * self.shape[axis] <= Self.partBytes / 8 {
      rowBytes *= self.shape[axis]
      axis -= 1
    }
    (self.axis, self.rowBytes) = (axis, rowBytes)
    let turned = isTurned ? min(Self.turnedRows, Self.turnedBytes / rowBytes) : 0
    rowsAPart = max(min(max(Self.partBytes / rowBytes, turned), self.shape[axis]), 1)
    partsASlice = (self.shape[axis] - 1) / rowsAPart + 1
    count = self.shape[..<axis].reduce(partsASlice, *)
  }

  private func rows(_ part: Int) -> Range<Int> {
    let first = part % partsASlice * rowsAPart
    return first..<min(first + rowsAPart, shape[axis])
  }

  /// Where a part is among the array's bytes in the file.
  func bytes(_ part: Int) -> Range<Int> {
    let rows = rows(part)
    let slice = part / partsASlice * shape[axis]
    return (slice + rows.lowerBound) * rowBytes..<(slice + rows.upperBound) * rowBytes
  }

  /// Puts a part, as the file has it, where it belongs in the tensor with its first element at `data`.
  func scatter(_ part: Int, from dense: UnsafeRawPointer, to data: UnsafeMutableRawPointer) {
    let piece = piece(part)
    if isTurned, axis == 0,
      tw_turn4(data + piece.offset, piece.strides[1], dense, piece.dense[0], piece.shape[0], piece.shape[1])
    {
      return
    }
    // The tensor's rows go last, so that they are written one piece after the other.
    let order = piece.shape.indices.sorted { piece.strides[$0] > piece.strides[$1] }
    func sorted(_ values: [Int]) -> Dims { Dims(order.map { values[$0] }) }
    StridedLoop.copy(
      sorted(piece.shape), to: data + piece.offset, sorted(piece.strides), from: dense, sorted(piece.dense),
      elementSize: elementSize)
  }

  /// Gathers a part from the tensor as the file has it.
  func gather(_ part: Int, from data: UnsafeRawPointer, to dense: UnsafeMutableRawPointer) {
    let piece = piece(part)
    StridedLoop.copy(
      Dims(piece.shape), to: dense, Dims(piece.dense), from: data + piece.offset, Dims(piece.strides),
      elementSize: elementSize)
  }

  /// A part's shape and its strides in the tensor and in itself, from the dimension that is cut on.
  private func piece(
    _ part: Int
  ) -> (offset: Int, shape: [Int], strides: [Int], dense: [Int]) {
    let rows = rows(part)
    var offset = rows.lowerBound * strides[axis]
    var slice = part / partsASlice
    for i in (0..<axis).reversed() {
      offset += slice % shape[i] * strides[i]
      slice /= shape[i]
    }
    let inner = [rows.count] + shape[(axis + 1)...]
    var (dense, step) = (inner, 1)
    for i in inner.indices.reversed() { (dense[i], step) = (step, step * inner[i]) }
    return (offset * elementSize, inner, Array(strides[axis...]), dense)
  }
}
