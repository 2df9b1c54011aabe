package import CThalweg
import Glibc

extension Tensor {
  /// A tensor whose elements are whatever the memory held.
  /// - Throws: `.shape` for more than 8 or negative dimensions, `.outOfMemory`.
  public static func empty(_ shape: Dims, dtype: DType = .float32) throws(ThalwegError) -> Tensor {
    try make(shape, dtype, for: "empty")
  }

  package static func make(
    _ shape: Dims, _ dtype: DType, for function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let count = try shape.checkedElementCount(of: dtype, in: function)
    let storage = try Storage(byteCount: count &* dtype.size, for: function)
    return Tensor(storage: storage, shape: shape, strides: shape.contiguousStrides, offset: 0, dtype: dtype)
  }

  /// The same with the shape of a tensor that is there already, which needs no checks.
  package static func make(
    like model: Tensor, _ dtype: DType, for function: StaticString
  ) throws(ThalwegError) -> Tensor {
    let storage = try Storage(byteCount: model.numel &* dtype.size, for: function)
    let strides = model.isContiguous ? model.strides : model.shape.contiguousStrides
    return Tensor(storage: storage, shape: model.shape, strides: strides, offset: 0, dtype: dtype)
  }

  public static func zeros(_ shape: Dims, dtype: DType = .float32) throws(ThalwegError) -> Tensor {
    try full(shape, 0, dtype: dtype)
  }

  public static func ones(_ shape: Dims, dtype: DType = .float32) throws(ThalwegError) -> Tensor {
    try full(shape, 1, dtype: dtype)
  }

  /// All elements `value`, converted to `dtype` (truncated for integers; -1 is 255 in uint8, as in PyTorch).
  public static func full(
    _ shape: Dims, _ value: Double, dtype: DType = .float32
  ) throws(ThalwegError) -> Tensor {
    let result = try make(shape, dtype, for: "full")
    result.write(value)
    if Recording.isActive, shape.isEmpty { Recording.gives(result.storage) }
    return result
  }

  /// A tensor of rank 0.
  public static func scalar(_ value: Double, dtype: DType = .float32) throws(ThalwegError) -> Tensor {
    try full([], value, dtype: dtype)
  }

  /// `start, start + step, ...` up to but without `end`: ceil((end - start) / step) elements.
  /// - Throws: `.invalidArgument` for a step of 0 or away from `end`, or values that are not finite.
  public static func arange(
    _ start: Double, _ end: Double, step: Double = 1, dtype: DType = .int64
  ) throws(ThalwegError) -> Tensor {
    guard start.isFinite, end.isFinite, step.isFinite, step != 0 else {
      throw ThalwegError(
        .invalidArgument, "arange: start \(start), end \(end) and step \(step) must be finite, step not 0")
    }
    guard dtype != .bool else { throw ThalwegError(.dtype, "arange: bool has no sequences") }
    let length = ((end - start) / step).rounded(.up)
    guard length >= 0 else {
      throw ThalwegError(
        .invalidArgument, "arange: from \(start) the step \(step) leads away from the end \(end)")
    }
    guard length < 0x1p60 else {
      throw ThalwegError(.outOfMemory, "arange: \(length) elements are more than any memory holds")
    }
    return try Recording.outside { () throws(ThalwegError) in
      let result = try make([Int(length)], dtype, for: "arange")
      result.withElements { elements in
        for i in 0..<elements.count { elements.store(start + Double(i) * step, at: i) }
      }
      return result
    }
  }

  /// `steps` numbers from `start` to `end`, both included, at equal distances. The second half is counted from the end, as in
  /// PyTorch, so that the last number is `end` itself.
  /// - Throws: `.invalidArgument` for negative steps, or values that are not finite.
  public static func linspace(
    _ start: Double, _ end: Double, _ steps: Int, dtype: DType = .float32
  ) throws(ThalwegError) -> Tensor {
    try spaced(start, end, steps, dtype, "linspace") { $0 }
  }

  /// base^x for x from `start` to `end` as `linspace` has them.
  /// - Throws: as `linspace`.
  public static func logspace(
    _ start: Double, _ end: Double, _ steps: Int, base: Double = 10, dtype: DType = .float32
  ) throws(ThalwegError) -> Tensor {
    try spaced(start, end, steps, dtype, "logspace") { Glibc.pow(base, $0) }
  }

  private static func spaced(
    _ start: Double, _ end: Double, _ steps: Int, _ dtype: DType, _ function: StaticString,
    _ value: (Double) -> Double
  ) throws(ThalwegError) -> Tensor {
    guard steps >= 0, start.isFinite, end.isFinite else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): start is \(start), end \(end), steps \(steps); the ends must be finite, steps not negative"
      )
    }
    let step = steps > 1 ? (end - start) / Double(steps - 1) : 0
    return try Recording.outside { () throws(ThalwegError) in
      let result = try make([steps], dtype, for: function)
      result.withElements { elements in
        for i in 0..<steps {
          let x = i < (steps + 1) / 2 ? start + step * Double(i) : end - step * Double(steps - 1 - i)
          elements.store(value(x), at: i)
        }
      }
      return result
    }
  }

  /// Ones on the diagonal of a matrix [rows, columns], zeros elsewhere.
  /// - Throws: `.shape` for negative sizes.
  public static func eye(
    _ rows: Int, _ columns: Int, dtype: DType = .float32
  ) throws(ThalwegError) -> Tensor {
    try Recording.outside { () throws(ThalwegError) in
      let result = try make([rows, columns], dtype, for: "eye")
      result.write(0)
      result.withElements { elements in
        for i in 0..<min(rows, columns) { elements.store(1, at: i * (columns + 1)) }
      }
      return result
    }
  }

  /// A copy of foreign elements, row-major.
  /// - Throws: `.invalidArgument` unless `bytes` holds exactly the shape's elements.
  public convenience init(
    copying bytes: UnsafeRawBufferPointer, shape: Dims, dtype: DType
  ) throws(ThalwegError) {
    let count = try shape.checkedElementCount(of: dtype, in: "tensor")
    guard bytes.count == count * dtype.size else {
      throw ThalwegError(
        .invalidArgument,
        "tensor: \(bytes.count) bytes given; shape \(shape) of \(dtype) takes \(count * dtype.size)")
    }
    // A number is one of the program's; more are data, of which the step would have these for good.
    if !shape.isEmpty { try Recording.forbid("tensor") }
    let storage = try Storage(byteCount: bytes.count, for: "tensor")
    if let source = bytes.baseAddress, bytes.count > 0 {
      storage.base.copyMemory(from: source, byteCount: bytes.count)
    }
    if Recording.isActive {
      let (target, isBool) = (storage.base, dtype == .bool)
      let number = bytes.map { isBool ? min($0, 1) : $0 }
      Recording.note {
        for (i, byte) in number.enumerated() { target.storeBytes(of: byte, toByteOffset: i, as: UInt8.self) }
      }
      Recording.gives(storage)
    }
    self.init(storage: storage, shape: shape, strides: shape.contiguousStrides, offset: 0, dtype: dtype)
    if dtype == .bool, !Recording.isActive { normaliseBools() }
  }

  /// A tensor of the given values, row-major.
  public convenience init(_ values: [Float], _ shape: Dims) throws(ThalwegError) {
    try self.init(elements: values, shape, .float32)
  }

  public convenience init(_ values: [Double], _ shape: Dims) throws(ThalwegError) {
    try self.init(elements: values, shape, .float64)
  }

  public convenience init(_ values: [Int64], _ shape: Dims) throws(ThalwegError) {
    try self.init(elements: values, shape, .int64)
  }

  private convenience init<Element: BitwiseCopyable>(
    elements: [Element], _ shape: Dims, _ dtype: DType
  ) throws(ThalwegError) {
    let count = try shape.checkedElementCount(of: dtype, in: "tensor")
    guard elements.count == count else {
      throw ThalwegError(
        .invalidArgument, "tensor: \(elements.count) elements given; the shape \(shape) takes \(count)")
    }
    let storage = try Recording.outside { () throws(ThalwegError) in
      try Storage(byteCount: elements.count * dtype.size, for: "tensor")
    }
    elements.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { storage.base.copyMemory(from: source, byteCount: bytes.count) }
    }
    self.init(storage: storage, shape: shape, strides: shape.contiguousStrides, offset: 0, dtype: dtype)
  }

  /// A tensor that shares foreign memory. `deleter`, if any, is called with `data` and `userData` when the last
  /// tensor that shares the memory is gone; on an error it is not called.
  /// - Parameter strides: in elements; nil for row-major. Not negative.
  package convenience init(
    foreign data: UnsafeMutableRawPointer, shape: Dims, strides: Dims?, dtype: DType,
    deleter: tw_deleter?, userData: UnsafeMutableRawPointer?
  ) throws(ThalwegError) {
    let count = try shape.checkedElementCount(of: dtype, in: "tensor_from_foreign")
    let strides = strides ?? shape.contiguousStrides
    guard Int(bitPattern: data) % dtype.size == 0 else {
      throw ThalwegError(
        .invalidArgument,
        "tensor_from_foreign: the address is not aligned to \(dtype.size) bytes for \(dtype)")
    }
    var last = 0
    if count > 0 {
      for i in shape.indices {
        let (span, overflow) = strides[i].multipliedReportingOverflow(by: shape[i] - 1)
        guard strides[i] >= 0, !overflow, span < Int.max / 32 else {
          throw ThalwegError(
            .invalidArgument,
            "tensor_from_foreign: strides \(strides) of shape \(shape) must not be negative or overflow")
        }
        last = min(last + span, Int.max / 32)
      }
    }
    let storage = Storage(
      foreign: data, byteCount: count == 0 ? 0 : (last + 1) * dtype.size, deleter: deleter, userData: userData
    )
    self.init(storage: storage, shape: shape, strides: strides, offset: 0, dtype: dtype)
  }
}
