import ThalwegCore
import ThalwegNN

/// Reads a checkpoint's file whole, then changes everything or nothing.
struct CheckpointRestorer {
  private static let function = "checkpoint_load"

  private let checkpoint: TrainingCheckpoint
  private let path: String
  private let values: [(tensor: Tensor, values: NewValues)]
  private let tensors: [(name: String, tensor: Tensor)]
  private let state: JSONValue

  init(_ checkpoint: TrainingCheckpoint, _ path: String) throws(ThalwegError) {
    self.checkpoint = checkpoint
    self.path = path
    let groups = try KerasTree.groups(of: checkpoint.module, Self.function)
    let read = try HDF5Session.run(Self.function, reading: path) { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      guard let training = try WeightFile.readTraining(file) else {
        throw session.error(
          .format, "'\(path)' is not a checkpoint: it has weights, perhaps, but no state of training")
      }
      return (values: try WeightFile.read(groups, from: file), training: training)
    }
    values = read.values
    tensors = read.training.tensors
    do throws(ThalwegError) {
      state = try JSONReader.read(Array(read.training.text.utf8))
    } catch {
      throw ThalwegError(.format, "\(Self.function): '\(path)': the state of training: \(error.message)")
    }
  }

  func run() throws(ThalwegError) {
    let generators = try self.generators()
    let place = try self.place()
    guard let step = state["step"]?.integer, let epoch = state["epoch"]?.integer,
      let metadata = state["metadata"]?.object, let numbers = state["fit"]?.namedNumbers
    else { throw wrong("the state of training is not whole") }
    try changeTogether(place)
    for (generator, state) in zip([Generator.default] + checkpoint.generators, generators) {
      generator.state = state
    }
    checkpoint.step = step
    checkpoint.epoch = epoch
    checkpoint.metadata = metadata.map { ($0.name, $0.value.string ?? "") }
    checkpoint.fit = FitMemory()
    checkpoint.fit.numbers = numbers
    checkpoint.fit.tensors = tensors.filter { $0.name.hasPrefix(TrainingRecord.fit) }
      .map { (String($0.name.dropFirst(TrainingRecord.fit.count)), $0.tensor) }
    checkpoint.bestScore = state["best_score"]?.exactNumber
  }

  /// Optimiser, schedules, loader and module: what has changed is changed back if a later one refuses.
  private func changeTogether(_ place: DataLoader.Place?) throws(ThalwegError) {
    let (optimizer, loader) = (checkpoint.optimizer, checkpoint.loader)
    let (placeBefore, seedBefore) = (loader?.place, loader?.seed)
    let before = try noGrad { () throws(ThalwegError) in
      try optimizer?.stateTensors().map { entry throws(ThalwegError) in
        (name: entry.name, tensor: try entry.tensor.detach().clone())
      }
    }
    let valuesBefore = optimizer.map { optimizer in
      optimizer.groups.indices.map { optimizer.values(ofGroup: $0) }
    }
    let schedulesBefore = checkpoint.schedules.map { $0.state() }
    do throws(ThalwegError) {
      if let optimizer { try change(optimizer) }
      try changeSchedules()
      if let loader, let place {
        loader.seed = try seed() ?? loader.seed
        try named { () throws(ThalwegError) in try loader.resume(at: place) }
      }
      try WeightFile.assign(values, "checkpoint_load")
    } catch {
      if let before { try? optimizer?.loadState(before) }
      for (i, old) in (valuesBefore ?? []).enumerated() { try? optimizer?.setValues(old, ofGroup: i) }
      if let loader, let seedBefore { loader.seed = seedBefore }
      if let placeBefore { try? loader?.resume(at: placeBefore) }
      for (schedule, old) in zip(checkpoint.schedules, schedulesBefore) { try? schedule.loadState(old) }
      throw error
    }
  }

  private func change(_ optimizer: Optimizer) throws(ThalwegError) {
    guard let stored = state["optimizer"], let groups = stored["groups"]?.array else {
      throw wrong("it has no optimizer, and there is one to go on with")
    }
    guard let name = stored["name"]?.string, name == "\(optimizer.name)" else {
      throw wrong(
        "its optimizer is \(stored["name"]?.string ?? "of no name"), the one to go on with \(optimizer.name)")
    }
    guard groups.count == optimizer.groups.count else {
      throw wrong(
        "its optimizer has \(groups.count) parameter groups, the one to go on with \(optimizer.groups.count)")
    }
    for (i, group) in groups.enumerated() {
      guard let numbers = group.namedNumbers else { throw wrong("parameter group \(i) is not one") }
      try named { () throws(ThalwegError) in try optimizer.setValues(numbers, ofGroup: i) }
    }
    let names = stored["state"]?.array?.compactMap(\.string) ?? []
    let byName = Dictionary(tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    // In the optimiser's order, which is not the file's.
    var remembered: [(name: String, tensor: Tensor)] = []
    for name in names {
      guard let tensor = byName[name] else { throw wrong("the optimizer's \(name) is missing") }
      remembered.append((name, tensor))
    }
    try named { () throws(ThalwegError) in try optimizer.loadState(remembered) }
  }

  private func changeSchedules() throws(ThalwegError) {
    guard let states = state["schedules"]?.array, states.count == checkpoint.schedules.count else {
      throw wrong(
        "it has \(state["schedules"]?.array?.count ?? 0) schedules; there are \(checkpoint.schedules.count) to go on with"
      )
    }
    for (schedule, stored) in zip(checkpoint.schedules, states) {
      guard let numbers = stored.namedNumbers else { throw wrong("the state of a schedule is not one") }
      try named { () throws(ThalwegError) in try schedule.loadState(numbers) }
    }
  }

  private func generators() throws(ThalwegError) -> [Generator.State] {
    let wanted = checkpoint.generators.count + 1
    guard let stored = state["generators"]?.array, stored.count == wanted else {
      throw wrong(
        """
        it has \(max((state["generators"]?.array?.count ?? 1) - 1, 0)) generators beside the default one; there are \
        \(wanted - 1) to go on with
        """)
    }
    var result: [Generator.State] = []
    for generator in stored {
      guard let seed = generator["seed"]?.string.flatMap({ UInt64($0) }),
        let offset = generator["offset"]?.string.flatMap({ UInt64($0) })
      else { throw wrong("the state of a generator is not one") }
      result.append(Generator.State(seed: seed, offset: offset))
    }
    return result
  }

  private func place() throws(ThalwegError) -> DataLoader.Place? {
    guard checkpoint.loader != nil, let stored = state["loader"] else { return nil }
    guard let epoch = stored["epoch"]?.integer, let samples = stored["samples"]?.integer else {
      throw wrong("the place in the data is not one")
    }
    return DataLoader.Place(epoch: epoch, samples: samples)
  }

  /// Of the loader's random orders and transforms; nil in files of versions that did not keep it.
  private func seed() throws(ThalwegError) -> UInt64? {
    guard let stored = state["loader"]?["seed"] else { return nil }
    guard let seed = stored.string.flatMap({ UInt64($0) }) else {
      throw wrong("the loader's seed is not one")
    }
    return seed
  }

  private func named(_ body: () throws(ThalwegError) -> Void) throws(ThalwegError) {
    do throws(ThalwegError) { try body() } catch { throw wrong(error.message) }
  }

  private func wrong(_ what: String) -> ThalwegError {
    ThalwegError(.format, "\(Self.function): '\(path)': \(what)")
  }
}
