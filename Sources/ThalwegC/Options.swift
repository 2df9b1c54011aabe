import ThalwegCore

// Option structs begin with `struct_size`: how much of the struct the caller knows, from the header it was compiled
// with. Fields that it does not know have their defaults.

/// Fills the caller's struct, of which it knows `size` bytes, with `defaults`.
func initialise<Options: BitwiseCopyable>(
  _ options: UnsafeMutablePointer<Options>?, _ size: UInt, _ field: WritableKeyPath<Options, Int>,
  _ defaults: Options, _ function: StaticString = #function
) throws(ThalwegError) {
  let target = try pointer(options, "options", function)
  let known = try knownSize(size, of: Options.self, function)
  var filled = defaults
  filled[keyPath: field] = Int(bitPattern: size)
  withUnsafeBytes(of: &filled) { bytes in
    guard let source = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: known)
  }
}

/// The caller's struct, completed with `defaults`; the defaults alone for NULL.
func complete<Options: BitwiseCopyable>(
  _ options: UnsafePointer<Options>?, _ defaults: Options, _ function: StaticString = #function
) throws(ThalwegError) -> Options {
  guard let options else { return defaults }
  let size = UnsafeRawPointer(options).loadUnaligned(as: UInt.self)
  let known = try knownSize(size, of: Options.self, function)
  var result = defaults
  withUnsafeMutableBytes(of: &result) { bytes in
    bytes.baseAddress?.copyMemory(from: UnsafeRawPointer(options), byteCount: known)
  }
  return result
}

private func knownSize<Options>(
  _ size: UInt, of type: Options.Type, _ function: StaticString
) throws(ThalwegError) -> Int {
  // The smallest struct has its size and one more word; a size beyond a page is memory that was never filled.
  guard size >= 16, size <= 4096 else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): struct_size is \(size); fill the struct with its init function and sizeof")
  }
  return min(Int(size), MemoryLayout<Options>.size)
}
