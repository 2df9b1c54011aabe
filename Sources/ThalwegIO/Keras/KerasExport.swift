import ThalwegCore
import ThalwegNN

/// This library's own layers as a graph of Keras's, for `save_keras`, with copies of the tensors.
///
/// Keras's layers have channels last. So each value is known with the order that Keras has its dimensions in, and a Permute
/// or Reshape stands where a layer, such as a Flatten behind a convolution, needs our order.
struct KerasExport {
  /// How Keras's dimensions of a value follow ours.
  enum Order: Equatable {
    case same
    /// [N, C, ...] with so many directions is [N, ..., C] there.
    case image(Int)
    /// [T, B, ...] is [B, T, ...] there.
    case timeFirst
  }

  struct Value {
    var source = Graph.Source(node: 0)
    var order = Order.same
    var rank: Int
    /// The size of our dimension 1 where it is known.
    var channels: Int?
    /// Whether all directions have size 1.
    var isPoint = false
    /// Whether nothing in it is below 0.
    var isPositive = false
  }

  /// A layer's options beside its name, dtype and whether it is trained.
  struct Options: ExpressibleByDictionaryLiteral {
    var members: [JSONMember]

    init(dictionaryLiteral elements: (String, JSONValue)...) {
      members = elements.map { JSONMember($0.0, $0.1) }
    }

    mutating func add(_ name: String, _ value: JSONValue) { members.append(JSONMember(name, value)) }
  }

  private var layers: [KerasLayer] = []
  private var nodes: [Graph.Node] = []
  private var names = KerasNames()
  private let function: String
  private let dtype: String
  /// How many features each Flatten gives, in order, as far as what comes behind it tells.
  private var flattened: [Int?]

  /// A Sequential, or one layer, as a graph of Keras's layers: one of Keras's Sequential, or functional if there are
  /// branches.
  /// Errors: `.invalidArgument` with the name and class of a layer that Keras does not have, or not so.
  static func graph(of module: Module, _ function: String) throws(ThalwegError) -> Graph {
    let leaves = KerasExport.leaves(module)
    let input = KerasExport.input(leaves)
    var export = KerasExport(module, leaves, function)
    var value = input.value
    try export.append(module, "", &value)
    guard !export.layers.isEmpty else {
      throw ThalwegError(.invalidArgument, "\(function): the module has no layers")
    }
    return try export.finish(value, input.config(export.dtype))
  }

  private init(_ module: Module, _ leaves: [Module], _ function: String) {
    self.function = function
    dtype = module.parameters().first?.dtype == .float64 ? "float64" : "float32"
    flattened = KerasExport.flattened(leaves)
  }

  /// The layers within, in the order in which `append` comes to them.
  private static func leaves(_ module: Module) -> [Module] {
    switch module {
    case is ThalwegNN.Sequential, is CheckpointedSequential: module.children.flatMap { leaves($0.module) }
    case is Residual:
      ["branch", "shortcut"].flatMap { name in module.module(name).map { leaves($0) } ?? [] }
    default: [module]
    }
  }

  private static func flattened(_ leaves: [Module]) -> [Int?] {
    var result: [Int?] = []
    var isOpen = false  // whether the last Flatten still waits for a size
    for leaf in leaves {
      let size: Int
      switch leaf {
      case is ThalwegNN.Flatten:
        result.append(nil)
        isOpen = true
        continue
      case let layer as ThalwegNN.Linear: size = layer.inputSize
      case let layer as ThalwegNN.BatchNorm1d: size = layer.channels
      case let layer as ThalwegNN.LayerNorm where layer.normalizedShape.count == 1:
        size = layer.normalizedShape[0]
      default: continue
      }
      if isOpen { result[result.count - 1] = size }
      isOpen = false
    }
    return result
  }

  private mutating func append(
    _ module: Module, _ path: String, _ value: inout Value
  ) throws(ThalwegError) {
    func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch module {
    case is ThalwegNN.Sequential, is CheckpointedSequential:
      for (name, child) in module.children { try append(child, below(name), &value) }
      return
    case is Residual:
      var straight = value
      for (name, child) in module.children {
        if name == "branch" { try append(child, below(name), &value) }
        if name == "shortcut" { try append(child, below(name), &straight) }
      }
      try reorder(&straight, value.order)
      try add(KerasLayer("Add", config("Add", [:])), to: &value, and: [straight.source])
      return
    default: break
    }
    do throws(ThalwegError) {
      try translate(module, &value)
    } catch {
      throw ThalwegError(
        error.code, "\(function): the layer '\(path)' (\(module.typeName)) \(error.message)")
    }
  }

  private func finish(_ value: Value, _ input: JSONValue?) throws(ThalwegError) -> Graph {
    let isChain = nodes.allSatisfy { $0.inputs.count == 1 }
    let name = isChain ? "Sequential" : "Functional"
    guard isChain || input != nil else {
      throw ThalwegError(.invalidArgument, "\(function): no layer tells the shape of the model's input")
    }
    let about = JSONValue.object([
      JSONMember("class_name", .string(name)), JSONMember("name", .string(name.lowercased())),
      JSONMember("inputs", .array(input.map { [$0] } ?? [])),
    ])
    // Files have the layers by their order in Keras's model.
    let order = KerasExport.order(nodes, end: value.source)
    var places = order
    for (place, layer) in order.enumerated() { places[layer] = place }
    let graph = try Graph(
      inputCount: 1, nodes: nodes.map { Graph.Node(child: places[$0.child], inputs: $0.inputs) },
      outputs: [value.source], config: about)
    for layer in order {
      try graph.registerModule(KerasPlan.layerName(layers[layer]) ?? "layer", layers[layer])
    }
    return graph
  }

  /// The layers, each of one node, in the order in which Keras lists them (keras/src/ops/function.py, `map_graph`): those
  /// that are farther from the end first, and of these those that a walk from the end, depth first, meets first.
  private static func order(_ nodes: [Graph.Node], end: Graph.Source) -> [Int] {
    var depths = Array(repeating: 0, count: nodes.count)
    for (place, node) in nodes.enumerated().reversed() {
      for source in node.inputs where source.node > 0 {
        depths[source.node - 1] = max(depths[source.node - 1], depths[place] + 1)
      }
    }
    var met = Array(repeating: -1, count: nodes.count)
    var count = 0
    var waiting = [end.node]
    while let next = waiting.popLast() {
      guard next > 0, met[next - 1] < 0 else { continue }
      met[next - 1] = count
      count += 1
      for source in nodes[next - 1].inputs.reversed() { waiting.append(source.node) }
    }
    return nodes.indices.sorted { (depths[$0], met[$1]) > (depths[$1], met[$0]) }
  }

  // MARK: - Layers

  /// The configuration of a layer with a name of its own.
  /// - Parameter isTrainable: nil for a layer without tensors: some classes do not take the option.
  mutating func config(_ className: String, _ options: Options, isTrainable: Bool? = nil) -> JSONValue {
    var members = [
      JSONMember("name", .string(names.name(className))), JSONMember("dtype", .string(dtype)),
    ]
    if let isTrainable { members.append(JSONMember("trainable", .bool(isTrainable))) }
    return .object(members + options.members)
  }

  /// - Parameter tensors: ours, those that make one of Keras's together.
  mutating func make(
    _ className: String, _ options: Options, _ tensors: [[Tensor]] = []
  ) throws(ThalwegError) -> KerasLayer {
    let isTrainable = tensors.isEmpty ? nil : tensors.contains { $0.contains(where: \.requiresGrad) }
    let layer = try KerasLayer(className, config(className, options, isTrainable: isTrainable))
    let wanted = layer.kind.weights
    guard wanted.count == tensors.count else {
      throw KerasExport.refusal("has \(tensors.count) tensors, in Keras \(wanted.count)")
    }
    var turned: [Tensor] = []
    for (weight, tensor) in zip(wanted, tensors) { turned.append(try weight.keras(tensor)) }
    try layer.install(turned, isTrainable: isTrainable ?? true)
    return layer
  }

  /// Feeds a layer with a value, and others, and makes its output the value.
  mutating func add(
    _ layer: KerasLayer, to value: inout Value, and others: [Graph.Source] = []
  ) throws(ThalwegError) {
    nodes.append(Graph.Node(child: layers.count, inputs: [value.source] + others))
    layers.append(layer)
    value.source = Graph.Source(node: nodes.count)
    value.isPositive = false
  }

  mutating func add(
    _ className: String, _ options: Options = [:], _ tensors: [[Tensor]] = [], to value: inout Value
  ) throws(ThalwegError) {
    try add(make(className, options, tensors), to: &value)
  }

  static func refusal(_ reason: String) -> ThalwegError { ThalwegError(.invalidArgument, reason) }

  // MARK: - Orders of dimensions

  /// Brings Keras's dimensions into another order.
  mutating func reorder(_ value: inout Value, _ order: Order) throws(ThalwegError) {
    if value.order == order { return }
    switch (value.order, order) {
    case (.same, .image(let directions)) where value.rank == directions + 2:
      try add("Permute", ["dims": ints(Array(2..<(directions + 2)) + [1])], to: &value)
    case (.image(let directions), .same):
      try add("Permute", ["dims": ints([directions + 1] + Array(1..<(directions + 1)))], to: &value)
    default: throw KerasExport.refusal("cannot follow what stands before it: the dimensions are others")
    }
    value.order = order
  }

  /// Makes the last dimension ours, and its size known to Keras, whose layers ask for it.
  mutating func endLikeOurs(_ value: inout Value, size: Int) throws(ThalwegError) {
    guard case .image(let directions) = value.order else { return }
    try reorder(&value, .same)
    if value.isPoint { return }
    if directions == 1 {
      try add("Reshape", ["target_shape": ints([-1, size])], to: &value)
    } else if directions == 2, let channels = value.channels {
      try add("Reshape", ["target_shape": ints([channels, -1, size])], to: &value)
    } else {
      throw KerasExport.refusal("stands behind images of unknown sizes")
    }
  }

  /// Our Flatten of all but the batch.
  mutating func flatten(_ value: inout Value) throws(ThalwegError) {
    let size = flattened.isEmpty ? nil : flattened.removeFirst()
    if value.order == .timeFirst { throw KerasExport.refusal("is behind sequences with time first") }
    if case .image = value.order, !value.isPoint {
      try reorder(&value, .same)
      if let size {
        try add("Reshape", ["target_shape": ints([size])], to: &value)
      } else {
        try add("Flatten", to: &value)
      }
    } else {
      try add("Flatten", to: &value)
    }
    value = Value(source: value.source, rank: 2, channels: size)
  }

  /// Keras's number of our dimension `dim`, -1 for the last.
  func axis(_ dim: Int, of value: Value) throws(ThalwegError) -> Int {
    let place = dim < 0 ? dim + value.rank : dim
    var found: Int?
    if place >= 0, place < value.rank {
      switch value.order {
      case .same: found = place
      case .image(let directions): found = place < 2 ? place * (directions + 1) : place - 1
      case .timeFirst: found = place < 2 ? 1 - place : place
      }
    }
    guard let found, found > 0 else { throw KerasExport.refusal("acts along dimension \(dim), the batch") }
    return found == value.rank - 1 ? -1 : found
  }

  func ints(_ numbers: some Sequence<Int>) -> JSONValue { .array(numbers.map { .integer($0) }) }
}
