package import ThalwegCore

/// One number or word that a layer is made with.
package enum LayerOption: Equatable, Sendable {
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case ints([Int])
}

/// What a layer is made with beside its tensors: names, PyTorch's where it has the thing, and values, in order.
package struct LayerOptions: ExpressibleByDictionaryLiteral, Sendable {
  package private(set) var pairs: [(name: String, value: LayerOption)] = []

  package init(dictionaryLiteral elements: (String, LayerOption)...) {
    pairs = elements.map { (name: $0.0, value: $0.1) }
  }

  package init(_ pairs: [(name: String, value: LayerOption)]) { self.pairs = pairs }

  package subscript(name: String) -> LayerOption? { pairs.first { $0.name == name }?.value }

  // MARK: - Reading what a file says. Errors: `.invalidArgument` where an option is absent or something else.

  package func int(_ name: String) throws(ThalwegError) -> Int {
    guard case .int(let value)? = self[name] else { throw wrong(name, "an integer") }
    return value
  }

  /// A count that others are computed from: bounded, so that no product of a few can overflow.
  package func size(_ name: String) throws(ThalwegError) -> Int {
    let value = try int(name)
    guard value >= 1, value <= LayerOptions.largest else { throw wrong(name, "from 1 to 2^31 - 1") }
    return value
  }

  package func double(_ name: String) throws(ThalwegError) -> Double {
    switch self[name] {
    case .double(let value)?: return value
    case .int(let value)?: return Double(value)
    default: throw wrong(name, "a number")
    }
  }

  package func bool(_ name: String) throws(ThalwegError) -> Bool {
    guard case .bool(let value)? = self[name] else { throw wrong(name, "true or false") }
    return value
  }

  package func string(_ name: String) throws(ThalwegError) -> String {
    guard case .string(let value)? = self[name] else { throw wrong(name, "a word") }
    return value
  }

  /// One of some words.
  package func string(_ name: String, of words: [String]) throws(ThalwegError) -> String {
    let value = try string(name)
    guard words.contains(value) else { throw wrong(name, "one of \(words)") }
    return value
  }

  /// `counts`: how many integers there may be.
  package func dims(_ name: String, _ counts: ClosedRange<Int>) throws(ThalwegError) -> Dims {
    guard case .ints(let values)? = self[name], counts.contains(values.count), values.count <= Dims.maxRank,
      values.allSatisfy({ abs($0.clamped) <= LayerOptions.largest })
    else { throw wrong(name, "a list of \(counts.lowerBound) to \(counts.upperBound) integers") }
    return Dims(values)
  }

  private static let largest = Int(Int32.max)

  private func wrong(_ name: String, _ expected: String) -> ThalwegError {
    let found = self[name].map { "is \($0)" } ?? "is missing"
    return ThalwegError(.invalidArgument, "the option \(name) \(found); expected \(expected)")
  }
}

extension Int {
  /// Without the one number that has no absolute value.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
