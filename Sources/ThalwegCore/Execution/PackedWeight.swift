/// The elements of a weight in the order in which a product reads them.
///
/// Evaluation keeps it with the tensor, from the second product with the same elements on: it is made once, and freed with
/// the tensor. While a graph is recorded weights change with every step, and nothing is kept; nor where others may change
/// elements without a word.
package final class PackedWeight {
  /// For which product.
  package enum Form: Equatable {
    case matrix
    case convolution(groups: Int)
    /// See `WinogradProduct`.
    case tiles(groups: Int)
  }

  /// To be read as long as this object is there.
  package let base: UnsafeMutableRawPointer
  private let form: Form
  private let version: Int
  private let memory: Workspace
  /// Whether it stands for a first product: there is nothing in it.
  private let isEmpty: Bool

  private init(
    _ form: Form, _ version: Int, bytes: Int, isEmpty: Bool = false, _ function: StaticString
  ) throws(ThalwegError) {
    (self.form, self.version, self.isEmpty) = (form, version, isEmpty)
    memory = try Workspace(bytes, for: function)
    base = memory.base
  }

  /// Whether products of this thread keep what they pack.
  package static var isKept: Bool { GradMode.bits == GradMode.noGrad }

  /// What is kept, or made, perhaps for this product alone.
  /// - Parameter keeps: `isKept`.
  /// - Parameter pack: writes the elements to memory of as many bytes.
  package static func of(
    _ weight: Tensor, _ form: Form, bytes: Int, keeps: Bool, for function: StaticString,
    pack: (UnsafeMutableRawPointer) throws(ThalwegError) -> Void
  ) throws(ThalwegError) -> PackedWeight {
    if keeps, let kept = try kept(weight, form, bytes: bytes, for: function, pack: pack) { return kept }
    let result = try PackedWeight(form, 0, bytes: bytes, function)
    try pack(result.base)
    return result
  }

  /// Nil where it would be for this product alone. To be called where `isKept`.
  package static func kept(
    _ weight: Tensor, _ form: Form, bytes: Int, for function: StaticString,
    pack: (UnsafeMutableRawPointer) throws(ThalwegError) -> Void
  ) throws(ThalwegError) -> PackedWeight? {
    guard !weight.storage.isExposed else { return nil }
    let version = weight.storage.version.load(ordering: .relaxed)
    guard let last = weight.packedWeight, last.form == form, last.version == version else {
      weight.exchangePackedWeight(try PackedWeight(form, version, bytes: 0, isEmpty: true, function))
      return nil
    }
    if !last.isEmpty { return last }
    let result = try PackedWeight(form, version, bytes: bytes, function)
    try pack(result.base)
    weight.exchangePackedWeight(result)
    return result
  }
}
