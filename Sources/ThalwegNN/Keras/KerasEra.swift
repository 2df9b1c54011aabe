import ThalwegCore

/// What Keras 2 computes otherwise than Keras 3 under the same name: hard_sigmoid, which was max(0, min(1, 0.2 x + 0.5)),
/// and the mask of merged sequences, in which a step counted where it did in all of them, not in one.
///
/// The layers of a file that Keras 2 wrote say so in their configuration, in words that neither Keras has.
package enum KerasEra {
  static let hardSigmoid = "hard_sigmoid_of_keras_2"
  static let countsInAll = "step_counts_in_all"

  private static let merges: Set<String> = [
    "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
  ]

  /// Whether a version of Keras is one before 3; "" is.
  package static func isOld(_ version: String) -> Bool {
    (version.split(separator: ".").first.flatMap { Int($0) } ?? 0) < 3
  }

  /// A layer's configuration of Keras 2, with what it means.
  static func marked(_ className: String, _ config: JSONValue) -> JSONValue {
    let words = renamed(config, "hard_sigmoid", hardSigmoid)
    return merges.contains(className) ? words.setting(countsInAll, .bool(true)) : words
  }

  /// The configuration as Keras 2 has it.
  package static func plain(_ config: JSONValue) -> JSONValue {
    let words = renamed(config, hardSigmoid, "hard_sigmoid")
    return words[countsInAll] == nil
      ? words : .object((words.object ?? []).filter { $0.name != countsInAll })
  }

  /// Why Keras 3 does not compute what this layer does; nil if it does.
  /// - Parameter hasMasks: whether the model has layers that make masks.
  package static func difference(_ config: JSONValue, hasMasks: Bool) -> String? {
    if renamed(config, hardSigmoid, "") != config { return "another hard_sigmoid" }
    return hasMasks && config[countsInAll] != nil ? "other masks of what is merged" : nil
  }

  /// With another name for an activation, also in layers that the configuration has inside.
  private static func renamed(_ json: JSONValue, _ old: String, _ new: String) -> JSONValue {
    switch json {
    case .array(let list): return .array(list.map { renamed($0, old, new) })
    case .object(let members):
      return .object(
        members.map { member in
          let isActivation =
            member.name.hasSuffix("activation") || (member.name == "config" && member.value.string != nil)
          return JSONMember(
            member.name,
            isActivation && member.value.string == old ? .string(new) : renamed(member.value, old, new))
        })
    default: return json
    }
  }
}

extension Graph {
  /// Whether Keras 2 wrote the model.
  package var isOfKeras2: Bool { config["keras"]?.wholeNumber == 2 }

  /// Whether a layer makes masks, here or in a model inside.
  package var hasMasks: Bool {
    namedModules().contains { _, module in
      let kind = (module as? KerasLayer)?.kind
      return kind is KerasMasking || (kind as? KerasEmbedding)?.masksZero == true
    }
  }
}
