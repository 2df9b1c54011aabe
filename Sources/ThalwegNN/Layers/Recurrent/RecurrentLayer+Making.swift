package import ThalwegCore

extension RecurrentLayer: Recurring {}

extension RecurrentLayer: DescribedLayer {
  package var options: LayerOptions {
    LayerOptions(
      [("input_size", .int(inputSize)), ("hidden_size", .int(hiddenSize))] + settings.pairs(of: cell)
        + [
          ("num_layers", .int(settings.layers)), ("batch_first", .bool(settings.batchFirst)),
          ("dropout", .double(settings.dropout)), ("bidirectional", .bool(settings.bidirectional)),
          ("return_sequences", .bool(settings.returnsSequences)), ("mask_zero", .bool(settings.masksZeros)),
        ])
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    var settings = try RecurrentOptions(cellOptions: options)
    settings.layers = try options.size("num_layers")
    settings.batchFirst = try options.bool("batch_first")
    settings.dropout = try options.double("dropout")
    settings.bidirectional = try options.bool("bidirectional")
    settings.returnsSequences = try options.bool("return_sequences")
    settings.masksZeros = try options.bool("mask_zero")
    return try Self(
      withoutParameters: options.size("input_size"), options.size("hidden_size"), settings, .default)
  }

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  final func makeParameters(_ dtype: DType) throws(ThalwegError) {
    try Self.checkFloat(dtype)
    for slot in slots {
      try makeParameters(
        slot, inputs: slot.layer == 0 ? inputSize : outputSize * settings.directions, hidden: hiddenSize,
        gates: cell.gateCount, settings, dtype, generator)
    }
  }
}

extension RecurrentOptions {
  /// What a model file says of a cell beside its sizes.
  func pairs(of cell: RecurrentCell) -> [(name: String, value: LayerOption)] {
    var pairs: [(name: String, value: LayerOption)] = [("bias", .bool(bias))]
    switch cell {
    case .tanh, .relu, .sigmoid: pairs.append(("nonlinearity", .string(nonlinearity.rawValue)))
    case .lstm: pairs += [("proj_size", .int(projection)), ("peephole", .bool(peephole))]
    case .gru, .gruResetBefore: pairs.append(("reset_after", .bool(resetAfter)))
    }
    return pairs
  }

  init(cellOptions options: LayerOptions) throws(ThalwegError) {
    self.init()
    bias = try options.bool("bias")
    if options["nonlinearity"] != nil {
      let words = Nonlinearity.allCases.map(\.rawValue)
      nonlinearity =
        Nonlinearity(rawValue: try options.string("nonlinearity", of: words)) ?? .tanh
    }
    if options["proj_size"] != nil { projection = try options.int("proj_size") }
    if options["peephole"] != nil { peephole = try options.bool("peephole") }
    if options["reset_after"] != nil { resetAfter = try options.bool("reset_after") }
  }
}
