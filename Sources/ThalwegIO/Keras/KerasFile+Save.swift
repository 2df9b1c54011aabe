import CHDF5
import Glibc
import ThalwegCore
import ThalwegNN

extension KerasFile {
  /// The version of Keras whose files these are.
  private static let kerasVersion = "3.15.1"
  private static let oldVersion = "2.15.0"

  /// Writes a model in one step: `.h5` as Keras 2 did, anything else as `.keras`.
  /// - Parameter optimizer: what the model is trained with.
  static func save(
    _ module: Module, to path: String, optimizer: Optimizer? = nil, _ function: String
  ) throws(ThalwegError) {
    let training: OptimizerText? = if let optimizer { try text(optimizer, module, function) } else { nil }
    let graph = if let graph = module as? Graph { graph } else { try KerasExport.graph(of: module, function) }
    let isLegacy = path.hasSuffix(".h5") || path.hasSuffix(".hdf5")
    var config = try KerasConfigText(isLegacy: isLegacy, of: graph).model(graph)
    if !isLegacy, let training { config = config.setting("compile_config", compileConfig(training)) }
    let words = config.text
    if isLegacy {
      try HDF5Session.run(function) { session throws(ThalwegError) in
        var file = try AtomicFile(replacing: path, function)
        let writer = try HDF5Writer(creating: file.temporaryPath, as: path, session)
        try file.adopt(writer.descriptor())
        try write(legacy: graph, words, writer)
        if let training { try write(legacy: training, isOld: graph.isOfKeras2, writer) }
        try writer.close()
        try file.commit()
      }
      return
    }
    var file = try AtomicFile(replacing: path, function)
    let weights = try weightsFile(graph, training, beside: file.temporaryPath, path, function)
    var archive = ZipWriter()
    let metadata = "{\"keras_version\": \"\(kerasVersion)\", \"date_saved\": \"1980-01-01@00:00:00\"}"
    try archive.add("metadata.json", Array(metadata.utf8))
    try archive.add("config.json", Array(words.utf8))
    try archive.add("model.weights.h5", weights)
    archive.finish()
    let descriptor = open(file.temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw ThalwegError(.io, "\(function): cannot create '\(path)': \(systemMessage(errno))")
    }
    defer { close(descriptor) }
    try file.adopt(descriptor)
    try FileBytes.write(archive.bytes, descriptor, path, function)
    try file.commit()
  }

  /// The bytes of a `.weights.h5`, which is written beside the file that it will be a part of.
  private static func weightsFile(
    _ graph: Graph, _ training: OptimizerText?, beside place: String, _ path: String, _ function: String
  ) throws(ThalwegError) -> [UInt8] {
    let part = "\(place).h5"
    _ = unlink(part)
    defer { _ = unlink(part) }
    try HDF5Session.run(function) { session throws(ThalwegError) in
      let writer = try HDF5Writer(creating: part, as: path, session)
      var plan = KerasPlan(graph)
      plan.placeInGroups(graph, container: "layers")
      for group in ["/layers", "/vars"] { try writer.makeGroup(group) }  // Keras 2 asks for both
      for part in plan.parts {
        for datasets in [part.datasets] + part.copies {
          for (name, weight) in zip(datasets, part.layer.kind.weights) {
            try writer.makeGroup(String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)]))
            try write(weight, of: part, at: name, writer)
          }
        }
        for names in part.older {
          for (name, old) in zip(part.datasets, names) {
            try writer.makeGroup(String(old[..<(old.lastIndex(of: "/") ?? old.startIndex)]))
            try writer.link(name, as: old)
          }
        }
      }
      if let training {
        try writer.makeGroup("/optimizer/vars")
        _ = try write(training, to: "/optimizer/vars", writer)
      }
      try writer.close()
    }
    return try FileBytes.read(part, atMost: .max, function)
  }

  private static func write(
    _ weight: KerasWeight, of part: KerasPlan.Part, at name: String, _ writer: HDF5Writer
  ) throws(ThalwegError) {
    guard let own = part.layer.tensors(weight) else {
      throw ThalwegError(.invalidArgument, "save_keras: the layer '\(part.path)' has no \(weight.name)")
    }
    let tensor = try weight.keras(own).contiguous()
    try writer.write(name, shape: Array(tensor.shape), dtype: tensor.dtype, tensor.data)
    withExtendedLifetime(tensor) {}
  }

  private static func compileConfig(_ training: OptimizerText) -> JSONValue {
    let names = ["loss", "loss_weights", "metrics", "weighted_metrics"]
    return .object([JSONMember("optimizer", training.config)] + names.map { JSONMember($0, .null) })
  }

  private static func write(
    legacy training: OptimizerText, isOld: Bool, _ writer: HDF5Writer
  ) throws(ThalwegError) {
    let names = ["loss", "metrics", "weighted_metrics", "loss_weights"]
    var described = training.config
    if isOld, let options = described["config"] {
      described = described.setting("config", options.setting("is_legacy_optimizer", .bool(false)))
    }
    let config = JSONValue.object(
      names.map { JSONMember($0, .null) } + [JSONMember("optimizer_config", described)])
    try writer.setAttribute("training_config", of: "/", to: config.text)
    let base = "/optimizer_weights"
    try writer.makeGroup("\(base)/optimizer")
    let variables = try write(training, to: "\(base)/optimizer", hasRate: !isOld, writer)
    try writer.setSplitStrings("weight_names", of: base, to: variables.map { "optimizer/\($0)" })
  }

  private static func write(
    legacy graph: Graph, _ config: String, _ writer: HDF5Writer
  ) throws(ThalwegError) {
    try writer.setAttribute("model_config", of: "/", to: config)
    let version = graph.isOfKeras2 ? oldVersion : kerasVersion
    try writer.setAttribute("keras_version", of: "/", to: version)
    try writer.setAttribute("backend", of: "/", to: "tensorflow")
    let base = "/model_weights"
    try writer.makeGroup(base)
    try writer.setAttribute("keras_version", of: base, to: version)
    try writer.setAttribute("backend", of: base, to: "tensorflow")
    var layers: [String] = []
    for (child, module) in graph.children {
      let name = KerasPlan.layerName(module) ?? child
      layers.append(name)
      try writer.makeGroup("\(base)/\(name)")
      let all = KerasPlan(module).parts.flatMap { part in
        part.layer.kind.weights.map { (part: part, weight: $0) }
      }
      let isTrained = { (slot: (part: KerasPlan.Part, weight: KerasWeight)) in
        slot.part.isTrainable && slot.weight.isTrained
      }
      var names: [String] = []
      for slot in all.filter(isTrained) + all.filter({ !isTrained($0) }) {
        let inner = slot.part.path.isEmpty ? name : "\(name)_\(slot.part.path)"
        let group = slot.weight.group.isEmpty ? inner : "\(inner)/\(slot.weight.group)"
        let dataset = "\(group)/\(slot.weight.name):0"
        try writer.makeGroup("\(base)/\(name)/\(group)")
        try write(slot.weight, of: slot.part, at: "\(base)/\(name)/\(dataset)", writer)
        names.append(dataset)
      }
      try writer.setSplitStrings("weight_names", of: "\(base)/\(name)", to: names)
    }
    try writer.setSplitStrings("layer_names", of: base, to: layers)
    try writer.makeGroup("\(base)/top_level_model_weights")
    try writer.setSplitStrings("weight_names", of: "\(base)/top_level_model_weights", to: [])
  }
}

extension HDF5Writer {
  /// A list of strings, in attributes `name0`, `name1`, ... of less than 64 KiB each where it is longer.
  func setSplitStrings(_ name: String, of object: String, to texts: [String]) throws(ThalwegError) {
    let size = max(1, texts.map(\.utf8.count).max() ?? 1)
    let most = max(1, 64000 / size)
    if texts.count <= most { return try setStrings(name, of: object, to: texts, size) }
    var (part, start) = (0, 0)
    while start < texts.count {
      try setStrings(
        "\(name)\(part)", of: object, to: Array(texts[start..<min(start + most, texts.count)]), size)
      (part, start) = (part + 1, start + most)
    }
  }

  /// Strings of `size` bytes each, UTF-8.
  private func setStrings(
    _ name: String, of object: String, to texts: [String], _ size: Int
  ) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let type = try session.own(
      h5.H5Tcopy(tw_hdf5_constant(h5.c_string)), "cannot make a string type", .internal)
    try session.check(h5.H5Tset_size(type.raw, size), "cannot make a string type", .internal)
    try session.check(
      h5.H5Tset_cset(type.raw, Int32(TW_H5T_CSET_UTF8)), "cannot make a string type", .internal)
    let dims = [hsize_t(texts.count)]
    let space = try session.own(h5.H5Screate_simple(1, dims, nil), "cannot make a data space", .internal)
    let owner = try session.own(h5.H5Oopen(id, object, 0), "cannot open '\(object)' in '\(path)'", .internal)
    let attribute = try session.own(
      h5.H5Acreate2(owner.raw, name, type.raw, space.raw, 0, 0),
      "cannot make attribute '\(name)' of '\(object)' in '\(path)'", .io)
    var bytes: [UInt8] = []
    for text in texts {
      bytes += text.utf8
      bytes += [UInt8](repeating: 0, count: size - text.utf8.count)
    }
    guard !bytes.isEmpty else { return }
    try session.check(h5.H5Awrite(attribute.raw, type.raw, bytes), "cannot write attribute '\(name)'", .io)
  }
}
