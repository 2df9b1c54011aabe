import CHDF5
import ThalwegCore
import ThalwegNN

/// The architecture in a model file: JSON as a data set of bytes (an attribute can have 64 KiB at most), with a checksum.
extension WeightFile {
  static let architecture = "/thalweg/architecture"

  static func write(text: String, at name: String, _ writer: HDF5Writer) throws(ThalwegError) {
    let bytes = Array(text.utf8)
    try writer.write(name, shape: [bytes.count], dtype: .uint8, bytes)
    try writer.setAttribute(checksum, of: name, to: tw_crc32(0, bytes, bytes.count))
  }

  /// Reads the file at `path` whole: everything is checked that can be before the first tensor is read.
  static func loadModel(
    _ path: String, _ makers: [String: Module.Maker], _ function: String
  ) throws(ThalwegError) -> (ModelBuilder, [String: Tensor]) {
    try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      guard try checkVersion(file), try file.object(architecture) != nil else {
        throw session.error(
          .format,
          """
          '\(path)' has no architecture: it is not a model file, perhaps weights alone; make the model in code and load \
          the weights into it
          """)
      }
      let (builder, names): (ModelBuilder, [String])
      do throws(ThalwegError) {
        let description = try ModelDescription(JSONReader.read(readText(architecture, file)))
        builder = try ModelBuilder(description, makers)
        names = description.tensors
      } catch {
        guard !error.message.hasPrefix("\(function): ") else { throw error }
        throw session.error(error.code, "'\(path)': \(error.message)")
      }
      var tensors: [String: Tensor] = [:]
      for name in names { tensors[name] = try readTensor(name, file) }
      return (builder, tensors)
    }
  }

  /// The bytes of a text that `write(text:)` wrote.
  static func readText(_ name: String, _ file: HDF5File) throws(ThalwegError) -> [UInt8] {
    let dataset = try HDF5Dataset(name, in: file)
    guard dataset.element.dtype == .uint8, dataset.shape.count == 1, dataset.byteCount <= JSONReader.maxBytes
    else {
      throw file.session.error(
        .format, "\(dataset.label) is \(dataset.element.dtype) \(dataset.shape); expected bytes of a text")
    }
    let tensor = try dataset.readTensor()
    try compare(tensor, dataset)
    return Array(UnsafeRawBufferPointer(start: tensor.data, count: dataset.byteCount))
  }

  private static func readTensor(_ name: String, _ file: HDF5File) throws(ThalwegError) -> Tensor {
    guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else {
      throw file.session.error(.format, "'\(file.path)': the name of a tensor, \"\(name)\", cannot be one")
    }
    let dataset = try HDF5Dataset("\(tensors)/\(name)", in: file)
    try dataset.checkNumbers()
    let axes = try storedAxes(dataset)
    if let bytes = try StoredBytes(dataset), let expected = try storedSum(axes, dataset) {
      let order = axes ?? Array(bytes.shape.indices)
      let shape = Dims(inverse(order).map { bytes.shape[$0] })
      try file.charge(dataset.byteCount, dataset.label)
      let tensor = try dataset.makeTensor(shape)
      let sum = try bytes.read(into: tensor, axes: axes, isSummed: true, file.session.function)
      guard sum == expected else { throw damaged(dataset) }
      return tensor
    }
    let (tensor, sum) = try dataset.readTensorAndChecksum()
    try compare(tensor, sum, axes, dataset)
    return try axes.map { axes throws(ThalwegError) in
      try tensor.permute(Dims(inverse(axes))).contiguous()
    } ?? tensor
  }

  /// The order of dimensions that the file states, checked to be one; nil when there is none.
  static func storedAxes(_ dataset: borrowing HDF5Dataset) throws(ThalwegError) -> [Int]? {
    let file = dataset.file
    guard let stored = try file.integers(axes, of: dataset.id, dataset.label) else { return nil }
    let order = stored.map { Int($0) }
    guard order.sorted() == Array(dataset.shape.indices) else {
      throw file.session.error(.format, "\(dataset.label) has \(axes) \(order): not its dimensions")
    }
    return order
  }

  /// Compares the elements, ordered as in our tensor, with the checksum in the file.
  static func compare(_ tensor: Tensor, _ dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    try compare(tensor, Checksum.of(tensor.data, tensor.numel &* tensor.dtype.size), nil, dataset)
  }

  /// Compares a tensor as it is in the file, of which the bytes add up to `sum`, with the checksum there. Files of earlier
  /// versions have that of our tensor's order alone.
  static func compare(
    _ stored: Tensor, _ sum: UInt32, _ axes: [Int]?, _ dataset: borrowing HDF5Dataset
  ) throws(ThalwegError) {
    if let expected = try storedSum(axes, dataset) {
      guard sum == expected else { throw damaged(dataset) }
    } else if let axes {
      let ours = try stored.permute(Dims(inverse(axes))).contiguous()
      try compare(ours, dataset)
    }
  }

  /// What the bytes of a data set add up to as they are in the file, which has its dimensions in the order `axes`; nil
  /// where only the sum in our tensor's order is known.
  ///
  /// Errors: `.format` when there is no checksum.
  static func storedSum(
    _ axes: [Int]?, _ dataset: borrowing HDF5Dataset
  ) throws(ThalwegError) -> UInt32? {
    let file = dataset.file
    guard let ours = try file.integers(checksum, of: dataset.id, dataset.label), ours.count == 1 else {
      throw file.session.error(.format, "\(dataset.label) has no checksum")
    }
    guard axes != nil else { return UInt32(truncatingIfNeeded: ours[0]) }
    let own = try file.integers(storedChecksum, of: dataset.id, dataset.label)
    return own?.count == 1 ? own.map { UInt32(truncatingIfNeeded: $0[0]) } : nil
  }

  static func damaged(_ dataset: borrowing HDF5Dataset) -> ThalwegError {
    dataset.file.session.error(.format, "\(dataset.label) is damaged: its checksum does not match")
  }
}
