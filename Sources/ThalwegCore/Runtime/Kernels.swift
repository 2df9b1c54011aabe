package import CKernels
import Glibc
import ThalwegKernels
import ThalwegKernelsV3
import ThalwegKernelsV4

/// The kernels of the instruction set in use. A plain load: the table is there before the first call.
package var kernels: UnsafePointer<tk_table> {
  @inline(__always) get { tk_current() }
}

/// The instruction sets that the kernels are built for.
public enum InstructionSet: Int32, Sendable, CaseIterable {
  case baseline = 0
  /// x86-64-v3: AVX2 and FMA.
  case v3 = 3
  /// x86-64-v4: AVX-512 F, BW, CD, DQ and VL.
  case v4 = 4

  /// The best one that this machine has.
  public static var best: InstructionSet { InstructionSet(rawValue: tk_best_isa()) ?? .baseline }

  /// The one in use, chosen when the library is loaded: the best one, unless the environment variable
  /// `THALWEG_ISA` names another that the machine has.
  public static var current: InstructionSet {
    let name = kernels.pointee.name
    if named(name, .v4) { return .v4 }
    return named(name, .v3) ? .v3 : .baseline
  }

  /// "baseline", "v3" or "v4".
  public var name: StaticString {
    switch self {
    case .baseline: "baseline"
    case .v3: "v3"
    case .v4: "v4"
    }
  }

  /// The one of that name, if there is one.
  static func named(_ name: UnsafePointer<CChar>) -> InstructionSet? {
    if named(name, .baseline) { return .baseline }
    if named(name, .v3) { return .v3 }
    return named(name, .v4) ? .v4 : nil
  }

  private static func named(_ name: UnsafePointer<CChar>?, _ set: InstructionSet) -> Bool {
    guard let name else { return false }
    let own = UnsafeRawPointer(set.name.utf8Start).assumingMemoryBound(to: CChar.self)
    return strcmp(name, own) == 0
  }

  package var table: UnsafePointer<tk_table> {
    switch self {
    case .baseline: ThalwegKernels.kernelTable()
    case .v3: ThalwegKernelsV3.kernelTable()
    case .v4: ThalwegKernelsV4.kernelTable()
    }
  }
}

/// Runs when the library is loaded (CSystem's constructor), before the Swift runtime is sure to be ready: so
/// no arrays, strings or metadata here.
@c(thalweg_start)
func start() {
  var chosen = InstructionSet.best
  if let wish = getenv("THALWEG_ISA"), wish.pointee != 0 {
    if let set = InstructionSet.named(wish) {
      if set.rawValue <= chosen.rawValue {
        chosen = set
      } else {
        Log.sendLater("THALWEG_ISA names an instruction set that this machine lacks: using the best it has")
      }
    } else {
      Log.sendLater("THALWEG_ISA is none of baseline, v3 and v4: using the best this machine has")
    }
  }
  tk_activate(chosen.table)
}
