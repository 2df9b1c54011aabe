import CSystem
import ThalwegCore

/// Hears of every call of a module on one thread.
final class CallObserver {
  private let hear: (Module, _ input: Tensor, _ output: Tensor) throws(ThalwegError) -> Void

  init(_ hear: @escaping (Module, Tensor, Tensor) throws(ThalwegError) -> Void) { self.hear = hear }

  /// Runs `body` with this observer on the calling thread and puts back the one before.
  func whileRunning<Result>(_ body: () throws(ThalwegError) -> Result) throws(ThalwegError) -> Result {
    let word = Int32(TW_THREAD_OBSERVER)
    let previous = tw_thread_get(word)
    tw_thread_set(word, Int(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    defer {
      tw_thread_set(word, previous)
      withExtendedLifetime(self) {}
    }
    return try body()
  }

  /// Tells the calling thread's observer, if there is one.
  @inline(__always)
  static func tell(_ module: Module, _ input: Tensor, _ output: Tensor) throws(ThalwegError) {
    let word = tw_thread_get(Int32(TW_THREAD_OBSERVER))
    if word != 0 { try tell(word, module, input, output) }
  }

  @inline(never)
  private static func tell(
    _ word: Int, _ module: Module, _ input: Tensor, _ output: Tensor
  ) throws(ThalwegError) {
    guard let address = UnsafeRawPointer(bitPattern: word) else { return }
    try Unmanaged<CallObserver>.fromOpaque(address).takeUnretainedValue().hear(module, input, output)
  }
}
