import ThalwegCore

/// One layer's tensors and where a weights file has them: the group `<path>/vars` of Keras 3's layout.
struct WeightGroup {
  /// "/layers/dense/vars"
  let path: String
  /// The module's dotted name ("encoder.0"); Keras keeps its layer's name in the same attribute.
  let layerName: String
  /// In the order that Keras numbers them in: data sets "0", "1", ...
  var entries: [WeightEntry] = []
}

struct WeightEntry {
  /// The stable dotted name: "0.weight".
  let name: String
  var tensor: Tensor
  /// nil, or how Keras orders the dimensions: dimension i in the file is our dimension axes[i].
  var axes: [Int]?
  /// Keras's layer has no such tensor: it is written among ours alone, and not looked for in a file of Keras's.
  var isOursAlone = false

  /// The tensor's shape as the file has it.
  var fileShape: [Int] { axes.map { axes in axes.map { tensor.shape[$0] } } ?? Array(tensor.shape) }
}

/// Names in the file that are not Keras's.
enum WeightFile {
  static let formatVersion: UInt32 = 1
  /// Our group beside Keras's tree: attributes format_version and engine_version.
  static let group = "/thalweg"
  /// Each tensor under its dotted name, if Keras has it a hard link to the data set in Keras's tree.
  static let tensors = "/thalweg/tensors"
  /// The state of training, in a checkpoint: JSON as a data set of bytes, and the optimiser's tensors by name.
  static let training = "/thalweg/training"
  static let trainingState = "/thalweg/training/state"
  static let trainingTensors = "/thalweg/training/tensors"
  /// Attributes of a data set: how its dimensions are ordered relative to our tensor's (absent: as ours), and
  /// zlib's CRC-32 of our tensor's elements, row-major and little-endian.
  static let axes = "thalweg_axes"
  static let checksum = "thalweg_crc32"
  /// Where the order is another one: the CRC-32 of the elements as they are in the file.
  static let storedChecksum = "thalweg_stored_crc32"
}

/// The axes that undo a permutation by `axes`.
func inverse(_ axes: [Int]) -> [Int] { axes.indices.map { axes.firstIndex(of: $0) ?? $0 } }
