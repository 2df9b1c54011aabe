import CSystem
import Synchronization
import ThalwegCore

// Handles of the C interface. A handle is a token, not an address:
//
//   bits 58-63  a mark that no address has, so that a pointer passed by mistake is recognised
//   bits 54-57  the kind of object
//   bits 30-53  generation of the slot
//   bits  0-29  slot
//
// A slot is an atomic word beside a reference to the object. Looking a handle up pins the slot, checks generation and
// state, retains the object and unpins, so a look-up that races with the last release gets the object or an error,
// never freed memory. There are no locks: a fork in the middle of anything leaves the child's table usable. One object
// has one token (kept in the object), whose references count how often it was handed out.

/// The kinds of object that have handles.
enum HandleKind: UInt {
  case tensor = 1
  case module = 2
  case optimizer = 3
  case generator = 4
  case loader = 5
  case schedule = 6
  case checkpoint = 7
  case context = 8
  case text = 9
  case file = 10
  case writer = 11
  case step = 12

  static func name(_ bits: UInt) -> StaticString {
    switch HandleKind(rawValue: bits) {
    case .tensor: "a tensor"
    case .module: "a module"
    case .optimizer: "an optimizer"
    case .generator: "a generator"
    case .loader: "a data loader"
    case .schedule: "a schedule"
    case .checkpoint: "a checkpoint"
    case .context: "a context"
    case .text: "a text"
    case .file: "a file"
    case .writer: "a writer"
    case .step: "a step"
    case nil: "no object"
    }
  }
}

enum Handles {
  /// The object that a handle stands for.
  /// - Parameters:
  ///   - function: as `#function` gives it.
  ///   - argument: the parameter's name, for the error.
  static func object<T: Object>(
    _ handle: OpaquePointer?, _ kind: HandleKind, as type: T.Type, _ argument: StaticString,
    _ function: StaticString
  ) throws(ThalwegError) -> T {
    let token = UInt(bitPattern: handle)
    guard Token.isMarked(token, kind), let slot = Table.slot(at: Token.slot(token)) else {
      throw invalid(token, kind, argument, function)
    }
    let before = slot.pointee.word.wrappingAdd(Word.onePin, ordering: .acquiring).oldValue
    defer { Table.unpin(slot, Token.slot(token)) }
    guard Word.isLive(before), Word.generation(before) == Token.generation(token),
      let object = slot.pointee.object?.takeUnretainedValue(),
      object.token.load(ordering: .relaxed) == token  // not so for bits made up by the caller
    else {
      throw invalid(token, kind, argument, function)
    }
    return unsafeDowncast(object, to: type)
  }

  /// A handle for `object` with one more reference.
  static func reference(to object: Object, _ kind: HandleKind) throws(ThalwegError) -> OpaquePointer? {
    while true {
      let known = object.token.load(ordering: .acquiring)
      if known != 0, try Table.addReference(known) { return OpaquePointer(bitPattern: known) }
      let token = try Table.insert(object, kind)
      if object.token.compareExchange(expected: known, desired: token, ordering: .acquiringAndReleasing)
        .exchanged
      {
        return OpaquePointer(bitPattern: token)
      }
      Table.release(token)  // another thread was faster
    }
  }

  /// Drops one reference of a handle. Does nothing for NULL and for what is no handle of this kind.
  static func release(_ handle: OpaquePointer?, _ kind: HandleKind) {
    let token = UInt(bitPattern: handle)
    if Token.kind(token) == kind.rawValue { Table.release(token) }
  }

  private static func invalid(
    _ token: UInt, _ kind: HandleKind, _ argument: StaticString, _ function: StaticString
  ) -> ThalwegError {
    let name = bareName(function)
    let wanted = HandleKind.name(kind.rawValue)
    if token == 0 {
      return ThalwegError(.invalidArgument, "\(name): \(argument) is NULL; it must be \(wanted)")
    }
    if !Token.isMarked(token) || HandleKind(rawValue: Token.kind(token)) == nil {
      return ThalwegError(
        .invalidHandle, "\(name): \(argument) is not a handle of this library; it must be \(wanted)")
    }
    if Token.kind(token) != kind.rawValue {
      return ThalwegError(
        .invalidHandle, "\(name): \(argument) is \(HandleKind.name(Token.kind(token))); it must be \(wanted)")
    }
    return ThalwegError(.invalidHandle, "\(name): \(argument) is \(wanted) that was released already")
  }
}

/// The parts of a handle.
private enum Token {
  private static let mark: UInt = 0b101101

  static func make(_ kind: HandleKind, generation: UInt, slot: UInt) -> UInt {
    mark << 58 | kind.rawValue << 54 | generation << 30 | slot
  }
  static func isMarked(_ token: UInt) -> Bool { token &>> 58 == mark }
  static func isMarked(_ token: UInt, _ kind: HandleKind) -> Bool {
    token &>> 54 == mark &<< 4 | kind.rawValue
  }
  static func kind(_ token: UInt) -> UInt { token &>> 54 & 0xF }
  static func generation(_ token: UInt) -> UInt { token &>> 30 & 0xFF_FFFF }
  static func slot(_ token: UInt) -> UInt { token & 0x3FFF_FFFF }
}

/// The parts of a slot's word: pins, references, whether an object is in it, generation. A slot whose references are
/// gone stays live until its last pin is.
private enum Word {
  static let onePin: UInt = 1
  static let oneReference: UInt = 1 << 16
  static let live: UInt = 1 << 39
  static let maxReferences: UInt = (1 << 23) - 1
  static let lastGeneration: UInt = 0xFF_FFFF

  static func pins(_ word: UInt) -> UInt { word & 0xFFFF }
  static func references(_ word: UInt) -> UInt { word &>> 16 & maxReferences }
  static func isLive(_ word: UInt) -> Bool { word & live != 0 && references(word) > 0 }
  static func isOver(_ word: UInt) -> Bool { word & live != 0 && references(word) == 0 && pins(word) == 0 }
  static func generation(_ word: UInt) -> UInt { word &>> 40 }
}

/// The slots, in segments that double in size and never move.
private enum Table {
  struct Slot: ~Copyable {
    let word = Atomic<UInt>(0)
    let nextFree = Atomic<UInt>(0)  // slot + 1; 0 ends the list
    var object: Unmanaged<Object>?
  }

  /// Lies in static memory that is zero at first.
  struct State: ~Copyable {
    /// Slots ever used.
    let used: Atomic<UInt>
    /// The free slots as a stack: slot + 1 in the low 30 bits, above it a count that changes at every push and pop.
    let free: Atomic<UInt>
  }

  @inline(__always)
  private static var state: UnsafeMutablePointer<State> {
    tw_handle_area_start().assumingMemoryBound(to: State.self)
  }

  private static let firstSize: UInt = 1024
  private static let segmentCount = 20
  /// The segments' addresses; 0 where there is none yet.
  @inline(__always)
  private static var segments: UnsafeMutablePointer<Atomic<UInt>> {
    (tw_handle_area_start() + MemoryLayout<State>.stride).assumingMemoryBound(to: Atomic<UInt>.self)
  }

  @inline(__always)
  private static func place(_ index: UInt) -> (segment: Int, offset: Int) {
    let shifted = index &+ firstSize
    let segment = 53 &- shifted.leadingZeroBitCount
    return (segment, Int(bitPattern: shifted &- firstSize &<< UInt(bitPattern: segment)))
  }

  static func slot(of token: UInt) -> UnsafeMutablePointer<Slot>? {
    guard Token.isMarked(token) else { return nil }
    return slot(at: Token.slot(token))
  }

  @inline(__always)
  static func slot(at index: UInt) -> UnsafeMutablePointer<Slot>? {
    let (segment, offset) = place(index)
    guard segment < segmentCount else { return nil }
    let base = segments[segment].load(ordering: .acquiring)
    guard let start = UnsafeMutablePointer<Slot>(bitPattern: base) else { return nil }
    return start + offset
  }

  static func insert(_ object: Object, _ kind: HandleKind) throws(ThalwegError) -> UInt {
    let index = try takeSlot()
    guard let slot = slot(at: index) else {
      throw ThalwegError(.internal, "handles: slot \(index) has no segment")
    }
    slot.pointee.object = Unmanaged.passRetained(object)
    // Added rather than stored: a look-up with an old handle may have the slot pinned.
    let word = slot.pointee.word.wrappingAdd(Word.live | Word.oneReference, ordering: .releasing).newValue
    return Token.make(kind, generation: Word.generation(word), slot: index)
  }

  private static func takeSlot() throws(ThalwegError) -> UInt {
    var head = state.pointee.free.load(ordering: .acquiring)
    while head & 0x3FFF_FFFF != 0, let slot = slot(at: (head & 0x3FFF_FFFF) - 1) {
      let next = (head >> 30 &+ 1) << 30 | slot.pointee.nextFree.load(ordering: .relaxed)
      let (exchanged, current) = state.pointee.free.compareExchange(
        expected: head, desired: next, ordering: .acquiringAndReleasing)
      if exchanged { return (head & 0x3FFF_FFFF) - 1 }
      head = current
    }
    let index = state.pointee.used.wrappingAdd(1, ordering: .relaxed).oldValue
    let (segment, _) = place(index)
    guard segment < segmentCount, index < 0x3FFF_FFFF else {
      state.pointee.used.wrappingSubtract(1, ordering: .relaxed)
      throw ThalwegError(.outOfMemory, "handles: \(index) handles are in use, the most there can be")
    }
    if segments[segment].load(ordering: .acquiring) == 0 { addSegment(segment) }
    return index
  }

  private static func addSegment(_ segment: Int) {
    let count = Int(firstSize) << segment
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
    for i in 0..<count { (slots + i).initialize(to: Slot()) }
    let mine = UInt(bitPattern: slots)
    if !segments[segment].compareExchange(expected: 0, desired: mine, ordering: .acquiringAndReleasing)
      .exchanged
    {
      slots.deallocate()  // another thread was faster
    }
  }

  /// Adds a reference if the token's slot still holds its object.
  static func addReference(_ token: UInt) throws(ThalwegError) -> Bool {
    guard let slot = slot(of: token) else { return false }
    var word = slot.pointee.word.load(ordering: .relaxed)
    while Word.isLive(word), Word.generation(word) == Token.generation(token) {
      guard Word.references(word) < Word.maxReferences else {
        throw ThalwegError(.outOfMemory, "handles: one object was handed out \(Word.maxReferences) times")
      }
      let (exchanged, current) = slot.pointee.word.compareExchange(
        expected: word, desired: word + Word.oneReference, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      word = current
    }
    return false
  }

  static func release(_ token: UInt) {
    guard let slot = slot(of: token) else { return }
    var word = slot.pointee.word.load(ordering: .relaxed)
    while Word.isLive(word), Word.generation(word) == Token.generation(token) {
      let desired = word - Word.oneReference
      let (exchanged, current) = slot.pointee.word.compareExchange(
        expected: word, desired: desired, ordering: .acquiringAndReleasing)
      if exchanged {
        if Word.isOver(desired) { close(slot, Token.slot(token), desired) }
        return
      }
      word = current
    }
  }

  static func unpin(_ slot: UnsafeMutablePointer<Slot>, _ index: UInt) {
    let word = slot.pointee.word.wrappingSubtract(Word.onePin, ordering: .acquiringAndReleasing).newValue
    if Word.isOver(word) { close(slot, index, word) }
  }

  /// Empties a slot that was seen over. Of several threads that see it, one gets to.
  private static func close(_ slot: UnsafeMutablePointer<Slot>, _ index: UInt, _ word: UInt) {
    let next = Word.generation(word) &+ 1
    let object = slot.pointee.object
    guard
      slot.pointee.word.compareExchange(
        expected: word, desired: next << 40, ordering: .acquiringAndReleasing
      ).exchanged
    else { return }
    slot.pointee.object = nil
    object?.release()
    // After its last generation a slot is never used again: an old handle must not come to life.
    if next > Word.lastGeneration - 1 { return }
    var head = state.pointee.free.load(ordering: .relaxed)
    while true {
      slot.pointee.nextFree.store(head & 0x3FFF_FFFF, ordering: .relaxed)
      let pushed = (head >> 30 &+ 1) << 30 | (index + 1)
      let (exchanged, current) = state.pointee.free.compareExchange(
        expected: head, desired: pushed, ordering: .acquiringAndReleasing)
      if exchanged { return }
      head = current
    }
  }
}
