import ThalwegCore

/// The masks of a functional model.
///
/// Keras 3 writes them down as operations (NotEqual, Any, LogicalOr, ...) between the layers, from what an Embedding with
/// `mask_zero` or a Masking takes to the `mask` of others. Both find masks anew when the model is called, so that the
/// operations are left out.
struct KerasMasks {
  fileprivate typealias Key = KerasBuilder.Key

  private static let operations: Set<String> = [
    "NotEqual", "Any", "All", "LogicalOr", "LogicalAnd", "LogicalNot", "ExpandDims", "Squeeze", "ZerosLike",
    "OnesLike", "Concatenate", "ConvertToTensor", "BroadcastTo", "Cast", "Flip",
  ]

  /// What an operation is computed of, and with which number.
  private struct Operation {
    let className: String
    let inputs: [Key]
    let number: Double?
  }

  /// Where a mask comes from: a tensor, and the number that padding has in it.
  private struct Source: Hashable {
    let key: Key
    let padding: Double
  }

  private var found: [String: Operation] = [:]
  private var sources: Set<Source> = []
  private var known: [String: Bool] = [:]

  /// Keeps an operation; false for a layer, and an operation that no mask is computed with.
  mutating func add(_ entry: JSONValue, _ className: String, _ name: String) -> Bool {
    // Layers say whether they are trained.
    guard KerasMasks.operations.contains(className), entry["config"]?["trainable"] == nil,
      let calls = entry["inbound_nodes"]?.array, calls.count == 1, let arguments = calls[0]["args"]?.array
    else { return false }
    var inputs: [Key] = []
    var number: Double?
    for argument in arguments {
      if let value = argument.double {
        number = value
      } else if (try? KerasBuilder.tensors(argument, &inputs)) == nil {
        return false
      }
    }
    found[name] = Operation(className: className, inputs: inputs, number: number)
    return true
  }

  /// Takes note of what a layer that makes masks is called with.
  mutating func addSource(_ module: Module, _ inputs: [KerasBuilder.Key]) {
    guard let kind = (module as? KerasLayer)?.kind, let key = inputs.first else { return }
    if let embedding = kind as? KerasEmbedding, embedding.masksZero {
      sources.insert(Source(key: key, padding: 0))
    }
    if let masking = kind as? KerasMasking { sources.insert(Source(key: key, padding: masking.value)) }
  }

  /// The mask that a call is given by the program itself, as an input or a layer's output; nil where it is none or one that
  /// is found anew.
  /// Errors: `.format` for one that a program computes, or one of several.
  mutating func explicit(
    _ masks: [KerasBuilder.Key], _ inputCount: Int
  ) throws(ThalwegError) -> KerasBuilder.Key? {
    for key in masks where found[key.name] != nil {
      guard isFoundAnew(key.name, 0) else {
        throw ThalwegError(
          .format, "its mask is computed in a way that is not supported (\(key.name.prefix(64)))")
      }
    }
    let others = masks.filter { found[$0.name] == nil }
    guard let mask = others.first else { return nil }
    guard others.count == 1, masks.count == 1, inputCount == 1 else {
      throw ThalwegError(.format, "a call of several inputs has a mask of its own, which is not supported")
    }
    return mask
  }

  /// Errors: `.format` where a layer takes a mask's operation for an input.
  func refuse(_ inputs: [KerasBuilder.Key]) throws(ThalwegError) {
    for key in inputs {
      guard let operation = found[key.name] else { continue }
      throw ThalwegError(
        .format,
        "it takes \(key.name.prefix(64)), the operation \(operation.className), which is supported for masks alone"
      )
    }
  }

  /// Whether a mask comes from layers that make masks alone.
  private mutating func isFoundAnew(_ name: String, _ depth: Int) -> Bool {
    if let answer = known[name] { return answer }
    guard let operation = found[name], depth < 256 else { return false }
    known[name] = false  // where operations go in a circle
    var answer = true
    switch operation.className {
    case "NotEqual":
      answer =
        operation.inputs.count == 1
        && sources.contains(
          Source(key: operation.inputs[0], padding: operation.number ?? .nan))
    case "ZerosLike", "OnesLike": break
    default: for key in operation.inputs where answer { answer = isFoundAnew(key.name, depth + 1) }
    }
    known[name] = answer
    return answer
  }
}
