import Glibc
import ThalwegCore

/// What was found out about the data sets that were read by rows last: where their data lies, and nothing of it. While a
/// file is as it was, the next rows are read without opening it in libhdf5, which takes longer than reading them.
///
/// Asked inside a session alone, whose lock guards it.
enum RecentReaders {
  private struct Entry {
    let path: String
    let dataset: String
    let reader: HDF5RowReader
  }

  private static let limit = 8
  nonisolated(unsafe) private static var entries: [Entry] = []

  /// A reader of the data set, which is the caller's alone until it is put back; nil unless the file is the same.
  static func take(_ path: String, _ dataset: String, _ session: HDF5Session) -> HDF5RowReader? {
    guard let index = entries.firstIndex(where: { $0.path == path && $0.dataset == dataset }) else {
      return nil
    }
    let reader = entries.remove(at: index).reader
    guard let identity = reader.identity, identity == PlainFile.identity(path) else { return nil }
    return reader
  }

  static func put(_ reader: HDF5RowReader, _ path: String, _ dataset: String, _ session: HDF5Session) {
    guard reader.stored.layout.isDirect, reader.places.count <= 1 << 14, let identity = reader.identity,
      isSettled(identity)
    else { return }
    if entries.count >= limit { entries.removeFirst() }
    entries.append(Entry(path: path, dataset: dataset, reader: reader))
  }

  /// Whether the file was changed so long ago that another change would have another time: file systems count in steps
  /// of up to two seconds.
  private static func isSettled(_ identity: PlainFile.Identity) -> Bool {
    var now = timespec()
    return clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec - identity.changed > 2
  }
}
