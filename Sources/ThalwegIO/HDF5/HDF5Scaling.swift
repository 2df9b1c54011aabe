import ThalwegCore

/// float32 of value * scale + offset, computed in float64, rounded once.
struct HDF5Scaling: Equatable, Sendable {
  var scale = 1.0
  var offset = 0.0
  /// Whether the data set has either attribute.
  private(set) var isGiven = false

  /// The data set's attributes `scale` and `offset`; 1 and 0 where they are absent.
  ///
  /// Errors: `.format` when one of them is not one number.
  init(of dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    let scale = try dataset.file.number("scale", of: dataset.id, dataset.label)
    let offset = try dataset.file.number("offset", of: dataset.id, dataset.label)
    self.scale = scale ?? 1
    self.offset = offset ?? 0
    isGiven = scale != nil || offset != nil
  }

  func changesNothing(in dtype: DType) -> Bool { dtype == .float32 && scale == 1 && offset == 0 }

  /// Converts `count` elements of `dtype`.
  func convert(_ input: UnsafeRawPointer, _ dtype: DType, to output: UnsafeMutableRawPointer, count: Int) {
    let output = UnsafeMutableBufferPointer(start: output.assumingMemoryBound(to: Float.self), count: count)
    let (scale, offset) = (scale, offset)
    func convert<Element>(_: Element.Type, _ value: (Element) -> Double) {
      let input = input.assumingMemoryBound(to: Element.self)
      for index in output.indices { output[index] = Float(value(input[index]) * scale + offset) }
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
