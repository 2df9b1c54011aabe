import ThalwegCore
import ThalwegNN

/// What a checkpoint's file is written from: names and tensors, and the rest as text. Nothing of it changes while it is
/// written, if it was copied.
struct CheckpointSnapshot {
  private var groups: [WeightGroup]
  private let architecture: String
  private var training: TrainingRecord

  init(_ checkpoint: TrainingCheckpoint, isCopied: Bool, _ function: String) throws(ThalwegError) {
    groups = try KerasTree.groups(of: checkpoint.module, function)
    architecture = try ModelDescription(of: checkpoint.module).json.text
    training = try TrainingRecord(checkpoint)
    guard isCopied else { return }
    try noGrad { () throws(ThalwegError) in
      for i in groups.indices {
        for j in groups[i].entries.indices {
          groups[i].entries[j].tensor = try groups[i].entries[j].tensor.detach().clone()
        }
      }
      for i in training.tensors.indices {
        training.tensors[i].tensor = try training.tensors[i].tensor.detach().clone()
      }
    }
  }

  func write(to path: String, _ function: String) throws(ThalwegError) {
    try WeightFile.save(groups, architecture: architecture, training: training, to: path, function)
  }
}

/// The group /thalweg/training of a file: the tensors of the optimiser and, under "fit.", of `fit`, and everything else as
/// JSON.
struct TrainingRecord {
  static let fit = "fit."

  var tensors: [(name: String, tensor: Tensor)]
  let text: String

  init(_ checkpoint: TrainingCheckpoint) throws(ThalwegError) {
    tensors = try checkpoint.optimizer?.stateTensors() ?? []
    text = checkpoint.json(stateNames: tensors.map(\.name)).text
    tensors += checkpoint.fit.tensors.map { (Self.fit + $0.name, $0.tensor) }
  }

  init(tensors: [(name: String, tensor: Tensor)], text: String) {
    self.tensors = tensors
    self.text = text
  }
}
