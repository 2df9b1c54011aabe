import CHDF5
import ThalwegCore

/// Dimension scales (HDF5's dimension scales specification, which netCDF-4 builds upon), written when the file is closed.
///
/// A scale is a data set at the root with attributes CLASS and NAME, and REFERENCE_LIST with the data sets that use it;
/// these have DIMENSION_LIST. netCDF needs a scale for every dimension of a data set or for none.
extension WriterContent {
  /// What netCDF has in NAME for a dimension without coordinates.
  private static let withoutCoordinates = "This is a netCDF dimension but not a netCDF variable."

  func setDimensions(_ dataset: String, _ names: [String]) throws(ThalwegError) {
    let dataset = try normal(dataset)
    let target = try target(dataset)
    guard names.count == target.shape.count, !names.isEmpty else {
      throw error(
        .shape,
        "'\(dataset)' has \(target.shape.count) dimensions and \(names.count) names; name all of them or none"
      )
    }
    guard
      names.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) && !$0.contains("/") && $0 != "." && $0 != ".." }
      )
    else { throw error(.invalidArgument, "\(names) cannot be the names of dimensions") }
    guard dataset != "/\(names[0])" || names.count > 1 else { return }  // it is the scale itself
    guard !names.contains(where: { "/\($0)" == dataset }) else {
      throw error(.invalidArgument, "'\(dataset)' cannot have its own name among its dimensions")
    }
    guard !dimensions.contains(where: { $0.dataset == dataset }) else {
      throw error(.invalidArgument, "the dimensions of '\(dataset)' are named already")
    }
    dimensions.append((dataset, names))
  }

  /// Writes what `setDimensions` asked for, and makes scales of the file that was added to as long as its data sets.
  func writeScales() throws(ThalwegError) {
    try growScales()
    var lists: [String: [(dataset: String, axis: Int)]] = [:]
    for (dataset, names) in dimensions {
      let target = try target(dataset)
      for (axis, name) in names.enumerated() {
        try makeScale(name, target.shape[axis], grows: target.grows && axis == 0, for: dataset)
        lists[name, default: []].append((dataset, axis))
      }
    }
    for (name, users) in lists.sorted(by: { $0.key < $1.key }) {
      try writer.addReferences("/\(name)", users)
    }
    for (dataset, names) in dimensions {
      try writer.setDimensionList(dataset, names.map { "/\($0)" })
    }
    dimensions = []
  }

  private func makeScale(
    _ name: String, _ size: Int, grows: Bool, for dataset: String
  ) throws(ThalwegError) {
    let place = "/\(name)"
    if try writer.has(place) {
      let scale = try target(place)
      guard scale.shape.count == 1, scale.shape[0] == size else {
        throw error(
          .shape,
          "'\(dataset)' has \(size) along the dimension '\(name)', which has the shape \(scale.shape)")
      }
      try writer.markScale(place, name)
      return
    }
    let digits = "\(size)"
    let padding = String(repeating: " ", count: max(0, 10 - digits.utf8.count))
    let type = try writer.fileType(.float32)
    let scale = try make(
      place, type, .float32, labels: 0, shape: [size], DataWriter.Storage(grows: grows), of: writer.path)
    scale.rows = size
    try writer.markScale(place, "\(Self.withoutCoordinates)\(padding)\(digits)")
  }

  /// A data set that has grown, and had scales before, may be longer than the scale of its rows.
  private func growScales() throws(ThalwegError) {
    for (name, target) in targets.sorted(by: { $0.key < $1.key }) where target.grows {
      guard let scale = try writer.scale(of: name, axis: 0), name != scale else { continue }
      let found = try self.target(scale)
      guard found.grows, found.shape.count == 1, found.shape[0] < target.shape[0] else { continue }
      _ = try makeRoom(target.shape[0] - found.shape[0], in: found)
    }
  }
}
