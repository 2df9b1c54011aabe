import Glibc
import ThalwegCore
import ThalwegNN

/// The error that `body` throws, if it throws one of ours.
func failure(_ body: () throws -> Void) -> ThalwegError? {
  do {
    try body()
    return nil
  } catch { return error as? ThalwegError }
}

func leaf(_ values: [Float], _ shape: Dims) throws -> Tensor {
  let tensor = try Tensor(values, shape)
  try tensor.setRequiresGrad(true)
  return tensor
}

/// The largest difference between elements, in relation to the larger of 1 and the expected value.
func distance(_ got: [Double], _ expected: [Double]) -> Double {
  guard got.count == expected.count else { return .infinity }
  return zip(got, expected).reduce(0) { worst, pair in
    pair.0.isFinite ? max(worst, abs(pair.0 - pair.1) / max(1, abs(pair.1))) : .infinity
  }
}

/// The lines of a file of Tests/Golden, each split into words.
func golden(_ name: String) throws -> [[Substring]] {
  let tests = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
  guard let file = fopen("\(tests)/Golden/\(name)", "r") else {
    throw ThalwegError(.io, "Tests/Golden/\(name): error \(errno)")
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
}
