/// The number of threads that compute.
public enum Threads {
  nonisolated(unsafe) public static var count = 1
  nonisolated(unsafe) public static var flushDenormals = false
}

/// Runs `body(0)` ... `body(chunks - 1)`.
@inline(__always)
package func parallel(_ chunks: Int, _ body: (Int) -> Void) {
  for chunk in 0..<chunks { body(chunk) }
}
