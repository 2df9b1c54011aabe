import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct ImageLayerTests {
  @Test func conv2d() throws {
    let layer = try Conv2d(4, 6, kernel: [3, 2], stride: [2], padding: .zeros([1, 0]), groups: 2)
    #expect(layer.namedParameters().map(\.name) == ["weight", "bias"])
    #expect(layer.parameter("weight")?.shape == [6, 2, 3, 2])
    #expect(layer.parameter("bias")?.shape == [6])
    let y = try layer(Tensor.ones([5, 4, 9, 8]))
    #expect(y.shape == [5, 6, 5, 4])
    try y.sum().backward()
    #expect(layer.parameters().allSatisfy { $0.grad != nil })
    #expect(
      try Conv2d(1, 2, kernel: [3], bias: false, dtype: .float64).parameters().map(\.dtype) == [.float64])
  }

  @Test func conv2dStartsAsPyTorchs() throws {
    let layer = try Conv2d(10, 100, kernel: [5, 2], generator: Generator(seed: 1))
    for tensor in layer.parameters() {
      let values = try tensor.toArray()
      #expect(values.allSatisfy { abs($0) <= 0.1 + 1e-8 })
      let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(variance - 0.01 / 3) < 0.001)
    }
  }

  @Test func samePaddingKeepsTheSize() throws {
    let x = try Tensor.ones([1, 1, 6, 7])
    for (kernel, dilation) in [
      ([3, 3], [1, 1]), ([4, 2], [1, 1]), ([2, 5], [3, 2]), ([1, 1], [1, 1]),
    ] {
      let layer = try Conv2d(1, 2, kernel: Dims(kernel), padding: .same, dilation: Dims(dilation))
      #expect(try layer(x).shape == [1, 2, 6, 7])
    }
    #expect(try Conv2d(1, 2, kernel: [2, 4], padding: .same).padding == [0, 1, 1, 2])
    #expect(try Conv2d(1, 2, kernel: [3], padding: .valid)(x).shape == [1, 2, 4, 5])
  }

  @Test func conv2dRefuses() throws {
    func message(_ body: @autoclosure () throws -> Conv2d) -> String {
      failure { _ = try body() }?.message ?? ""
    }
    #expect(message(try Conv2d(3, 4, kernel: [3], groups: 2)).contains("groups divide both"))
    #expect(message(try Conv2d(3, 4, kernel: [0])).contains("kernel_size is [0]"))
    #expect(message(try Conv2d(3, 4, kernel: [3, 3, 3])).contains("kernel_size has 3 entries"))
    #expect(message(try Conv2d(3, 4, kernel: [3], stride: [2], padding: .same)).contains("'same'"))
    #expect(message(try Conv2d(3, 4, kernel: [3], padding: .zeros([-1]))).contains("padding is [-1]"))
    #expect(message(try Conv2d(3, 4, kernel: [3], dtype: .int32)).contains("float32 or float64"))
  }

  @Test func conv1d() throws {
    let layer = try Conv1d(4, 6, kernel: [3], stride: [2], padding: .zeros([1, 2]), groups: 2)
    #expect(layer.parameter("weight")?.shape == [6, 2, 3])
    #expect(try layer(Tensor.ones([5, 4, 9])).shape == [5, 6, 5])
    #expect(try Conv1d(4, 6, kernel: [4], padding: .same)(Tensor.ones([4, 9])).shape == [6, 9])
    #expect(failure { _ = try Conv1d(4, 6, kernel: [3, 3]) }?.message.contains("give one number") == true)
  }

  @Test func transposed() throws {
    let layer = try ConvTranspose2d(
      4, 6, kernel: [3, 2], stride: [2], padding: [1], outputPadding: [1, 0], groups: 2,
      generator: Generator(seed: 1))
    #expect(layer.parameter("weight")?.shape == [4, 3, 3, 2])
    #expect(layer.parameter("bias")?.shape == [6])
    let bound = 1 / 18.0.squareRoot()
    for tensor in layer.parameters() {
      #expect(try tensor.toArray().allSatisfy { abs($0) <= bound })
      #expect(try tensor.abs().amax().item() > 0.7 * bound)
    }
    let y = try layer(Tensor.ones([5, 4, 3, 4]))
    #expect(y.shape == [5, 6, 6, 6])
    try y.sum().backward()
    #expect(layer.parameters().allSatisfy { $0.grad != nil })
    #expect(try ConvTranspose1d(2, 3, kernel: [5], stride: [3])(Tensor.ones([2, 4])).shape == [3, 14])
    let wrong = failure { _ = try ConvTranspose1d(2, 3, kernel: [5], stride: [3], outputPadding: [3]) }
    #expect(wrong?.message.contains("must be smaller than stride [3] or dilation [1]") == true)
  }

  @Test func poolsOfSequences() throws {
    let x = try Tensor((0..<8).map(Float.init), [1, 8])
    #expect(try MaxPool1d([3], stride: [2], padding: [1])(x).toArray() == [1, 3, 5, 7])
    #expect(try AvgPool1d([4])(x).toArray() == [1.5, 5.5])
    #expect(try AdaptiveMaxPool1d([3])(x).toArray() == [2, 5, 7])
    #expect(try AdaptiveAvgPool1d([3])(x).toArray() == [1, 3.5, 6])
    #expect(try AdaptiveAvgPool2d([-1, 4])(Tensor.ones([1, 3, 8])).shape == [1, 3, 4])
    #expect(try AdaptiveMaxPool2d([2])(Tensor.ones([2, 1, 3, 8])).shape == [2, 1, 2, 2])
    #expect(failure { _ = try AdaptiveAvgPool1d([-1]) }?.message.contains("output_size is [-1]") == true)
    #expect(failure { _ = try AvgPool1d([2, 2]) }?.message.contains("give one number") == true)
  }

  @Test func pools() throws {
    let x = try Tensor((0..<16).map(Float.init), [1, 1, 4, 4])
    #expect(try MaxPool2d([2])(x).toArray() == [5, 7, 13, 15])
    #expect(try MaxPool2d([2], stride: [1])(x).shape == [1, 1, 3, 3])
    #expect(try AvgPool2d([2])(x).toArray() == [2.5, 4.5, 10.5, 12.5])
    #expect(try AvgPool2d([2, 4], divisor: 1)(x).toArray() == [28, 92])
    #expect(failure { _ = try MaxPool2d([2], stride: [0]) }?.message.contains("stride is [0]") == true)
    #expect(failure { _ = try AvgPool2d([2], divisor: 0) }?.code == .invalidArgument)
    #expect(
      failure { _ = try MaxPool2d([2], padding: [2])(x) }?.message.contains("half of the kernel") == true)
  }

  @Test func volumes() throws {
    let x = try Tensor((0..<16).map(Float.init), [1, 1, 2, 2, 4])
    #expect(try MaxPool3d([2])(x).toArray() == [13, 15])
    #expect(try AvgPool3d([2, 1, 4])(x).toArray() == [5.5, 9.5])
    #expect(try AdaptiveMaxPool3d([1, 2, -1])(x).shape == [1, 1, 1, 2, 4])
    #expect(try AdaptiveAvgPool3d([1])(x).toArray() == [7.5])
    #expect(try LPPool3d(1, [2, 2, 4])(x).toArray() == [120])
    #expect(try FractionalMaxPool3d([1], outputSize: [2, 1, 3])(x).shape == [1, 1, 2, 1, 3])
    let layer = try Conv3d(1, 2, kernel: [2, 1, 3], padding: [0, 1, 1], paddingMode: .circular)
    #expect(layer.parameter("weight")?.shape == [2, 1, 2, 1, 3])
    #expect(try layer(x).shape == [1, 2, 1, 4, 4])
    #expect(try ConvTranspose3d(1, 2, kernel: [2], stride: [2])(x).shape == [1, 2, 4, 4, 8])
    #expect(failure { _ = try FractionalMaxPool2d([2]) }?.message.contains("one of output_size") == true)
    #expect(failure { _ = try Conv3d(1, 2, kernel: [2, 2]) }?.message.contains("kernel_size") == true)
  }

  @Test func dropout() throws {
    let layer = try Dropout(0.25, generator: Generator(seed: 3))
    let x = try Tensor.ones([100, 100])
    let values = try layer(x).toArray()
    let kept = values.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 4.0 / 3) < 1e-6 })
    #expect(abs(Double(kept.count) / 1e4 - 0.75) < 0.02)
    #expect(try layer(x).toArray() != values)
    #expect(try Dropout(0.25, generator: Generator(seed: 3))(x).toArray() == values)
    layer.train(false)
    #expect(try layer(x) === x)
    #expect(try Dropout(1)(x).toArray().allSatisfy { $0 == 0 })
    #expect(failure { _ = try Dropout(1.5) }?.message.contains("1.5") == true)
    #expect(failure { _ = try Dropout(.nan) }?.code == .invalidArgument)
  }
}
