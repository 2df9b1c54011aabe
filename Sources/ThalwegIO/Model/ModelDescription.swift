import ThalwegCore
import ThalwegNN

/// A tree of modules as a model file has it, without the tensors' values.
struct ModelDescription {
  enum Content {
    /// One of the library's layers.
    case layer(String, LayerOptions)
    /// A user's own module, of which only the name of its class is known.
    case custom(String)
  }

  enum Member {
    /// `tensor`: the name that the values have in the file, the first that the tensor has in the tree. Two members with
    /// the same one share a tensor.
    case parameter(tensor: String, requiresGrad: Bool)
    case buffer(tensor: String, requiresGrad: Bool)
    /// The place of a module in the list. Two members with the same one share a module.
    case child(Int)
  }

  struct Part {
    let content: Content
    let isTraining: Bool
    var members: [(name: String, member: Member)] = []

    var typeName: String {
      switch content {
      case .layer(let name, _): name
      case .custom(let name): name
      }
    }
  }

  /// The root is the first; each other part is a child of one before it.
  var parts: [Part] = []

  /// Bounds, so that a file cannot ask for much work: they hold in both directions, what is saved can be loaded.
  static let maxParts = 16384
  static let maxMembers = 65536

  /// Describes `root` and everything below.
  ///
  /// Errors: `.invalidArgument` for more modules than a file can have, or a tree that is changed meanwhile.
  init(of root: Module) throws(ThalwegError) {
    let modules = root.namedModules()
    var places: [ObjectIdentifier: Int] = [:]
    for (place, entry) in modules.enumerated() { places[ObjectIdentifier(entry.module)] = place }
    var names: [ObjectIdentifier: String] = [:]
    var count = 0
    for (path, module) in modules {
      let content: Content =
        if let layer = module as? any DescribedLayer { .layer(module.typeName, layer.options) } else {
          .custom(module.typeName)
        }
      var part = Part(content: content, isTraining: module.isTraining)
      for (name, member) in module.contents {
        let full = path.isEmpty ? name : "\(path).\(name)"
        switch member {
        case .parameter(let tensor):
          let stored = names[ObjectIdentifier(tensor)] ?? full
          names[ObjectIdentifier(tensor)] = stored
          part.members.append((name, .parameter(tensor: stored, requiresGrad: tensor.requiresGrad)))
        case .buffer(let tensor):
          let stored = names[ObjectIdentifier(tensor)] ?? full
          names[ObjectIdentifier(tensor)] = stored
          part.members.append((name, .buffer(tensor: stored, requiresGrad: tensor.requiresGrad)))
        case .child(let child):
          guard let place = places[ObjectIdentifier(child)] else {
            throw ThalwegError(.invalidArgument, "save: the module \(full) was added while the tree was read")
          }
          part.members.append((name, .child(place)))
        }
      }
      count += part.members.count
      parts.append(part)
    }
    guard parts.count <= ModelDescription.maxParts, count <= ModelDescription.maxMembers else {
      throw ThalwegError(
        .invalidArgument,
        """
        save: \(parts.count) modules with \(count) members; a model file has at most \(ModelDescription.maxParts) with \
        \(ModelDescription.maxMembers)
        """)
    }
  }

  /// The names of all tensors, each once, in order.
  var tensors: [String] {
    var seen: Set<String> = []
    var result: [String] = []
    for part in parts {
      for (_, member) in part.members {
        switch member {
        case .parameter(let name, _), .buffer(let name, _):
          if seen.insert(name).inserted { result.append(name) }
        case .child: break
        }
      }
    }
    return result
  }
}
