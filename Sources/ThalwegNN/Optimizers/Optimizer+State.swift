import ThalwegCore

/// Between an optimiser's states and named tensors.
extension Optimizer {
  final func parameterStates() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    var place = 0
    for group in groups {
      let names = stateNames(group)
      for _ in group.parameters {
        let state = states[place]
        defer { place += 1 }
        if state.step == 0 { continue }
        for name in numberNames {
          let isStep = "\(name)" == "step"
          let value = try Tensor.scalar(
            isStep ? Double(state.step) : state.product, dtype: isStep ? .int64 : .float64)
          result.append(("\(place).\(name)", value))
        }
        for (name, tensor) in [
          (names.0, state.tensors.0), (names.1, state.tensors.1), (names.2, state.tensors.2),
        ] {
          if let tensor { result.append(("\(place).\(name)", tensor)) }
        }
      }
    }
    return result
  }

  final func loadParameterStates(_ tensors: [(name: String, tensor: Tensor)]) throws(ThalwegError) {
    var new = [State](repeating: State(), count: states.count)
    for (name, tensor) in tensors {
      let parts = name.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let place = Int(parts[0]), new.indices.contains(place) else {
        throw ThalwegError(
          .invalidArgument,
          "\(self.name): the state \(name) is none of its \(new.count) parameters'; \"0.step\" would be one")
      }
      try load(tensor, String(parts[1]), into: &new[place], place)
    }
    // Without numbers of its own (SGD) a state has begun if there is a tensor.
    for i in new.indices where new[i].step == 0 && new[i].tensors.0 != nil { new[i].step = 1 }
    states = new
  }

  private func load(
    _ tensor: Tensor, _ name: String, into state: inout State, _ place: Int
  ) throws(ThalwegError) {
    let (group, parameter) = try owner(of: place)
    if numberNames.contains(where: { "\($0)" == name }) {
      let value = try tensor.item()
      if name == "step" {
        guard let step = Int(exactly: value.rounded()), step >= 0 else {
          throw ThalwegError(.invalidArgument, "\(self.name): the state \(place).step is \(value)")
        }
        state.step = step
      } else {
        state.product = value
      }
      return
    }
    let names = stateNames(group)
    func copy() throws(ThalwegError) -> Tensor {
      guard tensor.shape == parameter.shape else {
        throw ThalwegError(
          .shape,
          "\(self.name): the state \(place).\(name) has shape \(tensor.shape), its parameter \(parameter.shape)"
        )
      }
      let result = try Tensor.zeros(parameter.shape, dtype: parameter.dtype)
      try noGrad { () throws(ThalwegError) in try result.copy(from: tensor) }
      return result
    }
    switch name {
    case "\(names.0)": state.tensors.0 = try copy()
    case "\(names.1)": state.tensors.1 = try copy()
    case "\(names.2)": state.tensors.2 = try copy()
    default:
      throw ThalwegError(.invalidArgument, "\(self.name): it remembers no \(name) of parameter \(place)")
    }
  }

  private func owner(of place: Int) throws(ThalwegError) -> (group: Group, parameter: Tensor) {
    var first = 0
    for group in groups {
      if place < first + group.parameters.count { return (group, group.parameters[place - first]) }
      first += group.parameters.count
    }
    throw ThalwegError(.internal, "\(self.name): the state \(place) has no parameter")
  }
}
