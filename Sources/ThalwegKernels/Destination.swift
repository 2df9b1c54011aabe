import CKernels

// Where a loop's results go: through the caches, or past them. What is larger than all caches is better written past
// them: writing a line through them reads it first.

protocol Destination {
  static func put<E: Element>(_ x: Pack<E>, _ p: UnsafeMutablePointer<E>)
}

enum Cached: Destination {
  @inline(__always)
  static func put<E: Element>(_ x: Pack<E>, _ p: UnsafeMutablePointer<E>) { x.store(p) }
}

/// At multiples of 64 bytes; `tk_stream_end` has to follow.
enum Streamed: Destination {
  @inline(__always)
  static func put<E: Element>(_ x: Pack<E>, _ p: UnsafeMutablePointer<E>) { E.stream(p, x.lanes) }

  /// Whether n elements are to be streamed to `out`; what is read from the same place is in the cache anyway.
  @inline(__always)
  static func suits<E: Element>(_ n: Int, _ out: UnsafeMutablePointer<E>, _ a: Address, _ b: Address) -> Bool
  {
    E.streams && n >= Int(TK_STREAM) && isWhole(out) && Address(out) != a && Address(out) != b
  }

  @inline(__always)
  private static func isWhole<E: Element>(_ out: UnsafeMutablePointer<E>) -> Bool {
    UInt(bitPattern: out) & UInt(MemoryLayout<E>.size &- 1) == 0
  }

  /// Elements before the first one at a multiple of 64 bytes.
  @inline(__always)
  static func head<E: Element>(_ out: UnsafeMutablePointer<E>) -> Int {
    Int((0 &- UInt(bitPattern: out)) & 63) / MemoryLayout<E>.size
  }

  /// Whether rows of `n` elements, `step` apart, can be streamed from their first element to their last.
  @inline(__always)
  static func suitsRows<E: Element>(_ out: UnsafeMutablePointer<E>, _ n: Int, _ step: Int) -> Bool {
    E.streams && (UInt(bitPattern: out) | UInt(bitPattern: step &* MemoryLayout<E>.size)) & 63 == 0
      && n % width == 0
  }
}
