import ThalwegCore

/// A data set that a loader streams: what was found when it was opened, to which it is held whenever it is read.
struct StreamSource: Sendable {
  let stored: HDF5Stored
  /// How samples are converted on their way into a batch; nil: not at all.
  let scaling: HDF5Scaling?

  var layout: HDF5Layout { stored.layout }
  var label: String { stored.label }
  var rows: Int { stored.rows }
  var rowShape: ArraySlice<Int> { stored.shape.dropFirst() }
  /// In a window.
  var rowBytes: Int { stored.rowBytes }
  var elements: Int { rowBytes / stored.dtype.size }
  /// In a batch.
  var dtype: DType { scaling == nil ? stored.dtype : .float32 }
  /// Rows that a chunk reaches over; 1 where there are no chunks.
  var chunkRows: Int { max(layout.chunk.first ?? 1, 1) }
  /// Of a chunk in memory; the file's budget has bounded it.
  var chunkBytes: Int { layout.chunk.reduce(stored.elementBytes, *) }

  /// Errors: as `HDF5Dataset` has them; `.shape` for a scalar, which has no samples.
  init(_ dataset: borrowing HDF5Dataset, isScaled: Bool) throws(ThalwegError) {
    guard !dataset.stored.extent.isEmpty else {
      throw dataset.file.session.error(
        .shape, "\(dataset.label) is a scalar; samples lie along a first dimension")
    }
    try dataset.checkNumbers()
    try dataset.file.charge(dataset.byteCount, dataset.label)
    stored = dataset.stored
    guard isScaled else {
      scaling = nil
      return
    }
    var scaling = try HDF5Scaling(of: dataset)
    if !scaling.isGiven, stored.dtype == .uint8 { scaling.scale = 1 / 255 }
    self.scaling = scaling.changesNothing(in: stored.dtype) ? nil : scaling
  }
}
