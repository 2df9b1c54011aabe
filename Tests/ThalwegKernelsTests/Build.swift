import Testing
import CKernels
import ThalwegKernels
import ThalwegKernelsV3
import ThalwegKernelsV4

/// A build of the kernels that this CPU can run. Every test runs on each.
struct Build: CustomTestStringConvertible, Sendable {
  let name: String
  nonisolated(unsafe) let table: UnsafePointer<tk_table>

  var testDescription: String { name }

  static let all: [Build] = {
    let best = tk_best_isa()
    var builds = [Build(name: "baseline", table: ThalwegKernels.kernelTable())]
    if best >= 3 { builds.append(Build(name: "v3", table: ThalwegKernelsV3.kernelTable())) }
    if best >= 4 { builds.append(Build(name: "v4", table: ThalwegKernelsV4.kernelTable())) }
    return builds
  }()

  var kernels: tk_table { table.pointee }
}
