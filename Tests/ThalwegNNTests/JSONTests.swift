import Testing
import ThalwegCore

@testable import ThalwegNN

/// JSON as RFC 8259 has it, and nothing else.
@Suite struct JSONTests {
  private func read(_ text: String) throws(ThalwegError) -> JSONValue {
    try JSONReader.read(Array(text.utf8))
  }

  private func expectFormatError(_ word: String, _ body: () throws(ThalwegError) -> Void) {
    do throws(ThalwegError) {
      try body()
      Issue.record("no error")
    } catch {
      #expect(error.code == .format && error.message.contains(word), "\(error.message)")
    }
  }

  @Test func valuesAndBack() throws {
    for text in [
      "null", "true", "false", "0", "-12", "9223372036854775807", "1.5", "-2.5e-08", "\"\"", "[]", "{}",
      #"{"a":[1,{"b":null}],"ü":"\"\\\u0001🌊"}"#,
    ] {
      #expect(try read(text).text == text)
      #expect(try read(" \n\t\r" + text + " ").text == text)
    }
    #expect(try read(#""\u00e9\ud83c\udf0a\n\/""#) == .string("é🌊\n/"))
    #expect(try read("1e2") == .number(100))
    #expect(try read("9223372036854775808") == .number(9223372036854775808))
    #expect(try read("-0") == .integer(0))
  }

  @Test func whatIsNotJSON() {
    for text in [
      "", " ", "nul", "True", "01", "-", "+1", ".5", "1.", "1e", "1e999", "0x1", "NaN", "[1,]", "[1 2]",
      "{\"a\"}",
      "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
      "\"\\ud800\\n\"", "\"\\udc00\"", "\"\n\"", "1 2", "[", "]", "/**/1",
      String(repeating: "[", count: 1_000_000),
      String(repeating: "{\"a\":", count: 101), "[" + String(repeating: "0,", count: 1 << 20) + "0]",
    ] {
      expectFormatError("JSON") { () throws(ThalwegError) in _ = try read(text) }
    }
    expectFormatError("UTF-8") { () throws(ThalwegError) in _ = try JSONReader.read([0x22, 0xC0, 0x22]) }
  }
}
