import ThalwegCore

/// The layers of a model that stand at several places, such as in a TimeDistributed and beside it.
///
/// Keras 3 writes such a layer down each time, with a `shared_object_id` from the second on: the first is the one that is
/// described in the same words.
struct KerasSharing {
  private struct Entry {
    let module: Module
    let config: JSONValue
  }

  private var known: [Int: Module] = [:]
  private var described: [String: [Entry]] = [:]

  /// The layer that an entry of a configuration stands for once more; nil for a new one.
  mutating func module(_ json: JSONValue, _ className: String, _ config: JSONValue) -> Module? {
    guard let id = json["shared_object_id"]?.integer else { return nil }
    if let module = known[id] { return module }
    let wanted = KerasSharing.plain(config)
    let alike = (described[KerasSharing.name(className, config)] ?? []).filter {
      KerasSharing.plain($0.config) == wanted
    }
    guard alike.count == 1 else { return nil }
    known[id] = alike[0].module
    return alike[0].module
  }

  mutating func add(_ module: Module, _ json: JSONValue, _ className: String, _ config: JSONValue) {
    if let id = json["shared_object_id"]?.integer { known[id] = module }
    described[KerasSharing.name(className, config), default: []].append(Entry(module: module, config: config))
  }

  private static func name(_ className: String, _ config: JSONValue) -> String {
    "\(className) \(config["name"]?.string ?? "")"
  }

  /// Without the marks of what is shared, and what a layer knows after its first call alone.
  private static func plain(_ json: JSONValue) -> JSONValue {
    switch json {
    case .array(let list): .array(list.map(plain))
    case .object(let members):
      .object(
        members.filter { $0.name != "shared_object_id" && $0.name != "build_config" }
          .map { JSONMember($0.name, plain($0.value)) })
    default: json
    }
  }
}
