package import ThalwegCore

/// A layer that a model file can hold: it says what it was made with, and is made again from that.
///
/// Each layer does so in its own file; its name is the class's. A new one gets a line in `LayerTypes.all`.
package protocol DescribedLayer: Module {
  var options: LayerOptions { get }

  /// A layer with these options but without parameters and buffers, which whoever reads the file registers.
  ///
  /// Nothing large is allocated and no random number drawn, whatever the options say.
  /// Errors: `.invalidArgument` for options that are absent, of another type or out of range.
  static func make(_ options: LayerOptions) throws(ThalwegError) -> Module
}

extension DescribedLayer {
  package var options: LayerOptions { [:] }
}

/// The layers that a model file can hold.
package enum LayerTypes {
  private static var all: [any DescribedLayer.Type] {
    [
      AdaptiveAvgPool1d.self, AdaptiveAvgPool2d.self, AdaptiveMaxPool1d.self, AdaptiveMaxPool2d.self,
      AvgPool1d.self, AvgPool2d.self, Conv1d.self, Conv2d.self, ConvTranspose1d.self, ConvTranspose2d.self,
      Dropout.self, Flatten.self, Linear.self, MaxPool1d.self, MaxPool2d.self, ReLU.self, Sequential.self,
      Sigmoid.self, Tanh.self,
    ]
  }

  /// The layer of this name, made from options; nil when there is no such layer.
  ///
  /// Errors: `.invalidArgument` for options that the layer does not have, or as `DescribedLayer.make`.
  package static func make(_ name: String, _ options: LayerOptions) throws(ThalwegError) -> Module? {
    guard let type = all.first(where: { "\($0)" == name }) else { return nil }
    let module = try type.make(options)
    let known = (module as? any DescribedLayer)?.options ?? [:]
    for (name, _) in options.pairs where known[name] == nil {
      throw ThalwegError(.invalidArgument, "there is no option \(name)")
    }
    return module
  }
}
