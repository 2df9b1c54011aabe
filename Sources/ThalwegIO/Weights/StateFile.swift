import CHDF5
public import ThalwegCore
public import ThalwegNN

/// PyTorch's state dictionaries in HDF5: a data set for each name. Flat, the names have dots ("layer1.0.weight");
/// nested, each dot is a group ("layer1/0/weight").
extension Module {
  /// Writes every parameter and buffer by its name: `state()` as data sets at the root, or in nested groups.
  ///
  /// There are no attributes and nothing else, as PyTorch's users write such files and Netron reads them. What has several
  /// names is stored once, under hard links. The file appears in one step.
  /// - Throws: as `saveWeights`.
  public final func saveState(_ path: String, nested: Bool = false) throws(ThalwegError) {
    try StateFile.save(state(), to: path, nested: nested, "save_state")
  }

  /// Reads parameters and buffers by name from a file of this kind, from the group `group` of it, or from a file that
  /// `saveWeights` wrote. float16 and bfloat16 become float32, and floats of one size the module's.
  ///
  /// - Parameter strict: whether what is missing, left over or of another shape is an error; if not, the rest is read.
  /// - Returns: what did not fit.
  /// - Throws: `.format` with everything that does not fit; as `loadWeights`. Then nothing has changed.
  @discardableResult
  public final func loadState(
    _ path: String, group: String = "", strict: Bool = true
  ) throws(ThalwegError) -> StateReport {
    try StateFile.load(state(), typeName, from: path, group, strict, "load_state")
  }
}

enum StateFile {
  static func save(
    _ state: [(name: String, tensor: Tensor)], to path: String, nested: Bool, _ function: String
  ) throws(ThalwegError) {
    try HDF5Session.run(function) { session throws(ThalwegError) in
      var file = try AtomicFile(replacing: path, function)
      file.forgetOld()
      let writer = try HDF5Writer(creating: file.temporaryPath, as: path, session)
      try file.adopt(writer.descriptor())
      var places: [ObjectIdentifier: String] = [:]
      for (name, tensor) in state {
        let place = try place(name, nested, session)
        if let slash = place.lastIndex(of: "/"), slash != place.startIndex {
          try writer.makeGroup(String(place[..<slash]))
        }
        if let first = places[ObjectIdentifier(tensor)] {
          try writer.link(first, as: place)
          continue
        }
        places[ObjectIdentifier(tensor)] = place
        try writer.write(place, tensor.detach().contiguous())
      }
      try writer.close()
      try file.commit()
    }
  }

  private static func place(
    _ name: String, _ nested: Bool, _ session: HDF5Session
  ) throws(ThalwegError) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0), !parts.contains("") else {
      throw session.error(.invalidArgument, "the name '\(name)' cannot be one in a file")
    }
    return nested ? "/" + parts.joined(separator: "/") : "/\(name)"
  }

  static func load(
    _ own: [(name: String, tensor: Tensor)], _ module: String, from path: String, _ group: String,
    _ strict: Bool, _ function: String
  ) throws(ThalwegError) -> StateReport {
    let (report, loaded) = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      let isOurs = group.isEmpty ? try WeightFile.checkVersion(file) : false
      let places = try self.places(file, isOurs ? WeightFile.tensors : group)
      var report = StateReport()
      let known = Set(own.map(\.name))
      report.unexpected = places.keys.filter { !known.contains($0) }.sorted()
      var loaded: [(tensor: Tensor, values: NewValues)] = []
      for (name, tensor) in own {
        guard let place = places[name] else {
          report.missing.append(name)
          continue
        }
        let dataset = try HDF5Dataset(place, in: file)
        let axes = isOurs ? try WeightFile.storedAxes(dataset) : nil
        let shape = inverse(axes ?? Array(dataset.shape.indices)).map { dataset.shape[$0] }
        guard shape == Array(tensor.shape) else {
          report.mismatched.append((name, tensor.shape, Dims(shape)))
          continue
        }
        if strict, !report.isEmpty { continue }  // it will be an error: no need to read
        try dataset.checkNumbers()
        guard dataset.element.dtype.isFloat == tensor.dtype.isFloat else {
          throw session.error(
            .dtype, "'\(path)': \(name) is \(dataset.element.dtype), which cannot become \(tensor.dtype)")
        }
        loaded.append((tensor, try NewValues(of: tensor, dataset, axes: axes, isChecked: isOurs)))
      }
      guard !strict || report.isEmpty else {
        throw session.error(
          .format, "'\(path)' does not fit the module \(module), which is unchanged; \(report.text)")
      }
      return (report, loaded)
    }
    try WeightFile.assign(loaded, "load_state")
    return report
  }

  /// The data sets below `group` by their names in a state dictionary.
  ///
  /// Errors: `.format` for two of the same name ("a.b" beside a group "a" with "b"), for links and for circles.
  private static func places(_ file: HDF5File, _ group: String) throws(ThalwegError) -> [String: String] {
    let root = group.split(separator: "/").map { "/\($0)" }.joined()
    guard let names = try file.members(root.isEmpty ? "/" : root) else {
      throw file.session.error(.format, "there is no group '\(root)' in '\(file.path)'")
    }
    var places: [String: String] = [:]
    var waiting = names.map { (name: $0, place: "\(root)/\($0)", depth: 1) }
    var seen = 0
    while let (name, place, depth) = waiting.popLast() {
      seen += 1
      guard depth < 64, seen < 1_000_000 else {
        throw file.session.error(.format, "the groups of '\(file.path)' go in circles or nest too deep")
      }
      guard let object = try file.object(place) else { continue }
      if object.kind == TW_H5I_GROUP {
        for member in try file.members(place) ?? [] {
          waiting.append(("\(name).\(member)", "\(place)/\(member)", depth + 1))
        }
      } else if object.kind == TW_H5I_DATASET {
        guard places.updateValue(place, forKey: name) == nil else {
          throw file.session.error(.format, "'\(file.path)' has two data sets for the name \(name)")
        }
      }
    }
    return places
  }
}

extension StateReport {
  /// As a JSON object; "" if everything fits.
  package var json: String {
    if isEmpty { return "" }
    func sizes(_ dims: Dims) -> JSONValue { .array(dims.map { .integer($0) }) }
    let wrong = mismatched.map { entry in
      JSONValue.object([
        JSONMember("name", .string(entry.name)), JSONMember("expected", sizes(entry.expected)),
        JSONMember("found", sizes(entry.found)),
      ])
    }
    return JSONValue.object([
      JSONMember("missing", .array(missing.map { .string($0) })),
      JSONMember("unexpected", .array(unexpected.map { .string($0) })),
      JSONMember("mismatched", .array(wrong)),
    ]).text
  }
}
