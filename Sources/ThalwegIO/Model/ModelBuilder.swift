import ThalwegCore
import ThalwegNN

/// Makes the modules that a description tells of, first without tensors.
struct ModelBuilder {
  private let description: ModelDescription
  private let makers: [String: Module.Maker]
  /// The modules' paths, for messages.
  private var paths: [String]
  /// The library's layers; nil for users' own.
  private var layers: [Module?] = []

  /// Makes every layer, without tensors, so that what cannot be made is known before any tensor is read.
  ///
  /// Errors: `.format` that names the path of a layer that is unknown or has impossible options, or of a user's module
  /// that has no maker.
  init(_ description: ModelDescription, _ makers: [String: Module.Maker]) throws(ThalwegError) {
    self.description = description
    self.makers = makers
    paths = ModelBuilder.paths(description)
    for (place, part) in description.parts.enumerated() {
      switch part.content {
      case .layer(let name, let options):
        var layer: Module?
        do throws(ThalwegError) {
          layer = try LayerTypes.make(name, options)
        } catch {
          throw ThalwegError(.format, "\(name) at \(paths[place]): \(error.message)")
        }
        guard let layer else {
          throw ThalwegError(
            .format, "\(paths[place]) is a layer \(name), which version \(Version.text) does not have")
        }
        layers.append(layer)
      case .custom(let name):
        guard makers[name] != nil else {
          throw ThalwegError(
            .format,
            """
            \(paths[place]) is a \(name), a class of the program that wrote the file; make the model with that class \
            and load the weights into it, or give a function that makes a \(name)
            """)
        }
        layers.append(nil)
      }
    }
  }

  /// The whole tree with its tensors.
  ///
  /// What a maker has registered is kept and takes the values; what it has not is added.
  /// Errors: `.format` for a tree that cannot be, or tensors that do not fit a maker's; what a maker throws.
  func build(_ tensors: [String: Tensor]) throws(ThalwegError) -> Module {
    var made: [Module?] = Array(repeating: nil, count: layers.count)
    for (place, part) in description.parts.enumerated() {
      guard place == 0 || made[place] != nil else {
        throw ThalwegError(.format, "module \(place) of the architecture is no child of one before it")
      }
      let module = if let known = made[place] { known } else { try make(place) }
      made[place] = module
      for (name, member) in part.members {
        do throws(ThalwegError) {
          switch member {
          case .parameter(let key, let requiresGrad):
            let tensor = try prepare(tensors[key], key, requiresGrad)
            if let own = module.parameter(name) {
              try set(own, tensor)
            } else {
              try module.registerParameter(name, tensor)
            }
          case .buffer(let key, let requiresGrad):
            let tensor = try prepare(tensors[key], key, requiresGrad)
            if let own = module.buffer(name) {
              try set(own, tensor)
            } else {
              try module.registerBuffer(name, tensor)
            }
          case .child(let child):
            if made[child] == nil, let own = module.module(name) {
              made[child] = own
            } else {
              let next = if let known = made[child] { known } else { try make(child) }
              made[child] = next
              try module.registerModule(name, next)
            }
          }
        } catch {
          let code: ThalwegError.Code = error.code == .outOfMemory ? .outOfMemory : .format
          throw ThalwegError(code, "\(paths[place]): \(error.message)")
        }
      }
      module.setTraining(part.isTraining)
    }
    guard let root = made.first ?? nil else { throw ThalwegError(.format, "the architecture is empty") }
    return root
  }

  private func make(_ place: Int) throws(ThalwegError) -> Module {
    if let layer = layers[place] { return layer }
    guard let maker = makers[description.parts[place].typeName] else {
      throw ThalwegError(.internal, "no maker of \(description.parts[place].typeName)")
    }
    return try maker()
  }

  private func prepare(
    _ tensor: Tensor?, _ key: String, _ requiresGrad: Bool
  ) throws(ThalwegError) -> Tensor {
    guard let tensor else { throw ThalwegError(.format, "there is no tensor \(key)") }
    if tensor.requiresGrad != requiresGrad { try tensor.setRequiresGrad(requiresGrad) }
    return tensor
  }

  /// Gives a maker's tensor the values of the file.
  private func set(_ own: Tensor, _ values: Tensor) throws(ThalwegError) {
    if own === values { return }
    guard own.shape == values.shape, own.dtype == values.dtype else {
      throw ThalwegError(
        .format,
        "a tensor is \(values.dtype) \(values.shape) in the file and \(own.dtype) \(own.shape) as it is made")
    }
    try noGrad { () throws(ThalwegError) in try own.copy(from: values) }
    if own.requiresGrad != values.requiresGrad { try own.setRequiresGrad(values.requiresGrad) }
  }

  /// The first path of each module; "the model" for the root.
  private static func paths(_ description: ModelDescription) -> [String] {
    var paths = Array(repeating: "a module that belongs to none", count: description.parts.count)
    var known = Array(repeating: false, count: paths.count)
    paths[0] = "the model"
    for (place, part) in description.parts.enumerated() {
      for case (let name, .child(let child)) in part.members where !known[child] {
        known[child] = true
        // A hostile chain would make long paths.
        paths[child] = place == 0 || paths[place].utf8.count > 4096 ? name : "\(paths[place]).\(name)"
      }
    }
    return paths
  }
}
