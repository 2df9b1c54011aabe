/// The type of a tensor's elements. Raw values are the C interface's `TW_FLOAT32` ... `TW_BOOL`.
public enum DType: Int32, CaseIterable, Sendable, CustomStringConvertible {
  case float32 = 0
  case float64 = 1
  case int64 = 2
  case int32 = 3
  case uint8 = 4
  case bool = 5

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .float32, .int32: 4
    case .float64, .int64: 8
    case .uint8, .bool: 1
    }
  }

  public var isFloat: Bool { self == .float32 || self == .float64 }

  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int64: "int64"
    case .int32: "int32"
    case .uint8: "uint8"
    case .bool: "bool"
    }
  }
}
