import CHDF5
import Testing
import ThalwegCore

@testable import ThalwegIO
@testable import ThalwegNN

/// Whole models in files: everything comes back, and what is damaged, newer, foreign or hostile is an error.
@Suite struct ModelFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("digits.model.h5")
  }

  /// Every layer that there is, nested, with options that are not the defaults.
  private func everyLayer(_ dtype: DType = .float32) throws -> Sequential {
    try Sequential(
      ThalwegNN.Conv2d(
        2, 4, kernel: [3, 2], stride: [1, 2], padding: .zeros([1, 0, 2, 1]), groups: 2, dtype: dtype),
      ThalwegNN.ReLU(),
      ThalwegNN.Conv2d(4, 3, kernel: [2], padding: .same, dilation: [2], bias: false, dtype: dtype),
      Sequential(
        ThalwegNN.MaxPool2d([2], stride: [1], padding: [1], ceilMode: true), ThalwegNN.Sigmoid(),
        ThalwegNN.ConvTranspose2d(
          3, 6, kernel: [2, 3], stride: [2, 1], padding: [0, 1], outputPadding: [1, 0], groups: 3,
          dtype: dtype
        ), ThalwegNN.AdaptiveMaxPool2d([7, -1]), ThalwegNN.AdaptiveAvgPool2d([6, 5])),
      ThalwegNN.AvgPool2d([2, 1], padding: [1, 0], countsPadding: false, divisor: 3),
      ThalwegNN.Dropout(0.25), ThalwegNN.Flatten(-3, -1),
      // What comes is [2, ...]: for these one sequence of two channels.
      Sequential(
        Sequential(), ThalwegNN.Conv1d(2, 4, kernel: [4], padding: .same, dilation: [3], dtype: dtype),
        ThalwegNN.MaxPool1d([3], stride: [2], dilation: [2], ceilMode: true),
        ThalwegNN.AvgPool1d([2], padding: [1], countsPadding: false),
        ThalwegNN.ConvTranspose1d(4, 2, kernel: [3], stride: [2], padding: [1], bias: false, dtype: dtype),
        ThalwegNN.AdaptiveMaxPool1d([30]), ThalwegNN.AdaptiveAvgPool1d([20])),
      ThalwegNN.Linear(3 * 6 * 5, 4, dtype: dtype), ThalwegNN.Tanh())
  }

  private func input(_ dtype: DType = .float32) throws -> Tensor {
    try Tensor.randn([2, 2, 8, 7], dtype: dtype, generator: Generator(seed: 3))
  }

  /// Calls `module` on what it can take: the last Linear is made to fit.
  private func fitted(_ dtype: DType = .float32) throws -> Sequential {
    let model = try everyLayer(dtype)
    var x = try input(dtype)
    for (name, child) in model.children where Int(name) ?? 9 < 8 { x = try child(x) }
    try model.registerModule("8", ThalwegNN.Linear(x.shape[1], 4, bias: dtype == .float32, dtype: dtype))
    return model
  }

  private func state(_ module: Module) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for (name, tensor) in module.namedParameters() + module.namedBuffers() {
      result[name] = try tensor.bytes()
    }
    return result
  }

  /// Writes a model file with this text as its architecture, beside the weights of `module`.
  private func write(_ text: String, _ module: Module) throws {
    try WeightFile.save(KerasTree.groups(of: module, "test"), architecture: text, to: path, "test")
  }

  @Test(arguments: [DType.float32, .float64]) func everyLayerComesBack(dtype: DType) throws {
    let model = try fitted(dtype)
    try #require(model.parameter("0.weight")).setRequiresGrad(false)
    model.train(false)
    model.module("3")?.train(true)
    try model.save(path)
    let loaded = try Module.load(path)
    #expect(loaded is Sequential)
    #expect(try state(loaded) == state(model))
    #expect(try loaded(input(dtype)).bytes() == model(input(dtype)).bytes())
    #expect(loaded.namedParameters().map(\.name) == model.namedParameters().map(\.name))
    for (own, other) in zip(loaded.namedModules(), model.namedModules()) {
      #expect(own.name == other.name && own.module.typeName == other.module.typeName)
      #expect(own.module.isTraining == other.module.isTraining)
      #expect(own.module.optionsText == other.module.optionsText)
    }
    for (name, tensor) in loaded.namedParameters() {
      #expect(tensor.dtype == dtype && tensor.requiresGrad == (name != "0.weight"))
    }
    let first = try readBytes(path)
    try loaded.save(path)
    #expect(try readBytes(path) == first)

    let twin = try fitted(dtype)
    try twin.loadWeights(path)
    #expect(try state(twin) == state(model))
  }

  @Test func whatIsSharedStaysShared() throws {
    let shared = try Sequential(ThalwegNN.Linear(3, 3), ThalwegNN.ReLU())
    let tied = try ThalwegNN.Linear(3, 3)
    try tied.registerParameter("weight", shared.parameter("0.weight"))
    try tied.registerBuffer("steps", Tensor.scalar(7, dtype: .int64))
    let model = try Sequential(Sequential(shared), shared, tied)
    try model.save(path)
    let loaded = try Module.load(path)
    #expect(loaded.module("0.0") === loaded.module("1"))
    #expect(loaded.parameter("2.weight") === loaded.parameter("1.0.weight"))
    #expect(loaded.namedParameters().map(\.name) == model.namedParameters().map(\.name))
    #expect(try state(loaded) == state(model))
  }

  @Test func usersOwnModules() throws {
    let block = CustomModule("Residual") { module, input throws(ThalwegError) in
      try input + module.requiredChild("inner")(input)
    }
    try block.registerModule("inner", ThalwegNN.Linear(3, 3))
    let model = try Sequential(ThalwegNN.Linear(3, 3), block)
    try model.save(path)
    expectError(.format, "load: '\(path)': 1 is a Residual") { () throws(ThalwegError) in
      _ = try Module.load(path)
    }
    let loaded = try Module.load(
      path,
      makers: [
        "Residual": { () throws(ThalwegError) in
          let made = CustomModule("Residual") { module, input throws(ThalwegError) in
            try input + module.requiredChild("inner")(input)
          }
          try made.registerModule("inner", ThalwegNN.Linear(3, 3))
          return made
        }
      ])
    let x = try Tensor.randn([2, 3])
    #expect(try loaded(x).bytes() == model(x).bytes())
    expectError(.format, "load: '\(path)': 1.inner: a tensor is float32 [3, 3]") { () throws(ThalwegError) in
      _ = try Module.load(
        path,
        makers: [
          "Residual": { () throws(ThalwegError) in
            let made = CustomModule("Residual") { _, input throws(ThalwegError) in input }
            try made.registerModule("inner", ThalwegNN.Linear(2, 3))
            return made
          }
        ])
    }
  }

  @Test func weightsAloneAndOtherVersions() throws {
    try fitted().saveWeights(path)
    expectError(.format, "load: '\(path)' has no architecture") { () throws(ThalwegError) in
      _ = try Module.load(path)
    }
    expectError(.format, "has no architecture") { () throws(ThalwegError) in
      _ = try Module.load(Repository.golden("keras.weights.h5"))
    }
    expectError(.io, "load: ") { () throws(ThalwegError) in _ = try Module.load(folder.file("none.h5")) }
    let newer = folder.file("newer.h5")
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let writer = try HDF5Writer(creating: newer, as: newer, session)
      try writer.makeGroup("/thalweg/tensors")
      try writer.setAttribute("format_version", of: "/thalweg", to: 2)
      try writer.setAttribute("engine_version", of: "/thalweg", to: "9.1.0")
      try writer.close()
    }
    expectError(
      .format, "written by Thalweg 9.1.0 in format 2; this version, \(Version.text), reads format 1"
    ) {
      () throws(ThalwegError) in _ = try Module.load(newer)
    }
  }

  @Test func hostileDescriptions() throws {
    let model = try ThalwegNN.Linear(2, 2)
    func module(_ text: String) -> String { #"{"modules":[\#(text)]}"# }
    func layer(_ name: String, _ options: String, _ members: String = "") -> String {
      module(#"{"layer":"\#(name)","options":{\#(options)},"training":true,"members":[\#(members)]}"#)
    }
    let chain = (0..<300).map {
      #"{"layer":"Sequential","options":{},"training":true,"members":[{"name":"a","module":\#(min($0 + 1, 299))}]}"#
    }
    for (text, part) in [
      ("", "JSON"), ("{}", "no list"), ("[]", "no list"), (module(""), "no list"), (module("1"), "module 0"),
      (layer("Linear", ""), "in_features is missing"),
      (layer("Linear", #""in_features":-1,"out_features":2"#), "in_features"),
      (layer("Linear", #""in_features":"2","out_features":2"#), "in_features"),
      (layer("Linear", #""in_features":2,"out_features":2,"scale":1"#), "no option scale"),
      (layer("Linear", #""in_features":99999999999999,"out_features":2"#), "in_features"),
      (layer("Dropout", #""p":1.5"#), "from 0 to 1"), (layer("Attention", ""), "does not have"),
      (layer("ReLU", "", #"{"name":"w","parameter":"none","requires_grad":true}"#), "no data set"),
      (layer("ReLU", "", #"{"name":"w","parameter":"../x/a","requires_grad":true}"#), "cannot be one"),
      (layer("ReLU", "", #"{"name":"w.x","parameter":"weight","requires_grad":true}"#), "cannot be used"),
      (layer("ReLU", "", #"{"name":"a","module":0}"#), "module 0"),
      (layer("ReLU", "", #"{"name":"a","module":1}"#), "module 0"),
      (module(chain.joined(separator: ",")), "at most 256 are possible"),
      (
        module(chain[..<2].joined(separator: ",") + "," + chain[0]), "a module tree has no circles"
      ),
      (module(String(repeating: "[", count: 100_000)), "deeper than"),
      (
        layer(
          "MaxPool2d", #""kernel_size":[0],"stride":[1],"padding":[0],"dilation":[1],"ceil_mode":false"#),
        "kernel_size"
      ),
    ] {
      try write(text, model)
      expectError(.format, "load: ", part) { () throws(ThalwegError) in _ = try Module.load(path) }
    }
  }

  /// One byte of the description changed, with a checksum that fits: an error, or a module that computes or refuses.
  @Test func mutationsOfTheDescription() throws {
    let model = try fitted()
    let text = Array(try ModelDescription(of: model).json.text.utf8)
    var random = SystemRandom(state: 11)
    let letters = Array("0123456789-\"{}[],:.eabtrue\\".utf8) + [0, 0x80]
    var loaded = 0
    let sample = try input()
    for _ in 0..<3000 {
      var changed = text
      for _ in 0..<(1 + random.next(3)) {
        changed[random.next(changed.count)] = letters[random.next(letters.count)]
      }
      do throws(ThalwegError) {
        let description = try ModelDescription(JSONReader.read(changed))
        let builder = try ModelBuilder(description, [:])
        var tensors: [String: Tensor] = [:]
        for name in description.tensors { tensors[name] = model.parameter(name) }
        let module = try builder.build(tensors)
        loaded += 1
        _ = try module.forward(sample)
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
    #expect(loaded > 0)
  }

  @Test func damageAnywhereIsAnError() throws {
    try Sequential(ThalwegNN.Linear(2, 2), ThalwegNN.ReLU()).save(path)
    let bytes = try readBytes(path)
    let place = try #require(
      (0..<(bytes.count - 6)).first { Array(bytes[$0..<($0 + 6)]) == Array("Linear".utf8) })
    var damaged = bytes
    damaged[place] ^= 1
    try writeBytes(damaged, to: path)
    expectError(.format, "'/thalweg/architecture' of '\(path)' is damaged") { () throws(ThalwegError) in
      _ = try Module.load(path)
    }
    for size in stride(from: 0, to: bytes.count, by: 131) {
      try writeBytes(Array(bytes[..<size]), to: path)
      expectError(.format, "load: ") { () throws(ThalwegError) in _ = try Module.load(path) }
    }
  }
}

private struct SystemRandom {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}

extension Module {
  fileprivate func requiredChild(_ name: String) throws(ThalwegError) -> Module {
    guard let child = module(name) else { throw ThalwegError(.invalidArgument, "no child \(name)") }
    return child
  }
}
