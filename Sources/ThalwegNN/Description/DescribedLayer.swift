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
    containers + filters + pools + recurrent + norms + activations + shapes + parametrizations
  }

  private static var containers: [any DescribedLayer.Type] {
    [
      CheckpointedSequential.self, Graph.self, KerasLayer.self, ModuleDict.self, ModuleList.self,
      Residual.self, Sequential.self,
    ]
  }

  private static var filters: [any DescribedLayer.Type] {
    [
      Bilinear.self, Conv1d.self, Conv2d.self, Conv3d.self, ConvTranspose1d.self, ConvTranspose2d.self,
      ConvTranspose3d.self, Embedding.self, Linear.self, PositionalEmbedding.self, PositionalEncoding.self,
    ]
  }

  private static var pools: [any DescribedLayer.Type] {
    [
      AdaptiveAvgPool1d.self, AdaptiveAvgPool2d.self, AdaptiveAvgPool3d.self, AdaptiveMaxPool1d.self,
      AdaptiveMaxPool2d.self, AdaptiveMaxPool3d.self, AvgPool1d.self, AvgPool2d.self, AvgPool3d.self,
      FractionalMaxPool2d.self, FractionalMaxPool3d.self, LPPool1d.self, LPPool2d.self, LPPool3d.self,
      MaxPool1d.self, MaxPool2d.self, MaxPool3d.self,
    ]
  }

  private static var recurrent: [any DescribedLayer.Type] {
    [GRU.self, GRUCell.self, LSTM.self, LSTMCell.self, RNN.self, RNNCell.self]
  }

  private static var norms: [any DescribedLayer.Type] {
    [
      AlphaDropout.self, BatchNorm1d.self, BatchNorm2d.self, BatchNorm3d.self, Dropout.self, Dropout1d.self,
      Dropout2d.self, Dropout3d.self, FeatureAlphaDropout.self, GroupNorm.self, InstanceNorm1d.self,
      InstanceNorm2d.self, InstanceNorm3d.self, LayerNorm.self, LocalResponseNorm.self, RMSNorm.self,
    ]
  }

  private static var activations: [any DescribedLayer.Type] {
    [
      CELU.self, ELU.self, GELU.self, GLU.self, Hardshrink.self, Hardsigmoid.self, Hardswish.self,
      Hardtanh.self, LeakyReLU.self, LogSigmoid.self, LogSoftmax.self, Mish.self, PReLU.self, ReLU.self,
      ReLU6.self, RReLU.self, SELU.self, Sigmoid.self, SiLU.self, Softmax.self, Softmax2d.self, Softmin.self,
      Softplus.self, Softshrink.self, Softsign.self, Tanh.self, Tanhshrink.self, Threshold.self,
    ]
  }

  private static var shapes: [any DescribedLayer.Type] {
    [
      ChannelPad.self, ChannelShuffle.self, CircularPad1d.self, CircularPad2d.self, CircularPad3d.self,
      ConstantPad1d.self,
      ConstantPad2d.self, ConstantPad3d.self, Flatten.self, Fold.self, Identity.self, PixelShuffle.self,
      PixelUnshuffle.self, ReflectionPad1d.self, ReflectionPad2d.self, ReflectionPad3d.self,
      ReplicationPad1d.self, ReplicationPad2d.self, ReplicationPad3d.self, Unflatten.self, Unfold.self,
      Upsample.self, ZeroPad1d.self, ZeroPad2d.self, ZeroPad3d.self,
    ]
  }

  private static var parametrizations: [any DescribedLayer.Type] {
    [ParametrizedTensor.self, SpectralNorm.self, WeightNorm.self]
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
