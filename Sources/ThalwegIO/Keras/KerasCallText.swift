import ThalwegCore
import ThalwegNN

/// One call of a layer in a functional model: what it takes, as its class wants it, written down in either way.
struct KerasCallText {
  /// The tensors, each a name, which call of the layer of that name, and which of its outputs.
  private var first: [JSONValue]
  /// Those that have names, and whether they are a list.
  private var named: [(name: String, tensors: [JSONValue], isList: Bool)] = []
  private var flags: [JSONMember] = []
  /// Whether the first are an argument each, rather than a list.
  private var isSpread = false
  private let isRecurrent: Bool

  init(_ module: Module, _ tensors: [JSONValue], _ options: KerasCallOptions) {
    first = tensors
    let className = (module as? KerasLayer)?.className
    isRecurrent = ["SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional"].contains(className)
    if options.contains(.masked), let mask = first.popLast() { named.append(("mask", [mask], false)) }
    if isRecurrent, first.count > 1 {
      named.append(("initial_state", Array(first.dropFirst()), true))
      first = Array(first.prefix(1))
    }
    if className == "MultiHeadAttention" {
      for (name, tensor) in zip(["value", "key"], first.dropFirst()) { named.append((name, [tensor], false)) }
      first = Array(first.prefix(1))
    }
    isSpread = first.count == 1 && !["Concatenate"].contains(className)
    if options.contains(.causal) { flags.append(JSONMember("use_causal_mask", .bool(true))) }
    if options.contains(.returnsScores) {
      flags.append(JSONMember("return_attention_scores", .bool(true)))
    }
  }

  /// Whether it takes tensors beside the first.
  var hasOtherTensors: Bool { !named.isEmpty }
  var hasStates: Bool { named.contains { $0.name == "initial_state" } }

  /// Keras 2's: the tensors, each with the options. States stand behind the sequence.
  var list: JSONValue {
    var entries = first
    var options: [JSONMember] = []
    for (name, tensors, isList) in named {
      if isRecurrent, name == "initial_state" {
        entries += tensors
      } else {
        options.append(JSONMember(name, isList ? .array(tensors) : tensors[0]))
      }
    }
    options += flags
    return .array(entries.map { .array(($0.array ?? []) + [.object(options)]) })
  }

  /// Keras 3's.
  var arguments: JSONValue {
    let tensors = first.map(Self.tensor)
    let others = named.map { name, tensors, isList in
      let all = tensors.map(Self.tensor)
      return JSONMember(name, isList ? .array(all) : all[0])
    }
    return .object([
      JSONMember("args", .array(isSpread ? tensors : [.array(tensors)])),
      JSONMember("kwargs", .object(others + flags)),
    ])
  }

  private static func tensor(_ place: JSONValue) -> JSONValue {
    .object([
      JSONMember("class_name", .string("__keras_tensor__")),
      JSONMember(
        "config",
        .object([
          JSONMember("shape", .array([.null])), JSONMember("dtype", .string("float32")),
          JSONMember("keras_history", place),
        ])),
    ])
  }
}
