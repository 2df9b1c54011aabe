import ThalwegCore

/// A data set that a loader streams: what was found when it was opened, to which it is held whenever it is read.
struct StreamSource: Sendable {
  let file: HDF5Source
  let shape: [Int]
  /// As the samples lie in a window.
  let stored: DType
  /// How they are converted on their way into a batch; nil: not at all.
  let scaling: HDF5Scaling?
  let layout: HDF5Dataset.Layout
  /// "data set '/train/images' of 'digits.h5'"
  let label: String

  var rows: Int { shape.first ?? 0 }
  var rowShape: ArraySlice<Int> { shape.dropFirst() }
  /// In a window.
  var rowBytes: Int { rowShape.reduce(stored.size, *) }
  /// In a batch.
  var dtype: DType { scaling == nil ? stored : .float32 }
  /// Rows that a chunk reaches over; 1 where there are no chunks.
  var chunkRows: Int { max(layout.chunk.first ?? 1, 1) }
  /// Of a chunk in memory; the file's budget has bounded it.
  var chunkBytes: Int { layout.chunk.reduce(stored.size, *) }

  /// Errors: as `HDF5Dataset` has them; `.shape` for a scalar, which has no samples.
  init(_ file: HDF5Source, _ dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    guard !dataset.shape.isEmpty else {
      throw dataset.file.session.error(
        .shape, "\(dataset.label) is a scalar; samples lie along a first dimension")
    }
    try dataset.file.charge(dataset.byteCount, dataset.label)
    self.file = file
    shape = dataset.shape
    stored = dataset.element.dtype
    layout = dataset.layout
    label = dataset.label
    guard file.isScaled else {
      scaling = nil
      return
    }
    var scaling = try HDF5Scaling(of: dataset)
    if !scaling.isGiven, stored == .uint8 { scaling.scale = 1 / 255 }
    self.scaling = scaling.changesNothing(in: stored) ? nil : scaling
  }

  /// Errors: `.format` if the data set is not what it was when the loader was opened.
  func check(_ dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    guard dataset.shape == shape, dataset.element.dtype == stored else {
      throw dataset.file.session.error(
        .format,
        """
        \(label) has changed since the loader was opened: it was \(stored) of shape \(shape) and is now \
        \(dataset.element.dtype) of shape \(dataset.shape)
        """)
    }
  }
}
