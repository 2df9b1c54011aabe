import CHDF5
import ThalwegCore

extension WeightFile {
  /// Reads the file at `path` into the tensors of `groups`, all of them or, on any error, none.
  ///
  /// A file with our group is read by the tensors' names, one without it, Keras's own, by its tree. Nothing may be
  /// missing, nothing left over but the state of Keras's optimiser; tensors that Keras's layer lacks keep their values.
  static func load(_ groups: [WeightGroup], from path: String, _ function: String) throws(ThalwegError) {
    let loaded = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      try read(groups, from: HDF5File(path, session))
    }
    try assign(loaded, "load_weights")
  }

  /// The tensors of `groups`, each with its new values.
  static func read(
    _ groups: [WeightGroup], from file: HDF5File
  ) throws(ThalwegError) -> [(tensor: Tensor, values: NewValues)] {
    let isOurs = try checkVersion(file)
    var plan = LoadPlan(file: file, isChecked: isOurs)
    let stored = isOurs ? try names(file) : try KerasTree.datasets(file)
    for group in groups {
      for (index, entry) in group.entries.enumerated() where isOurs || !entry.isOursAlone {
        plan.expect(entry, at: isOurs ? "\(tensors)/\(entry.name)" : "\(group.path)/\(index)")
      }
    }
    try plan.finish(among: stored)
    return try plan.read()
  }

  /// Whether the file has our group, in a version that is read here.
  static func checkVersion(_ file: HDF5File) throws(ThalwegError) -> Bool {
    guard let object = try file.object(group) else { return false }
    let label = file.label("group", group)
    let version = try file.number("format_version", of: object.id, label)
    guard version == Double(formatVersion) else {
      let writer = (try? file.string("engine_version", of: object.id, label)) ?? nil
      let found = version.map { $0 == $0.rounded() && abs($0) < 1e9 ? "\(Int($0))" : "\($0)" } ?? "an unknown"
      throw file.session.error(
        .format,
        """
        '\(file.path)' was written by Thalweg \(writer ?? "of an unknown version") in format \(found); this version, \
        \(Version.text), reads format \(formatVersion)
        """)
    }
    return true
  }

  private static func names(_ file: HDF5File) throws(ThalwegError) -> [String] {
    guard let names = try file.members(tensors) else {
      throw file.session.error(.format, "'\(file.path)' is not a weights file: \(group) has no tensors")
    }
    return names.map { "\(tensors)/\($0)" }
  }
}

/// What is to be read from where, and everything that does not fit, gathered for one error.
private struct LoadPlan: ~Copyable {
  private struct Item {
    let entry: WeightEntry
    let dataset: String
    let axes: [Int]?
  }

  let file: HDF5File
  /// The data sets have our attributes.
  let isChecked: Bool
  private var items: [Item] = []
  private var expected: Set<String> = []
  private var missing: [String] = []
  private var wrong: [String] = []

  init(file: HDF5File, isChecked: Bool) {
    self.file = file
    self.isChecked = isChecked
  }

  /// Notes that `entry` is to come from the data set at `name`, or why it cannot.
  mutating func expect(_ entry: WeightEntry, at name: String) {
    expected.insert(name)
    do throws(ThalwegError) {
      guard try file.object(name) != nil else {
        missing.append(isChecked ? entry.name : "\(entry.name) (\(name))")
        return
      }
      let dataset = try HDF5Dataset(name, in: file)
      let axes = isChecked ? try WeightFile.storedAxes(dataset) : entry.axes
      let order = axes ?? Array(dataset.shape.indices)
      let shape = inverse(order).map { dataset.shape[$0] }
      if shape != Array(entry.tensor.shape) {
        wrong.append("\(entry.name) has the shape \(shape), expected \(entry.tensor.shape)")
      } else if dataset.element.dtype != entry.tensor.dtype {
        wrong.append("\(entry.name) is \(dataset.element.dtype), expected \(entry.tensor.dtype)")
      } else {
        items.append(Item(entry: entry, dataset: name, axes: axes))
      }
    } catch {
      wrong.append("\(entry.name): \(error.message)")
    }
  }

  /// Errors: `.format` with all that is missing, unused or wrong.
  func finish(among stored: [String]) throws(ThalwegError) {
    let prefix = isChecked ? WeightFile.tensors.utf8.count + 1 : 0
    let unused = stored.filter { !expected.contains($0) }.map { String($0.dropFirst(prefix)) }
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing: " + missing.joined(separator: ", ")) }
    if !unused.isEmpty { parts.append("not used: " + unused.joined(separator: ", ")) }
    if !wrong.isEmpty { parts.append("wrong: " + wrong.joined(separator: ", ")) }
    guard !parts.isEmpty else { return }
    throw file.session.error(
      .format,
      "'\(file.path)' does not fit the module, which is unchanged; " + parts.joined(separator: "; "))
  }

  /// The tensors and their new values, in the order of `expect`.
  func read() throws(ThalwegError) -> [(tensor: Tensor, values: NewValues)] {
    var values: [(tensor: Tensor, values: NewValues)] = []
    for item in items {
      let dataset = try HDF5Dataset(item.dataset, in: file)
      let tensor = item.entry.tensor
      values.append((tensor, try NewValues(of: tensor, dataset, axes: item.axes, isChecked: isChecked)))
    }
    return values
  }
}
