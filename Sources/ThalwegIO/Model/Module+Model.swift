public import ThalwegCore
public import ThalwegNN

extension Module {
  /// Makes an instance of a user's own class for a file that has one. What it registers is matched by name.
  public typealias Maker = () throws(ThalwegError) -> Module

  /// Writes the module, here and below, to a model file at `path`: what `saveWeights` writes, and how the layers are
  /// made, so that `load` needs no code that builds them.
  ///
  /// Kept are layers and their options, names, shared modules and tensors, dtypes, `requiresGrad` and `isTraining`. Of a
  /// user's own module (not a layer of this library) only the class's name is kept. The file appears in one step, and
  /// the same module gives the same bytes.
  /// - Throws: as `saveWeights`; `.invalidArgument` as well for more than 16384 modules.
  public final func save(_ path: String) throws(ThalwegError) {
    let groups = try KerasTree.groups(of: self, "save")
    let architecture = try ModelDescription(of: self).json.text
    try WeightFile.save(groups, architecture: architecture, to: path, "save")
  }

  /// The module that `save` wrote to `path`, ready to compute.
  ///
  /// - Parameter makers: for users' own modules in the file, by the names of their classes.
  /// - Throws: `.io` no readable file; `.format` damaged, of a newer format, without an architecture, or with a module
  ///   that cannot be made: the sentence names its path and class; `.unavailable`; `.outOfMemory`.
  public static func load(
    _ path: String, makers: [String: Maker] = [:]
  ) throws(ThalwegError) -> Module {
    let (builder, tensors) = try WeightFile.loadModel(path, makers, "load")
    do throws(ThalwegError) {
      return try builder.build(tensors)
    } catch {
      throw ThalwegError(error.code, "load: '\(path)': \(error.message)")
    }
  }

  /// What the module was made with, as a JSON object; {} for one without options and for a user's own.
  package final var optionsText: String {
    ((self as? any DescribedLayer)?.options ?? [:]).json.text
  }
}
