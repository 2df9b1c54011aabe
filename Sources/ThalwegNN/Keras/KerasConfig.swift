package import ThalwegCore

/// The options of one of Keras's layers, as its configuration has them.
///
/// Each reading marks an option as understood, so that `finish` can refuse what nobody asked for. Nothing of a
/// configuration is ever evaluated: words are compared with those in a table.
package final class KerasConfig {
  package let className: String
  package let json: JSONValue
  private var understood: Set<String> = ["name", "trainable", "dtype"]

  package init(_ className: String, _ json: JSONValue) throws(ThalwegError) {
    guard json.object != nil else {
      throw ThalwegError(.format, "the configuration of a \(className) is not an object")
    }
    (self.className, self.json) = (className, json)
    try KerasConfig.checkDType(json["dtype"])
  }

  package var name: String { json["name"]?.string ?? "" }
  package var isTrainable: Bool { json["trainable"]?.bool ?? true }
  /// float64 where the layer computes with that, else float32.
  package var dtype: DType { KerasConfig.dtypeName(json["dtype"]) == "float64" ? .float64 : .float32 }

  // MARK: - Reading. Errors: `.format` for an option that is missing or something else.

  /// The value; nil where there is none or null.
  package func value(_ name: String) -> JSONValue? {
    understood.insert(name)
    guard let value = json[name], value != .null else { return nil }
    return value
  }

  package func bool(_ name: String, _ standard: Bool) throws(ThalwegError) -> Bool {
    guard let value = value(name) else { return standard }
    if let bool = value.bool { return bool }
    if let integer = value.integer, integer == 0 || integer == 1 { return integer == 1 }
    throw wrong(name, "true or false")
  }

  package func double(_ name: String, _ standard: Double? = nil) throws(ThalwegError) -> Double {
    guard let value = value(name) else {
      if let standard { return standard }
      throw wrong(name, "a number")
    }
    guard let number = value.double, number.isFinite else { throw wrong(name, "a number") }
    return number
  }

  package func string(
    _ name: String, _ standard: String? = nil, of words: [String]
  ) throws(ThalwegError) -> String {
    let found = value(name)?.string ?? (value(name) == nil ? standard : nil)
    guard let found, words.contains(found.lowercased()) else { throw wrong(name, "one of \(words)") }
    return found.lowercased()
  }

  package func int(_ name: String, _ standard: Int? = nil) throws(ThalwegError) -> Int {
    guard let value = value(name) else {
      if let standard { return standard }
      throw wrong(name, "an integer")
    }
    guard let number = value.wholeNumber, abs(max(number, -Int.max)) <= KerasConfig.largest else {
      throw wrong(name, "an integer")
    }
    return number
  }

  /// A count that others are computed from: bounded, so that no product of two can overflow.
  package func size(_ name: String, _ standard: Int? = nil) throws(ThalwegError) -> Int {
    let number = try int(name, standard)
    guard number >= 1 else { throw wrong(name, "from 1 to 2^31 - 1") }
    return number
  }

  /// A list of integers, or one that stands alone.
  package func ints(_ name: String, atMost most: Int = Dims.maxRank) throws(ThalwegError) -> [Int]? {
    guard let value = value(name) else { return nil }
    let list = value.array ?? [value]
    var result: [Int] = []
    for entry in list {
      guard let number = entry.wholeNumber, abs(max(number, -Int.max)) <= KerasConfig.largest else {
        throw wrong(name, "integers")
      }
      result.append(number)
    }
    guard result.count <= most else { throw wrong(name, "at most \(most) integers") }
    return result
  }

  /// One number from `least` on for each of `count` directions; one that stands alone is for all.
  package func window(
    _ name: String, _ count: Int, _ standard: [Int]? = nil, atLeast least: Int = 1
  ) throws(ThalwegError) -> [Int] {
    guard let found = try ints(name) ?? standard else { throw wrong(name, "\(count) integers") }
    let all =
      found.count == 1 && value(name)?.array == nil ? Array(repeating: found[0], count: count) : found
    guard all.count == count, all.allSatisfy({ $0 >= least }) else {
      throw wrong(name, "\(count) integers, at least \(least)")
    }
    return all
  }

  package func activation(_ name: String = "activation", _ standard: String? = nil) throws(ThalwegError)
    -> KerasActivation
  {
    guard let value = value(name) else {
      return try KerasActivation(standard.map { .string($0) }, self, name)
    }
    return try KerasActivation(value, self, name)
  }

  /// Whether channels come right behind the batch, rather than last.
  package func channelsFirst() throws(ThalwegError) -> Bool {
    try string("data_format", "channels_last", of: ["channels_last", "channels_first"]) == "channels_first"
  }

  package func wrong(_ name: String, _ expected: String) -> ThalwegError {
    let found = json[name].map { "is \(String($0.text.prefix(80)))" } ?? "is missing"
    return ThalwegError(.format, "the option \(name) \(found); expected \(expected)")
  }

  // MARK: - The rest

  /// Refuses options that mean something and that nobody asked for.
  /// Returns the configuration without those that mean nothing.
  /// Errors: `.format` with the option's name.
  package func finish() throws(ThalwegError) -> JSONValue {
    var kept: [JSONMember] = []
    for member in json.object ?? [] {
      if understood.contains(member.name) {
        kept.append(member)
      } else if KerasConfig.isTraining(member.name) {
        // Of Keras 3 alone: others are found by a program's own names.
        let isPlain = member.value.object == nil || member.value["module"]?.string != nil
        if isPlain, member.name != "activity_regularizer" || member.value != .null { kept.append(member) }
      } else if !KerasConfig.meansNothing(member) {
        throw ThalwegError(
          .format,
          "the option \(member.name) is \(String(member.value.text.prefix(80))), which is not supported")
      }
    }
    return .object(kept)
  }

  /// What a layer starts with and how it is trained, which is kept but not acted on.
  private static func isTraining(_ name: String) -> Bool {
    for ending in ["_initializer", "_regularizer", "_constraint"] where name.hasSuffix(ending) { return true }
    return name == "seed" || name == "unit_forget_bias"
  }

  private static func meansNothing(_ member: JSONMember) -> Bool {
    switch member.value {
    case .null, .bool(false): return true
    default: break
    }
    return [
      "batch_input_shape", "batch_shape", "input_length", "implementation", "unroll", "autocast", "use_cudnn",
      "build_input_shape", "flash_attention", "synchronized", "renorm_momentum", "renorm_clipping",
    ].contains(member.name)
  }

  private static func dtypeName(_ json: JSONValue?) -> String? {
    json?.string ?? json?["config"]?["name"]?.string
  }

  private static func checkDType(_ json: JSONValue?) throws(ThalwegError) {
    guard let json, json != .null else { return }
    let known = [
      "float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "int32", "int64",
      "uint8",
      "bool", "int8", "int16", "uint16", "uint32",
    ]
    let isPolicy =
      json.string != nil
      || ["DTypePolicy", "Policy", "FloatDTypePolicy"].contains(json["class_name"]?.string)
    guard isPolicy, let name = dtypeName(json), known.contains(name) else {
      throw ThalwegError(
        .format, "the option dtype is \(String(json.text.prefix(80))), which is not supported")
    }
  }

  private static let largest = Int(Int32.max)
}

extension JSONValue {
  /// A number, whole or not.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// An integer, also one that is written with a fraction of 0.
  package var wholeNumber: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The object with one member replaced or added.
  package func setting(_ name: String, _ value: JSONValue) -> JSONValue {
    var members = object ?? []
    if let place = members.firstIndex(where: { $0.name == name }) {
      members[place] = JSONMember(name, value)
    } else {
      members.append(JSONMember(name, value))
    }
    return .object(members)
  }
}
