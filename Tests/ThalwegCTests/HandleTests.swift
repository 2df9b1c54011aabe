import CThalweg
import Glibc
import Synchronization
import Testing
import ThalwegCore

@testable import ThalwegC

private func scalar(_ value: Double) throws -> tw_tensor_t {
  var out: tw_tensor_t?
  try #require(tw_tensor_scalar(value, TW_FLOAT32.rawInt32, &out) == TW_OK)
  return try #require(out)
}

private func lastError() -> String { tw_last_error().map { String(cString: $0) } ?? "" }

extension UInt32 {
  fileprivate var rawInt32: Int32 { Int32(self) }
}
extension Int {
  fileprivate var rawInt32: Int32 { Int32(self) }
}

@Suite struct HandleTests {
  @Test func releasedHandlesAreErrors() throws {
    let handle = try scalar(1)
    tw_tensor_release(handle)
    tw_tensor_release(handle)  // not an error, and nobody else's reference
    var value = 5.0
    #expect(tw_tensor_item(handle, &value) == TW_ERROR_INVALID_HANDLE)
    #expect(value == 5)
    #expect(lastError().contains("tw_tensor_item") && lastError().contains("released"))
  }

  @Test func slotsAreReusedUnderNewHandles() throws {
    let old = try scalar(1)
    tw_tensor_release(old)
    let new = try scalar(2)
    defer { tw_tensor_release(new) }
    #expect(old != new)
    var value = 0.0
    #expect(tw_tensor_item(old, &value) == TW_ERROR_INVALID_HANDLE)
    #expect(tw_tensor_item(new, &value) == TW_OK && value == 2)
  }

  @Test func oneObjectHasOneHandle() throws {
    let x = try scalar(3)
    var same: tw_tensor_t?
    #expect(tw_tensor_contiguous(x, &same) == TW_OK)
    #expect(same == x)
    tw_tensor_release(x)
    var value = 0.0
    #expect(tw_tensor_item(same, &value) == TW_OK)  // the second reference still holds it
    tw_tensor_release(same)
    #expect(tw_tensor_item(same, &value) == TW_ERROR_INVALID_HANDLE)
  }

  @Test func foreignBitsAreErrors() throws {
    let x = try scalar(1)
    defer { tw_tensor_release(x) }
    var value = 0.0
    let bits = UInt(bitPattern: x)
    var generator: tw_generator_t?
    #expect(tw_generator_create(1, &generator) == TW_OK)
    defer { tw_generator_release(generator) }
    #expect(tw_tensor_item(generator, &value) == TW_ERROR_INVALID_HANDLE)
    #expect(lastError().contains("generator"))
    #expect(tw_tensor_item(nil, &value) == TW_ERROR_INVALID_ARGUMENT)
    withUnsafeMutablePointer(to: &value) { address in
      var out = 0.0
      #expect(tw_tensor_item(OpaquePointer(address), &out) == TW_ERROR_INVALID_HANDLE)
    }
    // Any bit but those of the slot, which may give another test's tensor.
    for shift in 30..<64 {
      let forged = OpaquePointer(bitPattern: bits ^ (1 << UInt(shift)))
      #expect(tw_tensor_item(forged, &value) != TW_OK)
      tw_tensor_release(forged)
    }
    #expect(tw_tensor_item(x, &value) == TW_OK)
  }

  @Test func lookUpsMayRaceWithTheRelease() throws {
    // Threads use, share and release handles that others release at the same time: every look-up gives the object
    // or an error.
    let shared = Shared()
    var threads: [pthread_t] = []
    for _ in 0..<4 {
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let shared = Unmanaged<Shared>.fromOpaque(context).takeUnretainedValue()
          var word: UInt64 = 88172645463325252 &+ UInt64(pthread_self())
          for _ in 0..<20_000 {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            let place = Int(word % 16)
            let handle = OpaquePointer(bitPattern: shared.slots[place].load(ordering: .acquiring))
            switch word >> 32 & 3 {
            case 0:
              var new: tw_tensor_t?
              if tw_tensor_scalar(Double(place), 0, &new) == TW_OK {
                let old = shared.slots[place].exchange(
                  UInt(bitPattern: new), ordering: .acquiringAndReleasing)
                tw_tensor_release(OpaquePointer(bitPattern: old))
              }
            case 1:
              var other: tw_tensor_t?
              if tw_tensor_contiguous(handle, &other) == TW_OK { tw_tensor_release(other) }
            default:
              var value = -1.0
              let status = tw_tensor_item(handle, &value)
              if status == TW_OK && value != Double(place) { shared.wrong.wrappingAdd(1, ordering: .relaxed) }
              if status != TW_OK && value != -1 { shared.wrong.wrappingAdd(1, ordering: .relaxed) }
            }
          }
          return nil
        }, Unmanaged.passUnretained(shared).toOpaque())
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    #expect(shared.wrong.load(ordering: .relaxed) == 0)
    for i in 0..<16 { tw_tensor_release(OpaquePointer(bitPattern: shared.slots[i].load(ordering: .relaxed))) }
  }

  private final class Shared: Sendable {
    let slots = InlineArray<16, Atomic<UInt>> { _ in Atomic(0) }
    let wrong = Atomic<Int>(0)
  }
}
