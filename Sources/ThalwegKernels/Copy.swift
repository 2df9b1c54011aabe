// Moving elements, by size: the type only says how many bytes.

enum Copy<Word: BitwiseCopyable> {
  @inline(__always)
  static func loop(_ n: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64) {
    guard let out, n > 0, let a else { return }
    let n = Int(n), so = Int(so), sa = Int(sa)
    if so == 1 && sa == 1 {
      out.copyMemory(from: a, byteCount: n &* MemoryLayout<Word>.size)
      return
    }
    let from = a.assumingMemoryBound(to: Word.self), to = out.assumingMemoryBound(to: Word.self)
    if sa == 0 {
      let value = from[0]
      if so == 1 {
        to.update(repeating: value, count: n)
      } else {
        for i in 0..<n { to[i &* so] = value }
      }
    } else if so == 1 {
      for i in 0..<n { to[i] = from[i &* sa] }
    } else {
      for i in 0..<n { to[i &* so] = from[i &* sa] }
    }
  }
}

enum Where<Word: Whole & Castable> {
  @inline(__always)
  static func loop(
    _ n: Int64, _ out: MutableAddress?, _ so: Int64, _ condition: Address?, _ sc: Int64, _ a: Address?,
    _ sa: Int64, _ b: Address?, _ sb: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: Word.self), n > 0,
      let condition = condition?.assumingMemoryBound(to: UInt8.self),
      let a = a?.assumingMemoryBound(to: Word.self), let b = b?.assumingMemoryBound(to: Word.self)
    else { return }
    let n = Int(n), so = Int(so), sc = Int(sc), sa = Int(sa), sb = Int(sb)
    if so == 1 && sc == 1 && sa == 1 && sb == 1 {
      forEachPack(n) { i, count in
        let no = Word.from(Pack(condition + i, count)) == Pack(Word.zero)
        Pack.select(no, Pack(b + i, count), Pack(a + i, count)).store(out + i, count)
      }
    } else {
      for i in 0..<n { out[i &* so] = condition[i &* sc] != 0 ? a[i &* sa] : b[i &* sb] }
    }
  }
}
