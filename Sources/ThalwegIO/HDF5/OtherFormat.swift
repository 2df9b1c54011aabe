import Glibc

/// Files that people take for HDF5, known by their first bytes.
struct OtherFormat {
  /// What it is, and what to do.
  let sentence: String

  init?(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 4 else { return nil }
    let start = bytes.prefix(count)
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      sentence =
        Self.contains(start, "data.pkl")
        ? "a file of torch.save, " + Self.pickle
        : "a ZIP archive; of a .keras file, unpack model.weights.h5"
    } else if start.first == 0x80, (2...5).contains(start[1]) {
      sentence = "a pickle, as torch.save wrote before version 1.6, " + Self.pickle
    } else {
      return nil
    }
  }

  private static let pickle = """
    which is not read: loading a pickle can run any program. From PyTorch write HDF5: \
    for name, tensor in model.state_dict().items(): file.create_dataset(name, data=tensor.cpu().numpy())
    """

  private static func contains(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}
