/// A non-escaping closure that another thread may call, without an allocation.
///
/// Swift keeps such a closure on the stack and has no type for a reference to it that another thread could
/// hold; its own way around that, `withoutActuallyEscaping`, allocates twice. But a closure is passed as two
/// words, its code and its context, and a non-escaping one is neither retained nor released. So a function
/// that takes a closure can be called as one that takes two pointers, and the other way round. This is the one
/// place that relies on it; the tests of the pool would notice if it ceased to be so.
struct LoopBody {
  var code: UnsafeRawPointer?
  var context: UnsafeRawPointer?

  private struct TakesBody {
    let call: (Int, Int, (Int) -> Void) -> Int
  }

  private struct TakesWords {
    let call: (Int, Int, UnsafeRawPointer?, UnsafeRawPointer?) -> Int
  }

  /// Valid until the function that was given `body` returns.
  @inline(__always)
  init(_ body: (Int) -> Void) {
    self.init(code: nil, context: nil)
    withUnsafeMutablePointer(to: &self) { destination in
      let keep = unsafeBitCast(TakesWords(call: Self.keep), to: TakesBody.self)
      _ = keep.call(Int(bitPattern: destination), 0, body)
    }
  }

  private init(code: UnsafeRawPointer?, context: UnsafeRawPointer?) {
    self.code = code
    self.context = context
  }

  /// `ThreadPool.work` with this body.
  @inline(__always)
  func work(_ isCaller: Int, _ total: Int) -> Int {
    unsafeBitCast(TakesBody(call: ThreadPool.work), to: TakesWords.self).call(isCaller, total, code, context)
  }

  private static func keep(
    _ destination: Int, _ unused: Int, _ code: UnsafeRawPointer?, _ context: UnsafeRawPointer?
  ) -> Int {
    UnsafeMutablePointer<LoopBody>(bitPattern: destination)?.pointee = LoopBody(code: code, context: context)
    return 0
  }
}
