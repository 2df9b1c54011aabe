import Glibc

/// LAPACK as the machine has it, looked for at the first call with a matrix that is large enough for it. The environment
/// variable THALWEG_LAPACK names another library, or with "off" none; the plain forms of `Dense` serve then, and always
/// for small matrices. Results differ between the two, as between libraries, by rounding.
///
/// The functions have Fortran's convention: everything by address, matrices by columns, lengths of words behind the
/// other arguments. Numbers are handed over as 64 bits of which libraries of 32-bit integers, the only ones that are
/// taken, read the lower half: none reads beyond.
package struct LAPACK: @unchecked Sendable {
  typealias Word = UnsafePointer<CChar>
  typealias Count = UnsafePointer<Int64>
  typealias Info = UnsafeMutablePointer<Int64>
  typealias Pivots = UnsafeMutablePointer<Int32>
  typealias Numbers = UnsafeMutablePointer<Double>

  typealias Potrf = @convention(c) (Word, Count, Numbers, Count, Info, Int) -> Void
  typealias Getrf = @convention(c) (Count, Count, Numbers, Count, Pivots, Info) -> Void
  typealias Getrs =
    @convention(c) (Word, Count, Count, Numbers, Count, Pivots, Numbers, Count, Info, Int) -> Void
  typealias Trsm =
    @convention(c) (
      Word, Word, Word, Word, Count, Count, UnsafePointer<Double>, Numbers, Count, Numbers, Count, Int, Int,
      Int, Int
    ) -> Void
  typealias Geqrf = @convention(c) (Count, Count, Numbers, Count, Numbers, Numbers, Count, Info) -> Void
  typealias Orgqr =
    @convention(c) (Count, Count, Count, Numbers, Count, Numbers, Numbers, Count, Info) -> Void
  typealias Syevd =
    @convention(c) (
      Word, Word, Count, Numbers, Count, Numbers, Numbers, Count, Pivots, Count, Info, Int, Int
    ) -> Void
  typealias Gesdd =
    @convention(c) (
      Word, Count, Count, Numbers, Count, Numbers, Numbers, Count, Numbers, Count, Numbers, Count, Pivots,
      Info,
      Int
    ) -> Void
  typealias SetThreads = @convention(c) (Int32) -> Int32

  let potrf: Potrf
  let getrf: Getrf
  let getrs: Getrs
  let trsm: Trsm
  let geqrf: Geqrf
  let orgqr: Orgqr
  let syevd: Syevd
  let gesdd: Gesdd
  /// OpenBLAS's and MKL's: how many threads calls of this thread take; returns how many it was.
  private let setThreads: SetThreads?
  /// As it was opened; lives for ever.
  package let name: UnsafePointer<CChar>

  /// The one in use; nil without one.
  package static let found: LAPACK? = find()

  /// That for an algorithm of which it is worth its while from size `least` on.
  static func suited(_ m: Int, _ n: Int, from least: Int) -> LAPACK? {
    // Within libraries sizes, and sizes of work space, are 32-bit.
    min(m, n) >= least && max(m, n) <= 1 << 20 && m &* n <= 1 << 28 ? found : nil
  }

  private static func find() -> LAPACK? {
    if let wish = getenv("THALWEG_LAPACK"), wish.pointee != 0 {
      if strcmp(wish, "off") == 0 { return nil }
      let library = strdup(wish).flatMap { open($0) }
      if library == nil {
        log(.warning, "THALWEG_LAPACK is no LAPACK with 32-bit integers that can be opened: using none")
      }
      return library
    }
    for name: StaticString in [
      "liblapack.so.3", "libopenblas.so.0", "libmkl_rt.so.2", "libmkl_rt.so.1", "libflexiblas.so.3",
    ] where name.hasPointerRepresentation {
      let text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
      if let library = open(text) { return library }
    }
    return nil
  }

  private static func open(_ name: UnsafePointer<CChar>) -> LAPACK? {
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
    return LAPACK(handle, name)
  }

  private init?(_ handle: UnsafeMutableRawPointer, _ name: UnsafePointer<CChar>) {
    guard let potrf = dlsym(handle, "dpotrf_"), let getrf = dlsym(handle, "dgetrf_"),
      let getrs = dlsym(handle, "dgetrs_"), let trsm = dlsym(handle, "dtrsm_"),
      let geqrf = dlsym(handle, "dgeqrf_"), let orgqr = dlsym(handle, "dorgqr_"),
      let syevd = dlsym(handle, "dsyevd_"), let gesdd = dlsym(handle, "dgesdd_")
    else { return nil }
    self.potrf = unsafeBitCast(potrf, to: Potrf.self)
    self.getrf = unsafeBitCast(getrf, to: Getrf.self)
    self.getrs = unsafeBitCast(getrs, to: Getrs.self)
    self.trsm = unsafeBitCast(trsm, to: Trsm.self)
    self.geqrf = unsafeBitCast(geqrf, to: Geqrf.self)
    self.orgqr = unsafeBitCast(orgqr, to: Orgqr.self)
    self.syevd = unsafeBitCast(syevd, to: Syevd.self)
    self.gesdd = unsafeBitCast(gesdd, to: Gesdd.self)
    let setter = dlsym(handle, "openblas_set_num_threads_local") ?? dlsym(handle, "MKL_Set_Num_Threads_Local")
    setThreads = setter.map { unsafeBitCast($0, to: SetThreads.self) }
    self.name = name
    guard hasShortIntegers else { return nil }
  }

  /// Whether the two rows' exchange is written as two 32-bit numbers, and the factors are right.
  private var hasShortIntegers: Bool {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { a in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { pivots in
        guard let x = a.baseAddress, let p = pivots.baseAddress else { return false }
        for i in 0..<4 { (x[i], p[i]) = ([1, 2, 3, 4][i], 0) }
        var (n, info): (Int64, Int64) = (2, 0)
        getrf(&n, &n, x, &n, p, &info)
        return info == 0 && p[0] == 2 && p[1] == 2 && x[0] == 2 && x[1] == 0.5 && x[3] == 1
      }
    }
  }

  /// Runs `body` on one thread, where the library lets its caller say so: threads are the engine's business.
  func alone<Result>(_ body: () -> Result) -> Result {
    guard let setThreads else { return body() }
    let before = setThreads(1)
    defer { _ = setThreads(before) }
    return body()
  }
}
