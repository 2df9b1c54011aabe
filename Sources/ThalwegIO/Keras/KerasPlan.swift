import ThalwegCore
import ThalwegNN

/// Where the tensors of a model are in a file of Keras's: for each layer, in order, its data sets.
struct KerasPlan {
  struct Part {
    let layer: KerasLayer
    /// The name that messages have.
    let path: String
    let isTrainable: Bool
    /// One for each of the layer's `kind.weights`.
    var datasets: [String]
    /// The same at the other places of a layer that has several. Keras writes the first alone, and reads them all.
    var copies: [[String]] = []
    /// Where Keras 2.15 has them, at each place, if that is elsewhere.
    var older: [[String]] = []
  }

  private(set) var parts: [Part] = []

  /// All layers with tensors below `graph`, each once, without places.
  init(_ graph: Module) {
    var seen: Set<ObjectIdentifier> = []
    collect(graph, "", true, &seen)
  }

  private mutating func collect(
    _ module: Module, _ path: String, _ isTrainable: Bool, _ seen: inout Set<ObjectIdentifier>
  ) {
    guard seen.insert(ObjectIdentifier(module)).inserted else { return }
    let trainable =
      isTrainable && (module as? KerasLayer)?.isTrainable ?? true
      && (module as? Graph)?.config["trainable"]?.bool ?? true
    if let layer = module as? KerasLayer {
      parts.append(Part(layer: layer, path: path, isTrainable: trainable, datasets: []))
    }
    for (name, child) in module.children where child is KerasLayer || child is Graph {
      collect(child, path.isEmpty ? name : "\(path).\(name)", trainable, &seen)
    }
  }

  private func place(_ layer: KerasLayer) -> Int? { parts.firstIndex { $0.layer === layer } }

  // MARK: - Keras 3: groups named by classes

  /// - Parameter container: "layers", or what the first versions called it.
  mutating func placeInGroups(_ graph: Module, container: String) {
    var places: [ObjectIdentifier: Int] = [:]
    for (index, part) in parts.enumerated() { places[ObjectIdentifier(part.layer)] = index }
    var steps = KerasPlan.mostSteps
    walk(graph, "", container, places, &steps)
  }

  /// More than the layers of any model, which may have each other at ever more places.
  private static let mostSteps = 1 << 17

  private mutating func walk(
    _ module: Module, _ path: String, _ container: String, _ places: [ObjectIdentifier: Int],
    _ steps: inout Int
  ) {
    steps -= 1
    guard steps > 0 else { return }
    if let layer = module as? KerasLayer {
      if let place = places[ObjectIdentifier(layer)] {
        var counts: [String: Int] = [:]
        let ends = layer.kind.weights.map { weight in
          let index = counts[weight.group, default: 0]
          counts[weight.group] = index + 1
          return "\(weight.group)/vars/\(index)"
        }
        let datasets = ends.map { $0.hasPrefix("/") ? path + $0 : "\(path)/\($0)" }
        if layer.className == "MultiHeadAttention" {
          parts[place].older.append(ends.map { "\(path)/_\($0)" })
        }
        if parts[place].datasets.isEmpty {
          parts[place].datasets = datasets
        } else {
          parts[place].copies.append(datasets)
        }
      }
      for (name, child) in layer.children where child is KerasLayer || child is Graph {
        walk(child, "\(path)/\(name)", container, places, &steps)
      }
      return
    }
    var names = KerasNames()
    for (_, child) in module.children {
      walk(child, "\(path)/\(container)/\(names.name(KerasPlan.className(child)))", container, places, &steps)
    }
  }

  /// Takes the first of each layer's places that is there.
  mutating func choose(_ isThere: (String) throws(ThalwegError) -> Bool) throws(ThalwegError) {
    for place in parts.indices where !parts[place].copies.isEmpty || !parts[place].older.isEmpty {
      let part = parts[place]
      for names in [part.datasets] + part.copies + part.older where !names.isEmpty {
        guard try isThere(names[0]) else { continue }
        parts[place].datasets = names
        break
      }
    }
  }

  static func className(_ module: Module) -> String {
    if let layer = module as? KerasLayer { return layer.className }
    if let graph = module as? Graph { return graph.config["class_name"]?.string ?? "Functional" }
    return module.typeName
  }

  // MARK: - Keras 2: groups named by layers, data sets by lists

  /// - Parameter names: the data sets of a layer of the model, in order.
  /// Errors: `.format` where a list has another length than the layer has tensors.
  mutating func placeInLists(
    _ graph: Graph, _ path: String, _ names: (_ layer: String) throws(ThalwegError) -> [String]
  ) throws(ThalwegError) {
    for (child, module) in graph.children {
      var slots: [(part: Int, weight: Int, isTrained: Bool)] = []
      for part in KerasPlan(module).parts {
        guard let place = place(part.layer) else { continue }
        parts[place].datasets = Array(repeating: "", count: part.layer.kind.weights.count)
        for (number, weight) in part.layer.kind.weights.enumerated() {
          slots.append((place, number, parts[place].isTrainable && weight.isTrained))
        }
      }
      // Keras lists what is trained first.
      slots = slots.filter(\.isTrained) + slots.filter { !$0.isTrained }
      let name = KerasPlan.layerName(module) ?? child
      let found = slots.isEmpty ? [] : try names(name)
      guard found.count == slots.count else {
        throw ThalwegError(
          .format,
          "'\(path)' has \(found.count) tensors for the layer \(name.prefix(64)), which has \(slots.count)")
      }
      for (slot, dataset) in zip(slots, found) { parts[slot.part].datasets[slot.weight] = dataset }
    }
  }

  static func layerName(_ module: Module) -> String? {
    (module as? KerasLayer)?.config["name"]?.string ?? (module as? Graph)?.config["name"]?.string
  }
}
