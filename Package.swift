// swift-tools-version: 6.2
// The development build: the Swift product and the unit tests. CMakeLists.txt is the shipping build.
import PackageDescription

/// The kernels are one folder of sources, built once per instruction set; the symlinked folders
/// beside it give SwiftPM a folder a target. A build for one instruction set gets its own flags here.
func kernels(_ name: String, define: String? = nil, march: [String] = []) -> Target {
  var settings: [SwiftSetting] = [.unsafeFlags(["-Ounchecked", "-wmo"])]
  #if arch(x86_64)
    settings.append(.unsafeFlags(march.flatMap { ["-Xcc", $0] }))
  #endif
  if let define { settings.append(.define(define)) }
  return .target(name: name, dependencies: ["CKernels"], swiftSettings: settings)
}

let package = Package(
  name: "thalweg",
  products: [.library(name: "Thalweg", targets: ["Thalweg"])],
  targets: [
    .target(name: "CThalweg"),
    .target(name: "CSystem"),
    .target(name: "CKernels"),
    .target(name: "CHDF5", cSettings: [.unsafeFlags(["-I/usr/include/hdf5/serial"])]),
    kernels("ThalwegKernels"),
    kernels("ThalwegKernelsV3", define: "THALWEG_V3", march: ["-march=x86-64-v3"]),
    kernels(
      "ThalwegKernelsV4", define: "THALWEG_V4",
      march: ["-march=x86-64-v4", "-mprefer-vector-width=512"]),
    .target(
      name: "ThalwegCore",
      dependencies: [
        "CThalweg", "CSystem", "CKernels", "ThalwegKernels", "ThalwegKernelsV3", "ThalwegKernelsV4",
      ]),
    .target(name: "ThalwegNN", dependencies: ["ThalwegCore"]),
    .target(name: "ThalwegFlow", dependencies: ["ThalwegNN"]),
    .target(name: "ThalwegIO", dependencies: ["ThalwegNN", "CHDF5"]),
    .target(name: "ThalwegC", dependencies: ["CThalweg", "ThalwegFlow", "ThalwegIO"]),
    .target(name: "Thalweg", dependencies: ["ThalwegFlow", "ThalwegIO", "ThalwegC"]),
    .testTarget(
      name: "ThalwegKernelsTests",
      dependencies: ["CKernels", "ThalwegKernels", "ThalwegKernelsV3", "ThalwegKernelsV4"]),
    .testTarget(name: "ThalwegCoreTests", dependencies: ["ThalwegCore"]),
    .testTarget(name: "ThalwegNNTests", dependencies: ["ThalwegNN"]),
    .testTarget(name: "ThalwegFlowTests", dependencies: ["ThalwegFlow"]),
    .testTarget(name: "ThalwegIOTests", dependencies: ["ThalwegIO"]),
    .testTarget(name: "ThalwegCTests", dependencies: ["ThalwegC"]),
  ],
  swiftLanguageModes: [.v6]
)
