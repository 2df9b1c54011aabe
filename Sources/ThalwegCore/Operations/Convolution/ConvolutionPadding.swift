/// What is put around an image before filters slide over it, in zeros.
public enum ConvolutionPadding: ExpressibleByArrayLiteral, Sendable {
  /// Before and behind: one number; or for images one for height and one for width; or a number a side, which are top,
  /// left, bottom and right, for sequences left and right.
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
    kernel: Dims, stride: Dims, dilation: Dims, isLine: Bool, in function: StaticString
  ) throws(ThalwegError) -> Dims {
    switch self {
    case .zeros(let numbers) where numbers.count == (isLine ? 2 : 4):
      for number in numbers where number < 0 || number > Int(Int32.max) {
        throw ThalwegError(
          .invalidArgument,
          "\(function): padding is \(numbers); each entry must be from 0 to \(Int32.max)")
      }
      return numbers
    case .zeros(let numbers):
      let (y, x) = try windowPair(numbers, "padding", atLeast: 0, isLine: isLine, in: function)
      return isLine ? [x, x] : [y, x, y, x]
    case .same:
      let steps = try windowPair(stride, "stride", atLeast: 1, isLine: isLine, in: function)
      guard steps == (1, 1) else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): padding 'same' keeps the size, which a stride of \(stride) cannot; give the padding in numbers"
        )
      }
      let (tapsY, tapsX) = try windowPair(kernel, "kernel_size", atLeast: 1, isLine: isLine, in: function)
      let (gapY, gapX) = try windowPair(dilation, "dilation", atLeast: 1, isLine: isLine, in: function)
      // All numbers are below 2^31.
      let (height, width) = (gapY * (tapsY - 1), gapX * (tapsX - 1))
      if isLine { return [width / 2, width - width / 2] }
      return [height / 2, width / 2, height - height / 2, width - width / 2]
    }
  }
}
