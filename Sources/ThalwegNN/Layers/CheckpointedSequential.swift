public import ThalwegCore

/// `Sequential` that trains in less memory and more time: its children are cut into `segments` of equal length, the last
/// with what is left over, and of each but the last only the input is kept for backward, which computes the segment
/// once more (Chen et al. 2016; `checkpoint`). The last is the first that backward needs and is kept, unless it is the
/// only one. The parameters have the names that they have in `Sequential`; the numbers are the same.
///
/// For n layers of equal size √n segments need least.
public final class CheckpointedSequential: Module {
  public let segments: Int
  /// Whether the second computation has the random numbers of the first.
  public let preservesRandom: Bool

  /// - Throws: `.invalidArgument` unless there is a segment.
  public init(
    _ modules: [Module] = [], segments: Int, preservesRandom: Bool = true
  ) throws(ThalwegError) {
    self.segments = segments
    self.preservesRandom = preservesRandom
    super.init()
    try Self.require(segments >= 1, "\(segments) segments; there must be at least 1")
    for module in modules { try append(module) }
  }

  /// Adds a module at the end.
  public func append(_ module: Module) throws(ThalwegError) {
    try registerModule(String(children.count), module)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let layers = children.map(\.module)
    if layers.isEmpty { return input }
    let count = min(segments, layers.count)
    let length = layers.count / count
    var output = input
    for segment in 0..<count {
      let isLast = segment == count - 1
      let part = Array(layers[(segment * length)..<(isLast ? layers.count : (segment + 1) * length)])
      if isLast && count > 1 || !GradMode.isEnabled {
        output = try Sequential(part).forward(output)
      } else {
        let results = try checkpoint([output], preservesRandom: preservesRandom) { x throws(ThalwegError) in
          [try Sequential(part).forward(x[0])]
        }
        output = results[0]
      }
    }
    return output
  }
}

extension CheckpointedSequential: DescribedLayer {
  package var options: LayerOptions {
    ["segments": .int(segments), "preserve_rng_state": .bool(preservesRandom)]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try CheckpointedSequential(
      segments: options.int("segments"), preservesRandom: options.bool("preserve_rng_state"))
  }
}
