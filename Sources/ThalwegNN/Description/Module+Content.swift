package import ThalwegCore

extension Module {
  /// What a module owns, for whoever writes it to a file.
  package enum Content {
    case parameter(Tensor)
    case buffer(Tensor)
    case child(Module)
  }

  /// Everything that is registered here, not below, but for buffers that are not saved; in order, as it was at one moment.
  package final var contents: [(name: String, content: Content)] {
    var result: [(name: String, content: Content)] = []
    for (name, member) in members {
      switch member {
      case .parameter(let tensor): result.append((name, .parameter(tensor)))
      case .buffer(_, isSaved: false): break
      case .buffer(let tensor, _): result.append((name, .buffer(tensor)))
      case .child(let child): result.append((name, .child(child)))
      }
    }
    return result
  }
}
