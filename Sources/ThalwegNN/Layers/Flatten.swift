public import ThalwegCore

/// Merges the dimensions from `start` to `end`, both included, into one; negative ones count from the end.
/// Shape: [N, ...] to [N, product of the rest] as it is made by default.
public final class Flatten: Module {
  public let start: Int
  public let end: Int

  public init(_ start: Int = 1, _ end: Int = -1) {
    self.start = start
    self.end = end
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.flatten(start, end)
  }
}

extension Flatten: DescribedLayer {
  package var options: LayerOptions { ["start_dim": .int(start), "end_dim": .int(end)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Flatten(options.int("start_dim"), options.int("end_dim"))
  }
}
