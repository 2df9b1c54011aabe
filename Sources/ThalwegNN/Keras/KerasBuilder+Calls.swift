import ThalwegCore

/// Which values calls take, and which a model takes and gives.
extension KerasBuilder {
  /// ["name", 0, 0], a list of such, or an object of them.
  static func keys(_ json: JSONValue?, _ name: String) throws(ThalwegError) -> [Key] {
    var result: [Key] = []
    try collect(json ?? .null, name, &result)
    return result
  }

  private static func collect(_ json: JSONValue, _ name: String, _ keys: inout [Key]) throws(ThalwegError) {
    if let key = key(json) {
      keys.append(key)
    } else if let list = json.array {
      for entry in list { try collect(entry, name, &keys) }
    } else if let members = json.object {
      // As Keras flattens it: by name.
      for member in members.sorted(by: { $0.name < $1.name }) { try collect(member.value, name, &keys) }
    } else {
      throw ThalwegError(.format, "\(name) is not a list of layers' outputs")
    }
  }

  private static func key(_ json: JSONValue) -> Key? {
    guard let list = json.array, list.count == 3, let name = list[0].string, let node = list[1].wholeNumber,
      let output = list[2].wholeNumber, node >= 0, output >= 0, node < 1 << 20, output < 1 << 20
    else { return nil }
    return Key(name: name, node: node, output: output)
  }

  /// What a call in "inbound_nodes" takes.
  static func arguments(
    _ json: JSONValue
  ) throws(ThalwegError) -> (inputs: [Key], masks: [Key], options: KerasCallOptions) {
    var inputs: [Key] = [], masks: [Key] = []
    var options: KerasCallOptions = []
    if let list = json.array {  // Keras 2: [["name", 0, 0, {"training": null}], ...], or one of these alone
      for entry in list.first?.string == nil ? list : [json] {
        guard let parts = entry.array, parts.count == 3 || parts.count == 4,
          let key = key(.array(Array(parts.prefix(3))))
        else { throw ThalwegError(.format, "a call has inputs that are no outputs of layers") }
        inputs.append(key)
        if parts.count == 4 { try take(parts[3], &inputs, &masks, &options) }
      }
      return (inputs, masks, options)
    }
    try tensors(json["args"] ?? .null, &inputs)
    try take(json["kwargs"] ?? .null, &inputs, &masks, &options)
    guard !inputs.isEmpty else { throw ThalwegError(.format, "a call has no inputs") }
    if inputs.count > 1, masks.isEmpty { options.insert(.unmasked) }
    return (inputs, masks, options)
  }

  /// The tensors in arguments, which may be lists of lists.
  static func tensors(_ json: JSONValue, _ inputs: inout [Key]) throws(ThalwegError) {
    if json["class_name"]?.string == "__keras_tensor__" {
      guard let key = key(json["config"]?["keras_history"] ?? .null) else {
        throw ThalwegError(.format, "a call has an input that is no output of a layer")
      }
      inputs.append(key)
    } else if let list = json.array {
      if let key = key(json) {
        inputs.append(key)
      } else {
        for entry in list { try tensors(entry, &inputs) }
      }
    } else if json != .null {
      throw ThalwegError(
        .format, "a call has the argument \(String(json.text.prefix(80))), which is not supported")
    }
  }

  private static func take(
    _ json: JSONValue, _ inputs: inout [Key], _ masks: inout [Key], _ options: inout KerasCallOptions
  ) throws(ThalwegError) {
    for member in json.object ?? [] {
      switch (member.name, member.value) {
      case (_, .null), (_, .bool(false)): break
      case ("initial_state", let value), ("query", let value), ("value", let value), ("key", let value),
        ("inputs", let value), ("sequence", let value), ("sequences", let value):
        try tensors(value, &inputs)
      case ("mask", let value), ("query_mask", let value), ("value_mask", let value), ("key_mask", let value):
        try tensors(value, &masks)
      case ("use_causal_mask", .bool(true)): options.insert(.causal)
      case ("return_attention_scores", .bool(true)): options.insert(.returnsScores)
      default:
        throw ThalwegError(
          .format, "a call has the argument \(member.name.prefix(64)), which is not supported")
      }
    }
  }
}
