/// What is put around an image before filters slide over it, in zeros.
public enum ConvolutionPadding: ExpressibleByArrayLiteral, Sendable {
  /// Before and behind: one number; or one a direction, for images height and width; or a number a side, which are for
  /// sequences left and right, for images top, left, bottom and right, for volumes front, top, left, back, bottom, right.
  case zeros(Dims)
  /// As much as makes the result as large as the input; the odd one goes behind. For stride 1.
  case same

  public static var valid: ConvolutionPadding { .zeros([0]) }

  public init(arrayLiteral numbers: Int...) { self = .zeros(Dims(numbers)) }
}

extension ConvolutionPadding {
  /// In numbers, a number a side.
  /// - Throws: `.invalidArgument` for numbers out of range, and for `same` with a stride.
  package func sides(
    kernel: Dims, stride: Dims, dilation: Dims, directions: Int, in function: some CustomStringConvertible
  ) throws(ThalwegError) -> Dims {
    func numbers(_ value: Dims, _ name: StaticString, _ least: Int) throws(ThalwegError) -> Dims {
      try windowNumbers(value, name, atLeast: least, directions: directions, in: function)
    }
    switch self {
    case .zeros(let pads) where pads.count == 2 * directions:
      for pad in pads where pad < 0 || pad > Int(Int32.max) {
        throw ThalwegError(
          .invalidArgument, "\(function): padding is \(pads); each entry must be from 0 to \(Int32.max)")
      }
      return pads
    case .zeros(let pads):
      let both = try numbers(pads, "padding", 0)
      return Dims(Array(both) + Array(both))
    case .same:
      guard try numbers(stride, "stride", 1).allSatisfy({ $0 == 1 }) else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): padding 'same' keeps the size, which a stride of \(stride) cannot; give the padding in numbers"
        )
      }
      let (taps, gaps) = (try numbers(kernel, "kernel_size", 1), try numbers(dilation, "dilation", 1))
      let room = taps.indices.map { gaps[$0] * (taps[$0] - 1) }  // all numbers are below 2^31
      return Dims(room.map { $0 / 2 } + room.map { $0 - $0 / 2 })
    }
  }
}
