extension Tensor {
  /// The single element of a tensor with one element.
  /// - Throws: `.shape` unless numel is 1.
  public func item() throws(ThalwegError) -> Double {
    if Recording.isActive { try Recording.forbidValue(of: self, "item") }
    guard numel == 1 else {
      throw ThalwegError(
        .shape, "item: the tensor has shape \(shape); only one with a single element has a value")
    }
    let place = storage.base + offset &* dtype.size
    switch dtype {
    case .float32: return Double(place.load(as: Float.self))
    case .float64: return place.load(as: Double.self)
    case .int64: return Double(place.load(as: Int64.self))
    case .int32: return Double(place.load(as: Int32.self))
    case .uint8, .bool: return Double(place.load(as: UInt8.self))
    }
  }

  /// As `item()`, exact for every integer dtype.
  /// - Throws: `.shape` unless numel is 1, `.dtype` for floats.
  public func itemInt64() throws(ThalwegError) -> Int64 {
    if Recording.isActive { try Recording.forbidValue(of: self, "item_int64") }
    guard numel == 1 else {
      throw ThalwegError(
        .shape, "item: the tensor has shape \(shape); only one with a single element has a value")
    }
    let place = storage.base + offset &* dtype.size
    switch dtype {
    case .int64: return place.load(as: Int64.self)
    case .int32: return Int64(place.load(as: Int32.self))
    case .uint8, .bool: return Int64(place.load(as: UInt8.self))
    case .float32, .float64:
      throw ThalwegError(.dtype, "item_int64: the tensor is \(dtype); use item, or convert it first")
    }
  }

  /// Copies all elements, row-major, to `buffer`.
  /// - Throws: `.invalidArgument` unless the buffer has exactly numel * dtype.size bytes.
  public func copy(to buffer: UnsafeMutableRawBufferPointer) throws(ThalwegError) {
    try Recording.forbid("copy_to")
    let byteCount = numel * dtype.size
    guard buffer.count == byteCount else {
      throw ThalwegError(
        .invalidArgument,
        "copy_to: the buffer has \(buffer.count) bytes; shape \(shape) of \(dtype) takes \(byteCount)")
    }
    guard byteCount > 0, let target = buffer.baseAddress else { return }
    StridedLoop.copy(
      shape, to: target, shape.contiguousStrides, from: data, strides, elementSize: dtype.size)
  }

  /// All elements, row-major, as doubles (int64 beyond 2^53 is rounded).
  public func toArray() throws(ThalwegError) -> [Double] {
    try Recording.forbid("to_array")
    let source = try noGrad { () throws(ThalwegError) in try self.to(.float64).contiguous() }
    let start = source.data.assumingMemoryBound(to: Double.self)
    return Array(UnsafeBufferPointer(start: start, count: numel))
  }
}

/// Elements of a contiguous tensor, reached one at a time: for set-up code, not for loops that matter.
package struct Elements {
  package let base: UnsafeMutableRawPointer
  package let count: Int
  package let dtype: DType

  package func store(_ value: Double, at i: Int) {
    switch dtype {
    case .float32: base.storeBytes(of: Float(value), toByteOffset: i * 4, as: Float.self)
    case .float64: base.storeBytes(of: value, toByteOffset: i * 8, as: Double.self)
    case .int64: base.storeBytes(of: Int64(saturating: value), toByteOffset: i * 8, as: Int64.self)
    case .int32: base.storeBytes(of: Int32(saturating: value), toByteOffset: i * 4, as: Int32.self)
    case .uint8:
      let wrapped = UInt8(truncatingIfNeeded: Int64(saturating: value))
      base.storeBytes(of: wrapped, toByteOffset: i, as: UInt8.self)
    case .bool: base.storeBytes(of: value != 0 ? 1 : 0, toByteOffset: i, as: UInt8.self)
    }
  }
}

extension FixedWidthInteger {
  /// Truncated towards zero; out of range gives the nearest value, NaN gives 0.
  package init(saturating value: Double) {
    if let exact = Self(exactly: value.rounded(.towardZero)) {
      self = exact
    } else {
      self = value.isNaN ? 0 : value < 0 ? .min : .max
    }
  }
}

extension Tensor {
  package func withElements(_ body: (Elements) -> Void) {
    body(Elements(base: data, count: numel, dtype: dtype))
  }
}
