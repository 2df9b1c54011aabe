public import ThalwegCore
public import ThalwegNN

extension Module {
  /// Writes every parameter and buffer, here and below, to an HDF5 file at `path`.
  ///
  /// Keras 3 loads the file with `load_weights` into a model of the same layers ("model.weights.h5"); a group of our
  /// own holds every tensor under its dotted name ("0.weight") with a checksum, so that `loadWeights` restores each bit.
  /// The file appears in one step: a failure or a crash leaves what was at `path` as it was. The same weights give the
  /// same bytes.
  /// - Throws: `.io` when it cannot be written; `.invalidArgument` for names that a file cannot have; `.unavailable`
  ///   without libhdf5; `.outOfMemory`.
  public final func saveWeights(_ path: String) throws(ThalwegError) {
    let groups = try KerasTree.groups(of: self, "save_weights")
    try WeightFile.save(groups, to: path, "save_weights")
  }

  /// Reads every parameter and buffer from a file that `saveWeights` or Keras 3 wrote (".weights.h5").
  ///
  /// Names (for a file of Keras's, the places in its tree), shapes and dtypes must be this module's; nothing may be
  /// missing and nothing left over but Keras's optimiser. All tensors change, or on any error none does; only a file that can
  /// no longer be read, or is written to, after it was found to be sound can leave some changed.
  /// - Throws: `.io` no readable file; `.format` damaged, or not this module's: one sentence lists every tensor that is
  ///   missing, not used or wrong; `.autograd` when a tensor cannot be changed in place; `.unavailable`; `.outOfMemory`.
  public final func loadWeights(_ path: String) throws(ThalwegError) {
    let groups = try KerasTree.groups(of: self, "load_weights")
    try WeightFile.load(groups, from: path, "load_weights")
  }
}
