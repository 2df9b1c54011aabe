import CHDF5
import Glibc
import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

/// Saving and loading weights: the layout, every bit, and what is refused.
@Suite struct WeightFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model.weights.h5")
  }

  private func perceptron(_ hidden: Int = 4, dtype: DType = .float32) throws -> Sequential {
    try Sequential(
      ThalwegNN.Linear(3, hidden, dtype: dtype), ThalwegNN.ReLU(),
      Sequential(ThalwegNN.Linear(hidden, 2, dtype: dtype), ThalwegNN.Tanh()),
      ThalwegNN.Linear(2, 2, dtype: dtype))
  }

  private func state(_ module: Module) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for (name, tensor) in module.namedParameters() + module.namedBuffers() {
      result[name] = try tensor.bytes()
    }
    return result
  }

  /// A user's own module with every dtype, odd values, a scalar, nothing, and a name that is not ASCII.
  private func custom(_ seed: UInt8 = 0) throws -> Module {
    let module = CustomModule("My Block") { _, input throws(ThalwegError) in input }
    for (index, dtype) in DType.allCases.enumerated() {
      let bytes = (0..<(6 * dtype.size)).map {
        dtype == .bool ? UInt8($0 % 2) : UInt8(truncatingIfNeeded: 251 &* $0) &+ seed
      }
      let tensor = try bytes.withUnsafeBytes { try Tensor(copying: $0, shape: [2, 3], dtype: dtype) }
      if index < 2 {
        try module.registerParameter("p\(dtype)", tensor)
      } else {
        try module.registerBuffer("b\(dtype)", tensor)
      }
    }
    try module.registerBuffer("steps", Tensor.scalar(Double(seed), dtype: .int64))
    try module.registerBuffer("nothing", Tensor.zeros([0, 4]))
    try module.registerParameter(
      "nan", Tensor([Float(bitPattern: 0x7FC1_2345), -0.0, .infinity, Float(seed)], [4]))
    try module.registerModule("größe", ThalwegNN.Linear(3, 2))
    return module
  }

  @Test func everyBitComesBack() throws {
    let (model, other) = (try perceptron(), try perceptron())
    try model.saveWeights(path)
    #expect(try state(model) != state(other))
    try other.loadWeights(path)
    #expect(try state(model) == state(other))

    let (mine, yours) = (try custom(0), try custom(3))
    try mine.saveWeights(path)
    try yours.loadWeights(path)
    #expect(try state(mine) == state(yours))

    let (double, single) = (try perceptron(dtype: .float64), try perceptron())
    try double.saveWeights(path)
    expectError(.format, "0.weight is float64, expected float32") { () throws(ThalwegError) in
      try single.loadWeights(path)
    }
  }

  @Test func layoutIsThatOfKeras() throws {
    let model = try perceptron()
    try model.saveWeights(path)
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      #expect(
        try KerasTree.datasets(file).filter { !$0.hasPrefix("/thalweg") } == [
          "/layers/dense/vars/0", "/layers/dense/vars/1", "/layers/dense_1/vars/0", "/layers/dense_1/vars/1",
          "/layers/sequential/layers/dense/vars/0", "/layers/sequential/layers/dense/vars/1",
        ])
      for empty in ["/vars", "/layers/re_lu/vars", "/layers/sequential/layers/activation/vars"] {
        #expect(try file.members(empty) == [])
      }
      #expect(try file.members("/") == ["layers", "thalweg", "vars"])
      #expect(
        try file.members("/thalweg/tensors") == [
          "0.bias", "0.weight", "2.0.bias", "2.0.weight", "3.bias", "3.weight",
        ])
      let vars = try file.object("/layers/sequential/layers/dense/vars")
      guard let vars else { throw ThalwegError(.internal, "no vars") }
      #expect(try file.string("name", of: vars.id, "vars") == "2.0")
    }
    let kernel = try HDF5.read(path, "layers/dense/vars/0")
    let weight = try #require(model.parameter("0.weight"))
    #expect(kernel.shape == [3, 4])
    #expect(try kernel.toArray() == weight.transpose(0, 1).toArray())
  }

  /// Keras keeps filters as [height, width, in / groups, out].
  @Test func convolutionsLieAsKerasHasThem() throws {
    func net() throws -> Sequential {
      try Sequential(
        Conv2d(2, 4, kernel: [3, 2], groups: 2), MaxPool2d([2]), AvgPool2d([2]), Dropout(0.5),
        Conv2d(4, 1, kernel: [1]))
    }
    let model = try net()
    try model.saveWeights(path)
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      #expect(
        try file.members("/layers") == [
          "average_pooling2d", "conv2d", "conv2d_1", "dropout", "max_pooling2d",
        ])
    }
    let kernel = try HDF5.read(path, "layers/conv2d/vars/0")
    let weight = try #require(model.parameter("0.weight"))
    #expect(kernel.shape == [3, 2, 1, 4])
    #expect(try kernel.toArray() == weight.permute([2, 3, 1, 0]).toArray())
    let other = try net()
    try other.loadWeights(path)
    #expect(try other.parameter("0.weight")?.toArray() == weight.toArray())
  }

  @Test func transposedConvolutionsLieAsKerasHasThem() throws {
    let model = try Sequential(
      Conv1d(2, 3, kernel: [4]), ConvTranspose1d(3, 5, kernel: [2]), MaxPool1d([2]), AvgPool1d([2]))
    try model.registerModule("4", ConvTranspose2d(2, 6, kernel: [3, 4]))
    try model.saveWeights(path)
    for (name, place, axes) in [
      ("0", "conv1d", [2, 1, 0]), ("1", "conv1d_transpose", [2, 1, 0]),
      ("4", "conv2d_transpose", [2, 3, 1, 0]),
    ] {
      let kernel = try HDF5.read(path, "layers/\(place)/vars/0")
      let weight = try #require(model.parameter("\(name).weight")).permute(Dims(axes))
      #expect(kernel.shape == weight.shape)
      #expect(try kernel.toArray() == weight.toArray())
    }
  }

  @Test func kerasOwnFileLoads() throws {
    let model = try perceptron()
    try model.loadWeights(Repository.golden("keras.weights.h5"))
    let kernel = (0..<12).map { Double($0) / 8 - 1 }
    let weight = try #require(model.parameter("0.weight"))
    #expect(try weight.transpose(0, 1).toArray() == kernel)
    #expect(try #require(model.parameter("2.0.bias")).toArray() == [-1, -0.875])
    #expect(weight.requiresGrad)

    let larger = try Sequential(perceptron(), ThalwegNN.Linear(2, 2))
    expectError(
      .format, "missing: 0.2.0.weight (/layers/sequential/layers/sequential/layers/dense/vars/0)",
      "not used: /layers/dense_1/vars/0"
    ) { () throws(ThalwegError) in try larger.loadWeights(Repository.golden("keras.weights.h5")) }
  }

  @Test func everythingThatDoesNotFitIsListed() throws {
    try perceptron().saveWeights(path)
    let other = try Sequential(ThalwegNN.Linear(3, 5), ThalwegNN.ReLU(), ThalwegNN.Linear(5, 2, bias: false))
    let before = try state(other)
    expectError(
      .format, "load_weights: '\(path)' does not fit the module, which is unchanged",
      "missing: 2.weight;", "not used: 2.0.bias, 2.0.weight, 3.bias, 3.weight",
      "wrong: 0.weight has the shape [4, 3], expected [5, 3], 0.bias has the shape [4], expected [5]"
    ) { () throws(ThalwegError) in try other.loadWeights(path) }
    #expect(try state(other) == before)
  }

  @Test func damageIsFoundAndNothingChanges() throws {
    let model = try perceptron()
    try model.saveWeights(path)
    let last = try #require(model.parameter("3.weight"))
    let stored = try last.transpose(0, 1).contiguous().bytes()
    var bytes = try readBytes(path)
    let place = try #require(
      (0..<(bytes.count - stored.count)).first { bytes[$0..<($0 + stored.count)] == stored[...] })
    bytes[place + 1] ^= 1
    try writeBytes(bytes, to: path)
    let other = try perceptron()
    let before = try state(other)
    expectError(.format, "'/thalweg/tensors/3.weight' of '\(path)' is damaged") { () throws(ThalwegError) in
      try other.loadWeights(path)
    }
    #expect(try state(other) == before)
  }

  @Test func otherFormatsAreRefused() throws {
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let writer = try HDF5Writer(creating: path, as: path, session)
      try writer.makeGroup("/thalweg/tensors")
      try writer.setAttribute("format_version", of: "/thalweg", to: 2)
      try writer.close()
    }
    let model = try perceptron()
    expectError(.format, "in format 2; this version, ", "reads format 1") { () throws(ThalwegError) in
      try model.loadWeights(path)
    }
  }

  @Test func sharedModulesAreStoredOnce() throws {
    let shared = try ThalwegNN.Linear(3, 3)
    let model = try Sequential(shared, ThalwegNN.ReLU(), shared, ThalwegNN.Linear(3, 3))
    try model.saveWeights(path)
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let names = try HDF5File(path, session).members("/layers")
      #expect(names == ["dense", "dense_2", "re_lu"])
    }
    let same = try ThalwegNN.Linear(3, 3)
    let twin = try Sequential(same, ThalwegNN.ReLU(), same, ThalwegNN.Linear(3, 3))
    try twin.loadWeights(path)
    #expect(try state(twin) == state(model))
  }

  @Test func namesThatAFileCannotHave() throws {
    for name in ["a/b", "vars", "thalweg"] {
      let module = CustomModule("Block") { _, input throws(ThalwegError) in input }
      try module.registerModule(name, ThalwegNN.Linear(1, 1))
      expectError(.invalidArgument, "save_weights: ", name) { () throws(ThalwegError) in
        try module.saveWeights(path)
      }
    }
    #expect(folder.names == [])
  }

  @Test func snakeCase() {
    for (name, expected) in [
      ("Dense", "dense"), ("ReLU", "re_lu"), ("Conv2D", "conv2d"), ("Conv2DTranspose", "conv2d_transpose"),
      ("BatchNormalization", "batch_normalization"), ("LSTM", "lstm"), ("LSTMCell", "lstm_cell"),
      ("GRU", "gru"),
      ("PReLU", "p_re_lu"), ("ELU", "elu"), ("LeakyReLU", "leaky_re_lu"),
      ("GlobalAveragePooling1D", "global_average_pooling1d"),
      ("My Block", "my_block"), ("TimeDistributed", "time_distributed"), ("", "layer"), ("SeLU", "se_lu"),
      ("StackedRNNCells", "stacked_rnn_cells"), ("A", "a"), ("aB", "a_b"), ("ABc", "a_bc"),
      ("MLPMixer2", "mlp_mixer2"),
    ] {
      #expect(KerasTree.snakeCase(name) == expected)
    }
  }
}
