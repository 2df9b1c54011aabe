public import ThalwegCore

/// Its children one after the other, each fed with the output of the one before. They are named "0", "1", ...
public final class Sequential: Module {
  public init(_ modules: [Module] = []) throws(ThalwegError) {
    super.init()
    for module in modules { try append(module) }
  }

  public convenience init(_ modules: Module...) throws(ThalwegError) { try self.init(modules) }

  /// Adds a module at the end.
  public func append(_ module: Module) throws(ThalwegError) {
    try registerModule(String(children.count), module)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try run(input, ending: nil).output
  }

  /// The output, and whether the ending is in it.
  final func run(
    _ input: Tensor, ending: Fusion.Ending?
  ) throws(ThalwegError) -> (output: Tensor, isEnded: Bool) {
    let layers = children
    var output = input
    var i = 0
    func layer(_ distance: Int) -> Module? {
      i + distance < layers.count ? layers[i + distance].module : nil
    }
    while let next = layer(0) {
      if let (fused, count) = try Fusion.run(output, ending: ending, layer) {
        output = fused
        i += count
      } else {
        output = try next(output)
        i += 1
      }
    }
    return (output, i > layers.count)
  }
}

extension Sequential: DescribedLayer {
  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { try Sequential([]) }
}
