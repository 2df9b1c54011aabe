import Glibc
import Synchronization

/// Which operations' memory was in use when most was. While it is on, each block remembers which operation asked for it;
/// whenever more is in use than ever since the start, what each has is noted. It costs a search through the names at each
/// block; while it is off, one load.
public enum MemoryProfile {
  /// What one operation had in use.
  public struct Share {
    /// The name that its errors tell, such as "conv2d".
    public let operation: StaticString
    public internal(set) var bytes: Int
    public internal(set) var blocks: Int
  }

  private static let switchedOn = Atomic<Bool>(false)
  // What follows under the ledger's lock.
  nonisolated(unsafe) private static var shares: [Share] = []
  nonisolated(unsafe) private static var atPeak: [Share] = []
  nonisolated(unsafe) private static var sums = (now: 0, peak: 0)
  /// Tells blocks of this profile from those of one before.
  nonisolated(unsafe) private static var generation = 0

  private static let operationLimit = 1 << 16

  @inline(__always)
  static var isOn: Bool { switchedOn.load(ordering: .relaxed) }

  /// Begins anew with what is in use now, or ends: then the shares stay as they are.
  public static func set(_ on: Bool) {
    let inUse = Memory.statistics.bytesInUse
    MemoryLedger.lock.pointee.lock()
    defer { MemoryLedger.lock.pointee.unlock() }
    if on {
      generation &+= 1
      shares = [Share(operation: "before", bytes: inUse, blocks: 0)]
      atPeak = shares
      sums = (inUse, inUse)
    }
    switchedOn.store(on, ordering: .relaxed)
  }

  /// What was in use when most was since the profile began, largest first. "before" is what was
  /// in use already, whoever asked for it.
  public static var peak: [Share] {
    MemoryLedger.lock.pointee.lock()
    defer { MemoryLedger.lock.pointee.unlock() }
    return atPeak.filter { $0.bytes > 0 }.sorted { ($0.bytes, $0.blocks) > ($1.bytes, $1.blocks) }
  }

  @inline(never)
  static func note(_ block: Block, _ bytes: Int, _ operation: StaticString) {
    MemoryLedger.lock.pointee.lock()
    defer { MemoryLedger.lock.pointee.unlock() }
    guard !shares.isEmpty else { return }
    var index = shares.firstIndex { same($0.operation, operation) } ?? shares.count
    if index == shares.count {
      if index < operationLimit {
        shares.append(Share(operation: operation, bytes: 0, blocks: 0))
      } else {
        index = 0
      }
    }
    block.pointee.profile = generation &* operationLimit &+ index
    shares[index].bytes &+= bytes
    shares[index].blocks &+= 1
    sums.now &+= bytes
    if sums.now > sums.peak {
      sums.peak = sums.now
      atPeak = shares
    }
  }

  @inline(never)
  static func forget(_ block: Block, _ bytes: Int) {
    MemoryLedger.lock.pointee.lock()
    defer { MemoryLedger.lock.pointee.unlock() }
    let index = block.pointee.profile &- generation &* operationLimit
    block.pointee.profile = 0
    guard !shares.isEmpty else { return }
    let known = shares.indices.contains(index) ? index : 0
    shares[known].bytes &-= bytes
    if known != 0 { shares[known].blocks &-= 1 }
    sums.now &-= bytes
  }

  private static func same(_ a: StaticString, _ b: StaticString) -> Bool {
    guard a.hasPointerRepresentation, b.hasPointerRepresentation, a.utf8CodeUnitCount == b.utf8CodeUnitCount
    else {
      return false
    }
    return a.utf8Start == b.utf8Start || memcmp(a.utf8Start, b.utf8Start, a.utf8CodeUnitCount) == 0
  }
}
