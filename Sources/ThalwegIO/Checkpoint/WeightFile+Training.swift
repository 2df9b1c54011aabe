import CHDF5
import ThalwegCore

/// The state of training in a file.
extension WeightFile {
  static func write(_ record: TrainingRecord, _ writer: HDF5Writer) throws(ThalwegError) {
    try writer.makeGroup(trainingTensors)
    try write(text: record.text, at: trainingState, writer)
    for (name, tensor) in record.tensors {
      let place = "\(trainingTensors)/\(name)"
      let tensor = try tensor.detach().contiguous()
      try writer.setAttribute(checksum, of: place, to: writer.write(place, tensor))
    }
  }

  /// nil if the file has none.
  static func readTraining(_ file: HDF5File) throws(ThalwegError) -> TrainingRecord? {
    guard try checkVersion(file), try file.object(trainingState) != nil else { return nil }
    let text = String(decoding: try readText(trainingState, file), as: UTF8.self)
    var tensors: [(name: String, tensor: Tensor)] = []
    for name in try file.members(trainingTensors) ?? [] {
      let dataset = try HDF5Dataset("\(trainingTensors)/\(name)", in: file)
      let tensor = try dataset.readTensor()
      try compare(tensor, dataset)
      tensors.append((name, tensor))
    }
    return TrainingRecord(tensors: tensors, text: text)
  }
}
