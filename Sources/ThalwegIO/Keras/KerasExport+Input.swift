import ThalwegCore
import ThalwegNN

extension KerasExport {
  /// What a model takes, as far as its layers tell.
  struct Input {
    var value: Value
    /// In Keras's order, with the batch; nil where no layer tells anything.
    fileprivate var shape: [Int?]?
    fileprivate var isIndex: Bool

    /// An InputLayer's.
    func config(_ dtype: String) -> JSONValue? {
      guard let shape else { return nil }
      return .object([
        JSONMember("batch_shape", .array(shape.map { $0.map { .integer($0) } ?? .null })),
        JSONMember("dtype", .string(isIndex ? "int32" : dtype)), JSONMember("name", .string("input_layer")),
      ])
    }
  }

  /// Asks one layer after the other, as long as their dimensions are the input's.
  static func input(_ leaves: [Module]) -> Input {
    var rank: Int?, channels: Int?
    var ends: [Int] = []  // the last sizes
    var order = Order.same
    var isIndex = false
    var endsChanged = false

    func finish() -> Input {
      let count = rank ?? max(2, ends.count + 1)
      var shape = [Int?](repeating: nil, count: count)
      switch order {
      case .image: shape[count - 1] = channels
      case .same where count > 1: shape[1] = channels
      default: break
      }
      if case .image = order {
      } else {
        for (place, size) in ends.suffix(count - 1).enumerated() {
          shape[count - min(ends.count, count - 1) + place] = size
        }
      }
      let isKnown = rank != nil || shape.contains { $0 != nil }
      return Input(
        value: Value(order: order, rank: count, channels: channels), shape: isKnown ? shape : nil,
        isIndex: isIndex)
    }

    for leaf in leaves {
      if let directions = directions(leaf) {
        if rank == nil {
          rank = directions + 2
          if ends.isEmpty { order = .image(directions) }
        }
        let (taken, isLast) = KerasExport.channels(leaf)
        channels = channels ?? taken
        if isLast { return finish() }
        continue
      }
      switch leaf {
      case let layer as ThalwegNN.Linear:
        if !endsChanged { ends = [layer.inputSize] }
        endsChanged = true
      case let layer as ThalwegNN.LayerNorm:
        if !endsChanged { ends = Array(layer.normalizedShape) }
        if layer.normalizedShape.count > 1 { rank = rank ?? layer.normalizedShape.count + 1 }
        endsChanged = true
      case let layer as ThalwegNN.RMSNorm:
        if !endsChanged { ends = Array(layer.normalizedShape) }
        endsChanged = true
      case is ThalwegNN.Embedding:
        (rank, isIndex, endsChanged) = (rank ?? 2, true, true)
      case let layer as RecurrentLayer:
        rank = rank ?? 3
        if !endsChanged { ends = [layer.inputSize] }
        endsChanged = true
        if !layer.settings.batchFirst, order == .same { order = .timeFirst }
        if !layer.settings.returnsSequences { return finish() }
      case is ThalwegNN.Flatten:
        if rank != nil { return finish() }
        rank = 2
      case is ThalwegNN.Unflatten:
        rank = rank ?? 2
        return finish()
      case let layer as ThalwegNN.BatchNorm1d: channels = channels ?? layer.channels
      case let layer as ThalwegNN.GroupNorm: channels = channels ?? layer.channels
      default: break
      }
    }
    return finish()
  }

  /// How many directions of images a layer works on; nil for one that works on other things too.
  static func directions(_ module: Module) -> Int? {
    switch module {
    case let layer as ConvolutionLayer: type(of: layer).directions
    case let layer as PoolingLayer: type(of: layer).directions
    case let layer as AdaptivePoolLayer: type(of: layer).directions
    case let layer as PaddingLayer: type(of: layer).directions
    case let layer as InstanceNorm: type(of: layer).ranks.upperBound - 2
    case is BatchNorm2d, is ChannelPad, is ThalwegNN.Dropout2d, is ThalwegNN.Softmax2d: 2
    case is BatchNorm3d, is ThalwegNN.Dropout3d: 3
    case is ThalwegNN.Dropout1d: 1
    case let layer as Upsample:
      layer.mode == "bilinear" ? 2 : layer.scales.count > 1 ? layer.scales.count : nil
    default: nil
    }
  }

  /// How many channels it takes, and whether it gives others.
  private static func channels(_ module: Module) -> (taken: Int?, isLast: Bool) {
    switch module {
    case let layer as ConvolutionLayer: (layer.inputChannels, true)
    case let layer as ChannelPad: (layer.inputChannels, true)
    case let layer as RunningNorm: (layer.channels, false)
    default: (nil, false)
    }
  }
}
