import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

@Suite struct TextTests {
  @Test func decodesEveryCharacterAndNothingElse() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      guard case .whole(value, length: bytes.count) = DecodedCharacter.read(bytes, bytes.count) else {
        Issue.record("U+\(String(value, radix: 16))")
        return
      }
      for cut in 1..<max(bytes.count, 1) where cut < bytes.count {
        guard case .cut = DecodedCharacter.read(bytes, cut) else {
          Issue.record("U+\(String(value, radix: 16)) cut after \(cut)")
          return
        }
      }
    }
    for damaged: [UInt8] in [
      [0x80], [0xBF], [0xC1, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3, 0x28],
    ] {
      guard case .damaged = DecodedCharacter.read(damaged, damaged.count) else {
        Issue.record("\(damaged)")
        continue
      }
    }
  }

  @Test func streamsGoOnWhereTheyWere() throws {
    let text = try Text("abracadabra")
    #expect(text.symbols == "abcdr" && text.count == 11)
    let loader = try TextLoader(text, batch: 2, length: 3)
    #expect(loader.batchCount == 2 && loader.sampleCount == 10 && loader.arrayCount == 2)
    for _ in 0..<2 {
      var (inputs, targets): ([String], [String]) = ([], [])
      try loader.startEpoch()
      while let batch = try loader.next() {
        inputs.append(String(decoding: try text.decode(batch[0]), as: UTF8.self))
        targets.append(String(decoding: try text.decode(batch[1]), as: UTF8.self))
      }
      #expect(inputs == ["abrada", "acbr"] && targets == ["bradab", "cara"])
    }
  }

  @Test func errorsNameWhatCame() throws {
    expectError(.format, "empty") { () throws(ThalwegError) in _ = try Text("") }
    expectError(.io, "No such file") { () throws(ThalwegError) in _ = try Text(path: "/nowhere") }
    let text = try Text("abc")
    expectError(.invalidArgument, "too few", "3 symbols") { () throws(ThalwegError) in
      _ = try TextLoader(text, batch: 3, length: 1)
    }
  }
}
