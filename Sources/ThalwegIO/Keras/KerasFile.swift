import CHDF5
import ThalwegCore
import ThalwegNN

/// Files that Keras writes: `.keras`, legacy `.h5` and `.weights.h5`, told apart by what is in them.
enum KerasFile {
  static let weightsMember = "model.weights.h5"
  static let largestWeights = 1 << 32

  /// Errors: `.io`, `.format` with what is wrong or not supported, `.unavailable`, `.outOfMemory`.
  static func load(_ path: String, _ function: String) throws(ThalwegError) -> Graph {
    if try isArchive(path, function) {
      let archive = try ZipReader(path: path, function)
      let text = try archive.read("config.json", atMost: JSONReader.maxBytes, function)
      let about =
        archive.has("metadata.json") ? try archive.read("metadata.json", atMost: 1 << 16, function) : []
      let version = (try? JSONReader.read(about))?["keras_version"]?.string
      let graph = try build(text, isOld: version.map(KerasEra.isOld) ?? false, path, function)
      let bytes = try archive.read(weightsMember, atMost: largestWeights, function)
      try inFile(bytes, path, function) { file throws(ThalwegError) in
        try install(plan(graph, file), file)
      }
      return graph
    }
    return try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      guard let text = try attribute("model_config", file) else {
        throw session.error(
          .format,
          "'\(path)' has weights but no model_config; make the model in code, or load the file that has the whole model"
        )
      }
      // The first versions did not say theirs.
      let isOld = KerasEra.isOld(try attribute("keras_version", file) ?? "")
      let graph = try build(Array(text.utf8), isOld: isOld, path, function)
      try install(plan(graph, file), file)
      return graph
    }
  }

  /// Reads the weights alone, from a file of any form, into a module that `load` or our own layers made.
  static func loadWeights(_ module: Module, _ path: String, _ function: String) throws(ThalwegError) {
    let pairs: [(tensor: Tensor, values: NewValues)]
    if try isArchive(path, function) {
      let bytes = try ZipReader(path: path, function).read(weightsMember, atMost: largestWeights, function)
      pairs = try inFile(bytes, path, function) { file throws(ThalwegError) in try values(module, file) }
    } else {
      pairs = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
        try values(module, HDF5File(path, session))
      }
    }
    try WeightFile.assign(pairs, "load_keras_weights")
  }

  // MARK: - Parts

  static func isArchive(_ path: String, _ function: String) throws(ThalwegError) -> Bool {
    try FileBytes.start(path, 4, function).elementsEqual([0x50, 0x4b, 3, 4])
  }

  private static func build(
    _ text: [UInt8], isOld: Bool, _ path: String, _ function: String
  ) throws(ThalwegError) -> Graph {
    do throws(ThalwegError) {
      return try KerasBuilder.build(JSONReader.read(text, allowsNonFinite: true), isOld: isOld)
    } catch {
      throw ThalwegError(error.code, "\(function): '\(path)': \(error.message)")
    }
  }

  /// Runs `body` with an HDF5 file in memory; messages have the path of the file that it came from.
  static func inFile<Result>(
    _ bytes: [UInt8], _ path: String, _ function: String, _ body: (HDF5File) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    try HDF5Session.run(function, readingMemory: bytes, of: path) { session throws(ThalwegError) in
      try body(HDF5File(bytes: bytes, path: path, session))
    }
  }

  /// A text that the file has at its root.
  private static func attribute(_ name: String, _ file: HDF5File) throws(ThalwegError) -> String? {
    guard let root = try file.object("/") else { return nil }
    return try file.string(name, of: root.id, file.label("group", "/"))
  }

  /// The layers and where their tensors are.
  private static func plan(_ graph: Graph, _ file: HDF5File) throws(ThalwegError) -> KerasPlan {
    var plan = KerasPlan(graph)
    for container in ["layers", "_layer_checkpoint_dependencies"] {
      guard try file.object(container) != nil else { continue }
      plan.placeInGroups(graph, container: container)
      try plan.choose { name throws(ThalwegError) in try file.object(name) != nil }
      try refuseOthers(plan, file)
      return plan
    }
    let base = try file.object("model_weights") != nil ? "/model_weights" : ""
    try plan.placeInLists(graph, file.path) { layer throws(ThalwegError) in
      let group = "\(base)/\(layer)"
      guard let object = try file.object(group) else {
        throw file.session.error(.format, "'\(file.path)' has no weights of the layer \(layer.prefix(64))")
      }
      let names = try file.splitStrings("weight_names", of: object.id, file.label("group", group))
      return names.map { "\(group)/\($0)" }
    }
    return plan
  }

  /// Refuses a file that has tensors that no layer takes.
  private static func refuseOthers(_ plan: KerasPlan, _ file: HDF5File) throws(ThalwegError) {
    let expected = Set(plan.parts.flatMap { ([$0.datasets] + $0.copies + $0.older).joined() })
    let unused = try KerasTree.datasets(file).filter { name in
      // Seeds of layers' own generators and what a metric counted are nothing of the model's.
      !expected.contains(name) && !name.hasPrefix("/metrics/") && !name.hasPrefix("/thalweg/")
        && !name.split(separator: "/").contains { $0.hasSuffix("seed_generator") }
    }
    guard unused.isEmpty else {
      let shown = unused.prefix(8).joined(separator: ", ") + (unused.count > 8 ? ", ..." : "")
      throw file.session.error(
        .format, "'\(file.path)' has tensors that no layer of the model takes: \(shown)")
    }
  }

  /// Reads every tensor, first looking at all shapes, so that nothing large is read in vain.
  private static func install(_ plan: KerasPlan, _ file: HDF5File) throws(ThalwegError) {
    try check(plan, file)
    for part in plan.parts {
      var tensors: [Tensor] = []
      for (dataset, weight) in zip(part.datasets, part.layer.kind.weights) {
        tensors.append(try read(dataset, weight, part.layer, file))
      }
      do throws(ThalwegError) {
        try part.layer.install(tensors, isTrainable: part.isTrainable)
      } catch {
        throw file.session.error(
          error.code, "'\(file.path)': layer '\(part.path)' (\(part.layer.className)): \(error.message)")
      }
    }
  }

  private static func check(_ plan: KerasPlan, _ file: HDF5File) throws(ThalwegError) {
    for part in plan.parts {
      for (name, weight) in zip(part.datasets, part.layer.kind.weights) {
        let label = "layer '\(part.path)' (\(part.layer.className)) in '\(file.path)'"
        guard try file.object(name) != nil else {
          throw file.session.error(.format, "\(label): its \(weight.name) is missing (\(name))")
        }
        let dataset = try HDF5Dataset(name, in: file)
        let isNumber = weight.isCount || dataset.element.dtype.isFloat
        guard isNumber, weight.fits(dataset.shape) else {
          let wanted = weight.shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
          throw file.session.error(
            .format,
            "\(label): its \(weight.name) is \(dataset.element.dtype) \(dataset.shape); expected floats [\(wanted)]"
          )
        }
      }
    }
  }

  private static func read(
    _ name: String, _ weight: KerasWeight, _ layer: KerasLayer, _ file: HDF5File
  ) throws(ThalwegError) -> Tensor {
    let tensor = try HDF5Dataset(name, in: file).readTensor()
    return try noGrad { () throws(ThalwegError) in try tensor.to(weight.isCount ? .int64 : layer.dtype) }
  }

  /// The module's tensors with their new values.
  private static func values(
    _ module: Module, _ file: HDF5File
  ) throws(ThalwegError) -> [(tensor: Tensor, values: NewValues)] {
    guard let graph = module as? Graph else {
      return try WeightFile.read(KerasTree.groups(of: module, file.session.function), from: file)
    }
    let plan = try plan(graph, file)
    try check(plan, file)
    var result: [(tensor: Tensor, values: NewValues)] = []
    for part in plan.parts {
      for (name, weight) in zip(part.datasets, part.layer.kind.weights) {
        guard let own = part.layer.tensors(weight) else {
          throw file.session.error(.invalidArgument, "the layer '\(part.path)' has no \(weight.name)")
        }
        let new = try weight.ours(read(name, weight, part.layer, file))
        for (tensor, values) in zip(own, new) {
          guard tensor.shape == values.shape else {
            throw file.session.error(
              .format,
              "'\(file.path)' does not fit the module: the \(weight.name) of '\(part.path)' gives \(values.shape), expected \(tensor.shape)"
            )
          }
          result.append((tensor, .tensor(try values.to(tensor.dtype))))
        }
      }
    }
    return result
  }
}
