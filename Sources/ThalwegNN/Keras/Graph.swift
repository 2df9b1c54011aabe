public import ThalwegCore

/// Modules that are fed with each other's outputs: what Keras calls a functional model, and also its Sequential.
///
/// The children are the layers, by their names. A node is one call of one of them; a layer that is shared is called by
/// several. Inputs are the graph's own or outputs of nodes before, so there are no circles. As a module it is called with
/// one tensor and gives one; `callAsFunction(_:)` with a list takes and gives several.
public final class Graph: Module {
  /// A value: the output of a node, or of the graph's inputs, which come first.
  package struct Source: Equatable {
    package var node: Int
    package var output: Int

    package init(node: Int, output: Int = 0) { (self.node, self.output) = (node, output) }
  }

  package struct Node {
    /// The child's place.
    package var child: Int
    package var options: KerasCallOptions
    package var inputs: [Source]

    package init(child: Int, options: KerasCallOptions = [], inputs: [Source]) {
      (self.child, self.options, self.inputs) = (child, options, inputs)
    }
  }

  package let inputCount: Int
  package let nodes: [Node]
  package let outputs: [Source]
  /// What Keras says beside the layers: its class, its name, the shapes of its inputs.
  package let config: JSONValue
  /// The last node that needs each value, by node.
  private let lastUse: [Int]

  /// - Throws: `.format` for sources that are not before what they feed.
  package init(
    inputCount: Int, nodes: [Node], outputs: [Source], config: JSONValue
  ) throws(ThalwegError) {
    (self.inputCount, self.nodes, self.outputs, self.config) = (inputCount, nodes, outputs, config)
    guard inputCount >= 1, inputCount <= Graph.most, nodes.count <= Graph.most, !outputs.isEmpty,
      outputs.count <= Graph.most
    else { throw ThalwegError(.format, "Graph: there are no inputs or outputs, or too many nodes") }
    var last = Array(repeating: -1, count: inputCount + nodes.count)
    for (place, node) in nodes.enumerated() {
      for source in node.inputs {
        guard source.node >= 0, source.node < inputCount + place, source.output >= 0 else {
          throw ThalwegError(.format, "Graph: node \(place) takes what comes behind it")
        }
        last[source.node] = place
      }
      guard node.child >= 0, !node.inputs.isEmpty else {
        throw ThalwegError(.format, "Graph: node \(place) has no layer or no input")
      }
    }
    for source in outputs {
      guard last.indices.contains(source.node), source.output >= 0 else {
        throw ThalwegError(.format, "Graph: an output is that of no node")
      }
      last[source.node] = .max
    }
    lastUse = last
    super.init()
  }

  static let most = 1 << 16

  /// `count` children, each fed with the output of the one before.
  package convenience init(chainOf count: Int, config: JSONValue) throws(ThalwegError) {
    try self.init(
      inputCount: 1,
      nodes: (0..<count).map { Node(child: $0, inputs: [Source(node: $0)]) },
      outputs: [Source(node: count)], config: config)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    guard inputCount == 1, outputs.count == 1 else {
      throw ThalwegError(
        .invalidArgument,
        "forward: this Graph takes \(inputCount) tensors and gives \(outputs.count); call it with a list of tensors"
      )
    }
    let results = try run([KerasValue(input)])
    return results[0].tensor
  }

  /// The outputs for as many inputs as there are.
  public func callAsFunction(_ inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
    try call(inputs.map { KerasValue($0) }, []).map(\.tensor)
  }

  private func run(_ inputs: [KerasValue]) throws(ThalwegError) -> [KerasValue] {
    guard inputs.count == inputCount else {
      throw ThalwegError(.invalidArgument, "Graph: \(inputs.count) inputs; it takes \(inputCount)")
    }
    let layers = children
    var values = inputs.map { [$0] }
    values.reserveCapacity(inputCount + nodes.count)
    for (place, node) in nodes.enumerated() {
      guard node.child < layers.count else {
        throw ThalwegError(.invalidArgument, "Graph: there is no child \(node.child) of \(layers.count)")
      }
      let (name, layer) = layers[node.child]
      var given: [KerasValue] = []
      for source in node.inputs { given.append(try Graph.value(source, values, name)) }
      do throws(ThalwegError) {
        values.append(try Graph.call(layer, given, node.options))
      } catch {
        throw ThalwegError(error.code, "\(name): \(error.message)")
      }
      // What nobody needs any more goes at once.
      for source in node.inputs where lastUse[source.node] == place { values[source.node] = [] }
      if lastUse[inputCount + place] < 0 { values[inputCount + place] = [] }
    }
    var results: [KerasValue] = []
    for source in outputs { results.append(try Graph.value(source, values, "the output")) }
    return results
  }

  private static func value(
    _ source: Source, _ values: [[KerasValue]], _ name: String
  ) throws(ThalwegError) -> KerasValue {
    guard source.output < values[source.node].count else {
      throw ThalwegError(
        .invalidArgument,
        "\(name) needs output \(source.output) of a layer that gives \(values[source.node].count)")
    }
    return values[source.node][source.output]
  }

  private static func call(
    _ layer: Module, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    var inputs = inputs
    if options.contains(.masked), inputs.count > 1, let mask = inputs.popLast() {
      inputs[0].mask = mask.tensor
    }
    if let layer = layer as? any ManyValued { return try layer.call(inputs, options) }
    guard inputs.count == 1 else {
      throw ThalwegError(.invalidArgument, "\(layer.typeName) takes one input, not \(inputs.count)")
    }
    return [KerasValue(try layer(inputs[0].tensor), mask: inputs[0].mask)]
  }
}

extension Graph: ManyValued {
  package func call(
    _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    try Checkpoint.pass()
    let outputs = try run(inputs)
    if let input = inputs.first, let output = outputs.first {
      try CallObserver.tell(self, input.tensor, output.tensor)
    }
    return outputs
  }
}

extension Graph: DescribedLayer {
  package var options: LayerOptions {
    var wires: [Int] = []
    for node in nodes {
      wires += [node.child, node.options.rawValue, node.inputs.count]
      for source in node.inputs { wires += [source.node, source.output] }
    }
    return [
      "inputs": .int(inputCount), "nodes": .ints(wires),
      "outputs": .ints(outputs.flatMap { [$0.node, $0.output] }),
      "config": .string(config.text),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    guard case .ints(let wires)? = options["nodes"], case .ints(let ends)? = options["outputs"],
      ends.count % 2 == 0
    else { throw ThalwegError(.invalidArgument, "the options nodes and outputs are not lists of a graph") }
    var nodes: [Node] = []
    var place = 0
    while place < wires.count {
      guard wires.count - place >= 3, wires[place + 2] >= 0, wires[place + 2] <= (wires.count - place - 3) / 2
      else {
        throw ThalwegError(.invalidArgument, "the option nodes ends in the middle of a node")
      }
      let first = place + 3
      let sources = (0..<wires[place + 2]).map {
        Source(node: wires[first + 2 * $0], output: wires[first + 2 * $0 + 1])
      }
      nodes.append(
        Node(child: wires[place], options: KerasCallOptions(rawValue: wires[place + 1]), inputs: sources))
      place = first + 2 * sources.count
    }
    let outputs = (0..<(ends.count / 2)).map { Source(node: ends[2 * $0], output: ends[2 * $0 + 1]) }
    return try Graph(
      inputCount: options.int("inputs"), nodes: nodes, outputs: outputs,
      config: JSONReader.read(Array(options.string("config").utf8)))
  }
}

extension Module {
  /// The outputs for several inputs; of a module that is no `Graph` the output for one.
  /// - Throws: `.invalidArgument` for another number of inputs than the module takes.
  public final func call(_ inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
    if let graph = self as? Graph { return try graph(inputs) }
    guard inputs.count == 1 else {
      throw ThalwegError(.invalidArgument, "call: \(inputs.count) inputs; a \(typeName) takes one")
    }
    return [try self(inputs[0])]
  }
}
