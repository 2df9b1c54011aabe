// swift-tools-version: 6.2
// The development build: the Swift product and the unit tests. CMakeLists.txt is the shipping build.
import PackageDescription

/// What every Swift target is built with.
let common: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

/// The kernels are one folder of sources, built once per instruction set; the symlinked folders
/// beside it give SwiftPM a folder a target. A build for one instruction set gets its own flags here.
func kernels(_ name: String, define: String? = nil, march: [String] = []) -> Target {
  var settings = common + [.unsafeFlags(["-Ounchecked", "-wmo"])]
  #if arch(x86_64)
    settings.append(.unsafeFlags(march.flatMap { ["-Xcc", $0] }))
  #endif
  if let define { settings.append(.define(define)) }
  return .target(name: name, dependencies: ["CKernels"], swiftSettings: settings)
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: common)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: common)
}

let package = Package(
  name: "thalweg",
  products: [.library(name: "Thalweg", targets: ["Thalweg"])],
  targets: [
    .target(name: "CThalweg"),
    .target(name: "CSystem"),
    .target(name: "CKernels"),
    .target(
      name: "CHDF5", cSettings: [.unsafeFlags(["-I/usr/include/hdf5/serial"])],
      linkerSettings: [.linkedLibrary("z")]),
    .executableTarget(name: "thalweg-reader", dependencies: ["CHDF5"], path: "Sources/ThalwegReader"),
    kernels("ThalwegKernels"),
    kernels("ThalwegKernelsV3", define: "THALWEG_V3", march: ["-march=x86-64-v3"]),
    kernels(
      "ThalwegKernelsV4", define: "THALWEG_V4",
      march: ["-march=x86-64-v4", "-mprefer-vector-width=512"]),
    module(
      "ThalwegCore",
      ["CThalweg", "CSystem", "CKernels", "ThalwegKernels", "ThalwegKernelsV3", "ThalwegKernelsV4"]),
    module("ThalwegNN", ["ThalwegCore"]),
    module("ThalwegFlow", ["ThalwegNN"]),
    module("ThalwegIO", ["ThalwegNN", "CHDF5"]),
    module("ThalwegC", ["CThalweg", "CSystem", "ThalwegFlow", "ThalwegIO"]),
    module("Thalweg", ["ThalwegFlow", "ThalwegIO", "ThalwegC"]),
    tests(
      "ThalwegKernelsTests", ["CKernels", "ThalwegKernels", "ThalwegKernelsV3", "ThalwegKernelsV4"]),
    tests("ThalwegCoreTests", ["ThalwegCore"]),
    tests("ThalwegNNTests", ["ThalwegNN"]),
    tests("ThalwegFlowTests", ["ThalwegFlow"]),
    tests("ThalwegIOTests", ["ThalwegIO"]),
    tests("ThalwegCTests", ["ThalwegC"]),
  ],
  swiftLanguageModes: [.v6]
)
