import ThalwegCore
import ThalwegNN

/// The description as JSON:
///
///     {"modules":[{"layer":"Linear","options":{"in_features":3,"out_features":2},"training":true,"members":[
///       {"name":"weight","parameter":"0.weight","requires_grad":true}, ...]}, {"class":"Residual", ...}, ...]}
///
/// JSON rather than groups and attributes of HDF5: one string is read, checked and bounded as a whole by a reader of our
/// own before any of it is acted on, while each attribute is another walk through libhdf5; and people can read it.
extension ModelDescription {
  var json: JSONValue {
    .object([JSONMember("modules", .array(parts.map(\.json)))])
  }

  /// Errors: `.format` for anything that a description cannot be.
  init(_ json: JSONValue) throws(ThalwegError) {
    guard let modules = json["modules"]?.array, !modules.isEmpty, modules.count <= Self.maxParts else {
      throw ThalwegError(.format, "the architecture has no list of 1 to \(Self.maxParts) modules")
    }
    var count = 0
    for (index, module) in modules.enumerated() {
      guard let part = Part(module, partCount: modules.count) else {
        throw ThalwegError(.format, "module \(index) of the architecture is not described as one")
      }
      count += part.members.count
      parts.append(part)
    }
    guard count <= Self.maxMembers else {
      throw ThalwegError(
        .format, "the architecture has \(count) members; at most \(Self.maxMembers) are possible")
    }
  }
}

extension ModelDescription.Part {
  fileprivate var json: JSONValue {
    var result: [JSONMember] = []
    switch content {
    case .layer(let name, let options):
      result = [JSONMember("layer", .string(name)), JSONMember("options", options.json)]
    case .custom(let name):
      result = [JSONMember("class", .string(name))]
    }
    result.append(JSONMember("training", .bool(isTraining)))
    let list = members.map { name, member in
      var entry = [JSONMember("name", .string(name))]
      switch member {
      case .parameter(let tensor, let requiresGrad):
        entry.append(JSONMember("parameter", .string(tensor)))
        entry.append(JSONMember("requires_grad", .bool(requiresGrad)))
      case .buffer(let tensor, let requiresGrad):
        entry.append(JSONMember("buffer", .string(tensor)))
        entry.append(JSONMember("requires_grad", .bool(requiresGrad)))
      case .child(let place):
        entry.append(JSONMember("module", .integer(place)))
      }
      return JSONValue.object(entry)
    }
    result.append(JSONMember("members", .array(list)))
    return .object(result)
  }

  /// nil for what is no description of a module.
  fileprivate init?(_ json: JSONValue, partCount: Int) {
    guard let isTraining = json["training"]?.bool, let list = json["members"]?.array else { return nil }
    if let name = json["layer"]?.string, let options = json["options"].flatMap({ LayerOptions($0) }) {
      content = .layer(name, options)
    } else if let name = json["class"]?.string {
      content = .custom(name)
    } else {
      return nil
    }
    self.isTraining = isTraining
    for entry in list {
      guard let name = entry["name"]?.string else { return nil }
      if let place = entry["module"]?.integer, place > 0, place < partCount {
        members.append((name, .child(place)))
      } else if let tensor = entry["parameter"]?.string, let trained = entry["requires_grad"]?.bool {
        members.append((name, .parameter(tensor: tensor, requiresGrad: trained)))
      } else if let tensor = entry["buffer"]?.string, let trained = entry["requires_grad"]?.bool {
        members.append((name, .buffer(tensor: tensor, requiresGrad: trained)))
      } else {
        return nil
      }
    }
  }
}

extension LayerOptions {
  var json: JSONValue {
    .object(
      pairs.map { name, value in
        switch value {
        case .int(let value): JSONMember(name, .integer(value))
        case .double(let value): JSONMember(name, .number(value))
        case .bool(let value): JSONMember(name, .bool(value))
        case .string(let value): JSONMember(name, .string(value))
        case .ints(let values): JSONMember(name, .array(values.map { .integer($0) }))
        }
      })
  }

  /// nil unless every value is of a kind that an option can have.
  init?(_ json: JSONValue) {
    guard let members = json.object else { return nil }
    var pairs: [(name: String, value: LayerOption)] = []
    for member in members {
      switch member.value {
      case .integer(let value): pairs.append((member.name, .int(value)))
      case .number(let value): pairs.append((member.name, .double(value)))
      case .bool(let value): pairs.append((member.name, .bool(value)))
      case .string(let value): pairs.append((member.name, .string(value)))
      case .array(let values):
        let integers = values.compactMap(\.integer)
        guard integers.count == values.count else { return nil }
        pairs.append((member.name, .ints(integers)))
      case .null, .object: return nil
      }
    }
    self.init(pairs)
  }
}
