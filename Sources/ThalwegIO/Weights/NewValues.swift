import ThalwegCore

/// What a tensor is to become when all of a file has been found to be sound: nothing changes before.
enum NewValues {
  case tensor(Tensor)
  /// Still in the file, where they have been added up if there is a checksum: read a second time, they need no memory but
  /// the tensor's own, and memory that is new costs more than reading.
  case stored(StoredBytes, axes: [Int]?)

  /// Of a data set that fits `tensor`, its dimensions in the order of `axes`.
  ///
  /// - Parameter isChecked: whether the data set has our checksum.
  /// Errors: `.format` when it is damaged.
  init(
    of tensor: Tensor, _ dataset: borrowing HDF5Dataset, axes: [Int]?, isChecked: Bool
  ) throws(ThalwegError) {
    try dataset.checkNumbers()
    if dataset.stored.dtype == tensor.dtype, let bytes = try StoredBytes(dataset) {
      guard isChecked else {
        self = .stored(bytes, axes: axes)
        return
      }
      if let expected = try WeightFile.storedSum(axes, dataset) {
        guard try bytes.checksum(dataset.file.session.function) == expected else {
          throw WeightFile.damaged(dataset)
        }
        self = .stored(bytes, axes: axes)
        return
      }
    }
    var (values, sum) = try dataset.readTensorAndChecksum()
    if isChecked { try WeightFile.compare(values, sum, axes, dataset) }
    if let axes { values = try values.permute(Dims(inverse(axes))) }
    self = .tensor(values)
  }
}

extension WeightFile {
  /// Changes all tensors.
  ///
  /// Errors: `.autograd` when one cannot be changed in place: then none has. `.format` when a file can no longer be read
  /// that could be before, or was written to meanwhile.
  static func assign(
    _ loaded: [(tensor: Tensor, values: NewValues)], _ function: StaticString
  ) throws(ThalwegError) {
    try noGrad { () throws(ThalwegError) in
      for (tensor, _) in loaded { try tensor.checkWritable(by: function) }
      for (tensor, values) in loaded {
        switch values {
        case .tensor(let values): try tensor.copy(from: values)
        case .stored(let bytes, let axes):
          try bytes.read(into: tensor, axes: axes, "\(function)")
          tensor.storage.didChange(by: function)
        }
      }
    }
  }
}
