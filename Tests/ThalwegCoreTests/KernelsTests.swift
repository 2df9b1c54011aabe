import CKernels
import Glibc
import XCTest

@testable import ThalwegCore

final class KernelsTests: XCTestCase {
  func testTheChoice() {
    var expected = InstructionSet.best
    if let wish = getenv("THALWEG_ISA"), let named = InstructionSet.named(wish),
      named.rawValue <= expected.rawValue
    {
      expected = named
    }
    XCTAssertEqual(InstructionSet.current, expected)
    XCTAssertEqual(String(cString: kernels.pointee.name), expected.name.description)
  }

  func testNames() {
    for set in InstructionSet.allCases {
      XCTAssertEqual(InstructionSet.named(set.name.description), set)
      XCTAssertEqual(String(cString: set.table.pointee.name), set.name.description)
    }
    XCTAssertNil(InstructionSet.named("v2"))
    XCTAssertNil(InstructionSet.named(""))
  }
}

final class LogTests: XCTestCase {
  private final class Lines {
    var all: [String] = []
  }

  func testTheCallback() {
    log(.error, "nobody hears this")
    let lines = Lines()
    let userData = Unmanaged.passUnretained(lines).toOpaque()
    Log.setCallback(
      { severity, message, userData in
        let lines = Unmanaged<Lines>.fromOpaque(userData!).takeUnretainedValue()
        lines.all.append("\(severity) \(String(cString: message!))")
        if lines.all.count == 2 { log(.debug, "from the callback") }
      }, userData: userData)
    lines.all = []  // what happened while the library was loaded
    log(.info, "a")
    log(.warning, "b")
    Log.setCallback(nil, userData: nil)
    log(.error, "c")
    XCTAssertEqual(lines.all, ["1 a", "2 b", "0 from the callback"])
  }

  func testALineOfLoadTimeWaitsForTheCallback() {
    Log.sendLater("said early")
    let lines = Lines()
    Log.setCallback(
      { severity, message, userData in
        let lines = Unmanaged<Lines>.fromOpaque(userData!).takeUnretainedValue()
        lines.all.append("\(severity) \(String(cString: message!))")
      }, userData: Unmanaged.passUnretained(lines).toOpaque())
    Log.setCallback(nil, userData: nil)
    XCTAssertEqual(lines.all, ["2 said early"])
  }
}
