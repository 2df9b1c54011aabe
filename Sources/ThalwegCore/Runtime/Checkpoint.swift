import CSystem

/// Asked by long computations of one thread, between layers and between the steps of a backward pass, whether to go on.
package final class Checkpoint {
  private let check: () throws(ThalwegError) -> Void
  private var isRunning = false

  package init(_ check: @escaping () throws(ThalwegError) -> Void) { self.check = check }

  /// Runs `body` with this checkpoint on the calling thread and puts back the one before.
  package func whileRunning<Result>(
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let word = Int32(TW_THREAD_CHECKPOINT)
    let previous = tw_thread_get(word)
    tw_thread_set(word, Int(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    defer {
      tw_thread_set(word, previous)
      withExtendedLifetime(self) {}
    }
    return try body()
  }

  /// Asks the calling thread's checkpoint, if there is one. What it computes itself does not ask again.
  @inline(__always)
  package static func pass() throws(ThalwegError) {
    let word = tw_thread_get(Int32(TW_THREAD_CHECKPOINT))
    if word != 0 { try ask(word) }
  }

  @inline(never)
  private static func ask(_ word: Int) throws(ThalwegError) {
    guard let address = UnsafeRawPointer(bitPattern: word) else { return }
    let checkpoint = Unmanaged<Checkpoint>.fromOpaque(address).takeUnretainedValue()
    if checkpoint.isRunning { return }
    checkpoint.isRunning = true
    defer { checkpoint.isRunning = false }
    try checkpoint.check()
  }
}
