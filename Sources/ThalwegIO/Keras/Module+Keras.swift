public import ThalwegCore
public import ThalwegNN

extension Module {
  /// The model in a file of Keras's, `.keras` or legacy `.h5` (told apart by what is in it), of layers that are known here.
  ///
  /// It takes what Keras's model takes, channels last, and gives what that gives. It is made in evaluation mode. Nothing of
  /// the file is ever run: a Lambda, a user's own class and whatever else is not supported is refused.
  /// - Throws: `.io` no readable file; `.format` damaged, or with something that is not supported: the sentence has the
  ///   layer's path and class; `.unavailable` without libhdf5; `.outOfMemory`.
  public static func loadKeras(_ path: String) throws(ThalwegError) -> Graph {
    let model = try KerasFile.load(path, "load_keras")
    model.train(false)
    return model
  }

  /// Reads the weights alone from a file of Keras's, `.keras`, `.weights.h5` or legacy `.h5`, into this module, which
  /// `loadKeras` or this library's layers made. All tensors change, or on any error none does.
  /// - Throws: as `loadKeras`; `.format` where they do not fit.
  public final func loadKerasWeights(_ path: String) throws(ThalwegError) {
    try KerasFile.loadWeights(self, path, "load_keras_weights")
  }
}

extension Module {
  /// Writes the model to a file that Keras opens, legacy `.h5` by its ending or else `.keras`: what `loadKeras` made, or a
  /// `Sequential` of this library's layers that Keras has, in it `Residual`s of such. The file appears in one step.
  ///
  /// In Keras this library's layers have channels last: images [N, H, W, C]. What is not in the middle of a size that Keras
  /// knows, such as rows behind a convolution, is brought into this library's order there (Permute, Reshape), so that the
  /// outputs are the same. Sequences have the batch first. A Flatten in front takes rows. Keras trains the row of an
  /// Embedding's padding index.
  ///
  /// Keras 2.15 and Keras 3 open the file, but Keras 3 alone a model with models inside, or with states, masks or a
  /// MultiHeadAttention's value handed on between layers. Where Keras 2 wrote the model, `.h5` is in its form.
  /// - Parameter optimizer: what a model of `loadKeras` is trained with, to go on with in Keras: Adam, AdamW, SGD, RMSprop,
  ///   Adagrad, Adadelta, Adamax or Lion.
  /// - Throws: `.invalidArgument` with the name of a layer that Keras does not have, or in a `.keras` Keras 3 computes
  ///   otherwise than Keras 2, whose it is (hard_sigmoid, masks of what is merged); `.io`; `.unavailable`; `.outOfMemory`.
  public final func saveKeras(_ path: String, optimizer: Optimizer? = nil) throws(ThalwegError) {
    try KerasFile.save(self, to: path, optimizer: optimizer, "save_keras")
  }

  /// Gives an optimiser of this model's parameters, which `loadKeras` made, the values and the state of the one that the
  /// file has: learning rate and other options, steps, momenta. Training goes on as it would have in Keras, but for where
  /// an epsilon stands. Of a schedule of Keras's the rate that it has come to is taken, not the schedule.
  /// - Throws: as `loadKeras`; `.format` where the file has none, another one, or one with options that are not supported.
  ///   Then nothing has changed.
  public final func loadKerasOptimizer(_ optimizer: Optimizer, _ path: String) throws(ThalwegError) {
    try KerasFile.loadOptimizer(optimizer, self, path, "load_keras_optimizer")
  }
}
