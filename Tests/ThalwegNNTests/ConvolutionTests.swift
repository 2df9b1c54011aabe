import Testing
import ThalwegCore

@testable import ThalwegNN

/// Convolution and pooling against PyTorch (Tests/Golden/convolution.py).
@Suite struct ConvolutionTests {
  private struct Convolved {
    let name: String
    let input, weight: Dims
    var stride: Dims = [1]
    var padding: Dims = [0]
    var dilation: Dims = [1]
    var groups = 1
  }

  private static let convolutions = [
    Convolved(name: "plain", input: [2, 3, 6, 7], weight: [4, 3, 3, 2]),
    Convolved(
      name: "strided", input: [2, 2, 9, 8], weight: [3, 2, 3, 3], stride: [2, 3], padding: [1, 2]),
    Convolved(
      name: "dilated", input: [1, 2, 10, 9], weight: [3, 2, 3, 2], padding: [2, 0], dilation: [2, 3]),
    Convolved(name: "grouped", input: [2, 4, 5, 5], weight: [6, 2, 2, 3], padding: [0, 1], groups: 2),
    Convolved(
      name: "depthwise", input: [2, 3, 6, 6], weight: [3, 1, 3, 3], stride: [2], padding: [1], groups: 3),
    Convolved(name: "one", input: [2, 5, 4, 3], weight: [7, 5, 1, 1]),
    Convolved(
      name: "all", input: [2, 4, 11, 12], weight: [4, 2, 3, 3], stride: [3, 2], padding: [2, 1],
      dilation: [2],
      groups: 2),
  ]

  private static var pools: [(String, (Tensor) throws -> Tensor)] {
    [
      ("max", { try $0.maxPool2d([2]) }),
      ("max-strided", { try $0.maxPool2d([3, 2], stride: [2, 3], padding: [1]) }),
      ("max-dilated", { try $0.maxPool2d([2], stride: [1], padding: [1], dilation: [2, 3]) }),
      ("max-ceil", { try $0.maxPool2d([2, 4], stride: [2, 3], ceilMode: true) }),
      ("avg", { try $0.avgPool2d([2]) }),
      ("avg-padded", { try $0.avgPool2d([3], stride: [2], padding: [1]) }),
      ("avg-not-counted", { try $0.avgPool2d([3], stride: [2], padding: [1], countsPadding: false) }),
      ("avg-ceil", { try $0.avgPool2d([3, 2], stride: [3, 2], padding: [1, 0], ceilMode: true) }),
      ("avg-divisor", { try $0.avgPool2d([2, 3], divisor: 5) }),
    ]
  }

  @Test(arguments: [DType.float32, .float64]) func convolution(_ dtype: DType) throws {
    let lines = try golden("convolution.txt")
    for test in Self.convolutions {
      let (x, w, b) = (
        try leaf(test.input, 1, dtype), try leaf(test.weight, 2, dtype), try leaf([test.weight[0]], 3, dtype)
      )
      let y = try x.conv2d(
        w, b, stride: test.stride, padding: .zeros(test.padding), dilation: test.dilation, groups: test.groups
      )
      try y.backward(numbers(y.shape, 4, dtype))
      try compare(test.name, lines, dtype, ["y": y, "dx": x.grad, "dw": w.grad, "db": b.grad])
    }
  }

  @Test(arguments: [DType.float32, .float64]) func pooling(_ dtype: DType) throws {
    let lines = try golden("convolution.txt")
    for (name, pool) in Self.pools {
      let x = try leaf([2, 2, 7, 9], 1, dtype)
      let y = try pool(x)
      try y.backward(numbers(y.shape, 4, dtype))
      try compare(name, lines, dtype, ["y": y, "dx": x.grad])
    }
  }

  /// One image without a batch's dimension, in strides that are not row-major.
  @Test func oneImage() throws {
    let x = try numbers([7, 6, 3], 1, .float32).permute([2, 1, 0])
    let w = try numbers([4, 3, 3, 2], 2, .float32)
    let dense = try x.contiguous().reshape([1, 3, 6, 7])
    #expect(try x.conv2d(w).toArray() == dense.conv2d(w).toArray())
    #expect(try x.conv2d(w).shape == [4, 4, 6])
    #expect(try x.maxPool2d([2]).shape == [3, 3, 3])
    #expect(try x.avgPool2d([2]).toArray() == dense.avgPool2d([2]).toArray())
  }

  /// Padding that differs on both sides is padding of an image with zeros in it.
  @Test func paddingOfFourSides() throws {
    let x = try numbers([1, 2, 3, 4], 1, .float64)
    let w = try numbers([3, 2, 2, 3], 2, .float64)
    let wide = try Tensor.cat([Tensor.zeros([1, 2, 3, 1], dtype: .float64), x], dim: 3)
    let padded = try Tensor.cat([wide, Tensor.zeros([1, 2, 2, 5], dtype: .float64)], dim: 2)
    #expect(try x.conv2d(w, padding: [0, 1, 2, 0]).toArray() == padded.conv2d(w).toArray())
  }

  @Test func nansAndTies() throws {
    let x = try leaf([.nan, 1, 2, 2, -.infinity, 2], [1, 2, 3])
    let y = try x.maxPool2d([1, 2], stride: [1, 1])
    #expect(try y.toArray()[0].isNaN)
    #expect(try Array(y.toArray()[1...]) == [2, 2, 2])
    try y.backward(Tensor.ones(y.shape))
    #expect(try x.grad?.toArray() == [1, 0, 1, 1, 0, 1])
    let low = try leaf([-.infinity, -.infinity], [1, 1, 2])
    try low.maxPool2d([1, 2]).backward()
    #expect(try low.grad?.toArray() == [1, 0])
  }

  private func leaf(_ shape: Dims, _ salt: Int, _ dtype: DType) throws -> Tensor {
    let tensor = try numbers(shape, salt, dtype)
    try tensor.setRequiresGrad(true)
    return tensor
  }

  private func leaf(_ values: [Float], _ shape: Dims) throws -> Tensor {
    let tensor = try Tensor(values, shape)
    try tensor.setRequiresGrad(true)
    return tensor
  }

  private func numbers(_ shape: Dims, _ salt: Int, _ dtype: DType) throws -> Tensor {
    let count = shape.reduce(1, *)
    return try Tensor((0..<count).map { Double(($0 * 37 + salt * 11) % 29) / 8 - 1.75 }, shape).to(dtype)
  }

  private func compare(
    _ name: String, _ lines: [[Substring]], _ dtype: DType, _ found: [String: Tensor?]
  ) throws {
    var count = 0
    for words in lines where words[0] == name {
      let expected = words.dropFirst(2).compactMap { Double($0) }
      let values = try found[String(words[1])]??.toArray() ?? []
      #expect(
        distance(values, expected) < (dtype == .float64 ? 1e-10 : 2e-6), "\(name), \(words[1]), \(dtype)")
      count += 1
    }
    #expect(count == found.count, "\(name) has \(count) lines")
  }
}
