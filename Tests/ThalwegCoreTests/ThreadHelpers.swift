import Glibc

/// Runs `body(0)` ... `body(count - 1)` on as many threads at once and waits for them.
func onThreads(_ count: Int, _ body: @escaping (Int) -> Void) {
  final class Start {
    let body: (Int) -> Void
    let index: Int
    init(_ body: @escaping (Int) -> Void, _ index: Int) {
      self.body = body
      self.index = index
    }
  }
  let threads = (0..<count).map { index in
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(body, index)).toOpaque()
    pthread_create(
      &thread, nil,
      { data in
        let start = Unmanaged<Start>.fromOpaque(data!).takeRetainedValue()
        start.body(start.index)
        return nil
      }, start)
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
}

/// Runs `body` in a forked child; returns the exit status that `body` chose, or nil if the child did not end
/// within ten seconds or died of a signal.
func inChild(_ body: () -> Int32) -> Int32? {
  // Swift hides fork: this is what it warns of, and what hosts do all the same.
  let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
  let child = fork()
  if child == 0 { _exit(body()) }
  for _ in 0..<1000 {
    var status: Int32 = 0
    if waitpid(child, &status, WNOHANG) == child {
      return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
    usleep(10_000)
  }
  kill(child, SIGKILL)
  waitpid(child, nil, 0)
  return nil
}
