import ThalwegCore
import ThalwegNN

/// What Keras calls a layer of ours, and in which order and orientation it numbers the layer's tensors.
private struct KerasLayer {
  /// The child of Keras's layer that has the tensors, such as "/cell".
  var inside = ""
  let className: String
  /// Our tensors' names in Keras's order, with the order of dimensions where Keras has another. Others follow.
  var tensors: [(name: String, axes: [Int]?)] = []
  /// Tensors of ours that it has no place for; they come last.
  var lacks: [String] = []
  /// Children are a list, "layers", named by their classes, rather than attributes with names of their own.
  var isList = false

  init(
    _ className: String, _ tensors: [(name: String, axes: [Int]?)] = [], lacks: [String] = [],
    isList: Bool = false
  ) {
    self.className = className
    self.tensors = tensors
    self.lacks = lacks
    self.isList = isList
  }

  /// A new layer that has an equal in Keras gets its line here.
  init(_ module: Module) {
    switch module {
    case is ThalwegNN.Linear: self.init("Dense", [("weight", [1, 0]), ("bias", nil)])
    case is ThalwegNN.ReLU: self.init("ReLU")
    case is ThalwegNN.Tanh, is ThalwegNN.Sigmoid: self.init("Activation")
    case is ThalwegNN.Flatten: self.init("Flatten")
    case is ThalwegNN.Conv1d: self.init("Conv1D", [("weight", [2, 1, 0]), ("bias", nil)])
    case is ThalwegNN.Conv2d: self.init("Conv2D", [("weight", [2, 3, 1, 0]), ("bias", nil)])
    case is ThalwegNN.Conv3d: self.init("Conv3D", [("weight", [2, 3, 4, 1, 0]), ("bias", nil)])
    case is ThalwegNN.ConvTranspose1d: self.init("Conv1DTranspose", [("weight", [2, 1, 0]), ("bias", nil)])
    case is ThalwegNN.ConvTranspose2d:
      self.init("Conv2DTranspose", [("weight", [2, 3, 1, 0]), ("bias", nil)])
    case is ThalwegNN.ConvTranspose3d:
      self.init("Conv3DTranspose", [("weight", [2, 3, 4, 1, 0]), ("bias", nil)])
    case is ThalwegNN.MaxPool1d: self.init("MaxPooling1D")
    case is ThalwegNN.MaxPool2d: self.init("MaxPooling2D")
    case is ThalwegNN.MaxPool3d: self.init("MaxPooling3D")
    case is ThalwegNN.AvgPool1d: self.init("AveragePooling1D")
    case is ThalwegNN.AvgPool2d: self.init("AveragePooling2D")
    case is ThalwegNN.AvgPool3d: self.init("AveragePooling3D")
    case is BatchNorm:
      self.init(
        "BatchNormalization",
        [("weight", nil), ("bias", nil), ("running_mean", nil), ("running_var", nil)],
        lacks: ["num_batches_tracked"])
    case is ThalwegNN.LayerNorm: self.init("LayerNormalization", [("weight", nil), ("bias", nil)])
    case is ThalwegNN.Embedding: self.init("Embedding", [("weight", nil)])
    case let layer as RecurrentLayer where layer.isKerass:
      self.init(
        layer is ThalwegNN.LSTM ? "LSTM" : "SimpleRNN",
        [("weight_ih_l0", [1, 0]), ("weight_hh_l0", [1, 0]), ("bias_ih_l0", nil)])
      inside = "/cell"
    case is ThalwegNN.Dropout: self.init("Dropout")
    case is ThalwegNN.Sequential: self.init("Sequential", isList: true)
    default: self.init(module.typeName)
    }
  }
}

extension KerasTree {
  /// The groups of the file for `root` and everything below, each module once, parents before children.
  ///
  /// Errors: `.invalidArgument` for a name that cannot be one in the file.
  static func groups(of root: Module, _ function: String) throws(ThalwegError) -> [WeightGroup] {
    var groups: [WeightGroup] = []
    var seen: Set<ObjectIdentifier> = []
    try visit(root, name: "", path: "", &groups, &seen, function)
    return groups
  }

  private static func visit(
    _ module: Module, name: String, path: String, _ groups: inout [WeightGroup],
    _ seen: inout Set<ObjectIdentifier>, _ function: String
  ) throws(ThalwegError) {
    guard seen.insert(ObjectIdentifier(module)).inserted else { return }
    let layer = KerasLayer(module)
    var group = WeightGroup(
      path: "\(path)\(layer.inside)/vars", layerName: name.isEmpty ? snakeCase(layer.className) : name)
    var own = module.ownTensors
    for (wanted, axes) in layer.tensors {
      guard let place = own.firstIndex(where: { $0.name == wanted }) else { continue }
      let tensor = own.remove(at: place).tensor
      let fits = axes.map { $0.count == tensor.rank } ?? true
      group.entries.append(WeightEntry(name: joined(name, wanted), tensor: tensor, axes: fits ? axes : nil))
    }
    for (last, tensor) in own {
      try check(last, joined(name, last), function)
      let entry = WeightEntry(
        name: joined(name, last), tensor: tensor, isOursAlone: layer.lacks.contains(last))
      group.entries.append(entry)
    }
    groups.append(group)

    var counter = Counter()
    for (last, child) in module.children {
      let childName = joined(name, last)
      try check(last, childName, function)
      let place = layer.isList ? "layers/\(counter.name(KerasLayer(child).className))" : last
      if !layer.isList, last == "vars" || (path.isEmpty && ["thalweg", "optimizer"].contains(last)) {
        throw ThalwegError(
          .invalidArgument,
          "\(function): a weights file uses the name \(last) itself; rename the child \(childName)")
      }
      try visit(child, name: childName, path: "\(path)/\(place)", &groups, &seen, function)
    }
  }

  private static func check(_ name: String, _ fullName: String, _ function: String) throws(ThalwegError) {
    guard !name.utf8.contains(UInt8(ascii: "/")) else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the name \(fullName) has a slash, which joins groups in a weights file")
    }
  }

  private static func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}

extension RecurrentLayer {
  /// Whether Keras has a layer of this form, with gates in this order: one layer, one direction, one bias; no GRU.
  fileprivate var isKerass: Bool {
    !(self is ThalwegNN.GRU) && settings.layers == 1 && !settings.bidirectional && settings.projection == 0
      && !settings.peephole && parameter("bias_hh_l0") == nil
  }
}

extension Module {
  /// The parameters and then the buffers that are registered here, not below, and saved.
  fileprivate var ownTensors: [(name: String, tensor: Tensor)] {
    var parameters: [(name: String, tensor: Tensor)] = [], buffers = parameters
    var seen: Set<ObjectIdentifier> = []
    for (name, content) in contents {
      switch content {
      case .parameter(let tensor) where seen.insert(ObjectIdentifier(tensor)).inserted:
        parameters.append((name, tensor))
      case .buffer(let tensor) where seen.insert(ObjectIdentifier(tensor)).inserted:
        buffers.append((name, tensor))
      default: break
      }
    }
    return parameters + buffers
  }
}
