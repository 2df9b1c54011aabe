package import CKernels

/// This build's kernels. Called once, by the core; the table lives as long as the process.
package func kernelTable() -> UnsafePointer<tk_table> {
  let table = UnsafeMutablePointer<tk_table>.allocate(capacity: 1)
  table.initialize(to: tk_table())
  #if THALWEG_V4
    table.pointee.name = name("v4")
  #elseif THALWEG_V3
    table.pointee.name = name("v3")
  #else
    table.pointee.name = name("baseline")
  #endif
  table.pointee.setArithmetic()
  table.pointee.setDivisions()
  table.pointee.setComparisons()
  table.pointee.setFunctions()
  table.pointee.setElementary()
  table.pointee.setReductions()
  table.pointee.setMoves()
  table.pointee.f32 = .float32()
  table.pointee.f64 = .float64()
  return UnsafePointer(table)
}

/// A literal's bytes, which live as long as the program.
private func name(_ literal: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)
}
