/// Memory for the duration of one operation, from the engine's allocator.
package struct Workspace: ~Copyable {
  package let base: UnsafeMutableRawPointer
  private let byteCount: Int

  package init(_ byteCount: Int, for function: StaticString) throws(ThalwegError) {
    base = try Memory.allocate(byteCount, for: function)
    self.byteCount = byteCount
  }

  deinit { Memory.deallocate(base, byteCount) }
}
