import ThalwegCore

/// float32 of value * scale + offset, computed in float64, rounded once.
struct HDF5Scaling: Equatable, Sendable {
  var scale = 1.0
  var offset = 0.0
  /// A value that stands for none: it becomes not a number.
  var missing: Double?
  /// Whether the data set has an attribute for scale or offset.
  private(set) var isGiven = false

  init() {}

  /// The data set's attributes `scale` and `offset`, or in netCDF's words `scale_factor`, `add_offset`, `_FillValue` and
  /// `missing_value`; 1 and 0 where they are absent.
  ///
  /// Errors: `.format` when one of them is not one number.
  init(of dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    let scale = try Self.number("scale", "scale_factor", of: dataset)
    let offset = try Self.number("offset", "add_offset", of: dataset)
    missing = try Self.number("_FillValue", "missing_value", of: dataset)
    self.scale = scale ?? 1
    self.offset = offset ?? 0
    isGiven = scale != nil || offset != nil
  }

  private static func number(
    _ name: String, _ otherName: String, of dataset: borrowing HDF5Dataset
  ) throws(ThalwegError) -> Double? {
    if let value = try dataset.file.number(name, of: dataset.id, dataset.label) { return value }
    return try dataset.file.number(otherName, of: dataset.id, dataset.label)
  }

  func changesNothing(in dtype: DType) -> Bool {
    dtype == .float32 && scale == 1 && offset == 0 && (missing?.isNaN ?? true)
  }

  /// Converts `count` elements of `dtype`.
  func convert(_ input: UnsafeRawPointer, _ dtype: DType, to output: UnsafeMutableRawPointer, count: Int) {
    let output = UnsafeMutableBufferPointer(start: output.assumingMemoryBound(to: Float.self), count: count)
    let (scale, offset) = (scale, offset)
    func convert<Element>(_: Element.Type, _ value: (Element) -> Double) {
      let input = input.assumingMemoryBound(to: Element.self)
      if let missing {
        for index in output.indices {
          let value = value(input[index])
          output[index] = value == missing ? .nan : Float(value * scale + offset)
        }
      } else {
        for index in output.indices { output[index] = Float(value(input[index]) * scale + offset) }
      }
    }
    switch dtype {
    case .float32: convert(Float.self) { Double($0) }
    case .float64: convert(Double.self) { $0 }
    case .int64: convert(Int64.self) { Double($0) }
    case .int32: convert(Int32.self) { Double($0) }
    case .uint8, .bool: convert(UInt8.self) { Double($0) }
    }
  }
}
