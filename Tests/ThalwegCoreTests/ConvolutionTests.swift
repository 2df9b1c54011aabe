import CKernels
import Testing
@testable import ThalwegCore

/// What does not depend on the values of a convolution: threads, sizes, errors.
@Suite(.serialized) struct ConvolutionTests {
  @Test func sameBitsForAnyNumberOfThreads() throws {
    let before = Threads.count
    defer { Threads.count = before }
    // Several blocks of channels, taps, pixels and images.
    let cases: [(Dims, Dims, Dims)] = [
      ([5, 40, 12, 13], [30, 40, 3, 3], [1]), ([40, 1, 14, 14], [6, 1, 5, 5], [2]),
      ([1, 8, 40, 40], [300, 8, 2, 2], [1]), ([9, 30, 12, 13], [30, 1, 3, 3], [1]),
      ([3, 20, 15, 14], [40, 1, 2, 3], [2, 3]), ([6, 32, 9, 30], [8, 16, 3, 1], [1, 2]),
      ([1, 64, 8, 8], [64, 64, 3, 3], [1]), ([11, 16, 32, 30], [16, 16, 3, 3], [1]),
      ([9, 3, 32, 32], [16, 3, 3, 3], [1]), ([2, 1, 28, 28], [6, 1, 5, 5], [1]),
    ]
    for (input, filters, stride) in cases {
      var first: [[Double]]?
      for threads in [1, 2, 4] {
        Threads.count = threads
        let generator = Generator(seed: 5)
        let x = try Tensor.randn(input, generator: generator)
        let w = try Tensor.randn(filters, generator: generator)
        for tensor in [x, w] { try tensor.setRequiresGrad(true) }
        let y = try x.conv2d(w, stride: stride, padding: [1], groups: input[1] / filters[1]).dropout(
          0.3, generator: generator
        ).maxPool2d([2]
        )
        try y.backward(Tensor.randn(y.shape, generator: generator))
        let results = [try y.toArray(), try x.grad?.toArray() ?? [], try w.grad?.toArray() ?? []]
        if let first { #expect(results == first) } else { first = results }
      }
    }
  }

  /// Large enough for several blocks in every direction, against the composition of slices and products.
  @Test func blocksMeet() throws {
    let generator = Generator(seed: 8)
    let x = try Tensor.randn([2, 70, 19, 18], dtype: .float64, generator: generator)
    let w = try Tensor.randn([45, 70, 3, 2], dtype: .float64, generator: generator)
    for tensor in [x, w] { try tensor.setRequiresGrad(true) }
    let y = try x.conv2d(w)
    var sum = try Tensor.zeros(y.shape, dtype: .float64)
    for i in 0..<3 {
      for j in 0..<2 {
        let part = try x.slice(2, i, i + 17).slice(3, j, j + 17).reshape([2, 70, 17 * 17])
        sum = try sum + w.select(3, j).select(2, i).matmul(part).reshape(y.shape)
      }
    }
    let seed = try Tensor.randn(y.shape, dtype: .float64, generator: generator)
    let exact = try [sum] + grad([sum], [x, w], seeds: [seed]).compactMap { $0 }
    let found = try [y] + grad([y], [x, w], seeds: [seed]).compactMap { $0 }
    for (a, b) in zip(exact, found) {
      #expect(try (a - b).abs().amax().item() < 1e-9)
    }
  }

  /// Three by three taps at every place, which takes tiles of places, against the sum of taps one by one.
  @Test func tilesOfPlaces() throws {
    let cases: [(Dims, Dims, Dims, Int)] = [
      ([3, 14, 9, 11], [30, 14, 3, 3], [1], 1), ([2, 56, 16, 7], [26, 28, 3, 3], [2, 0, 1, 1], 2),
      ([19, 16, 5, 4], [16, 16, 3, 3], [0, 1, 2, 1], 1), ([1, 48, 37, 26], [45, 48, 3, 3], [3, 0], 1),
    ]
    for (input, filters, padding, groups) in cases {
      for dtype in [DType.float64, .float32] {
        let generator = Generator(seed: 6)
        let x = try Tensor.randn(input, generator: generator).to(dtype)
        let w = try Tensor.randn(filters, generator: generator).to(dtype)
        let b = try Tensor.randn([filters[0]], generator: generator).to(dtype)
        for tensor in [x, w, b] { try tensor.setRequiresGrad(true) }
        let found = try x.conv2d(w, b, padding: ConvolutionPadding.zeros(padding), groups: groups)
        let geometry = try ConvolutionGeometry(
          stride: [1], padding: .zeros(padding), dilation: [1], groups: groups, kernel: [3, 3], isLine: false,
          in: "test")
        #expect(WinogradProduct(dtype, geometry, x.shape, w.shape, found.shape) != nil)
        let sides = padding.count == 4 ? padding : [padding[0], padding[padding.count - 1]]
        let (top, left) = (sides[0], sides[1])
        let (bottom, right) = sides.count == 4 ? (sides[2], sides[3]) : (top, left)
        let wide = try x.pad([left, right, top, bottom])
        var exact = try b.reshape([1, filters[0], 1, 1]).expand(found.shape)
        for i in 0..<3 {
          for j in 0..<3 {
            let part = try wide.slice(2, i, i + found.shape[2]).slice(3, j, j + found.shape[3])
            exact = try exact + part.conv2d(w.slice(2, i, i + 1).slice(3, j, j + 1), groups: groups)
          }
        }
        let seed = try Tensor.randn(found.shape, generator: generator).to(dtype)
        let theirs = try [exact] + grad([exact], [x, w, b], seeds: [seed]).compactMap { $0 }
        let ours = try [found] + grad([found], [x, w, b], seeds: [seed]).compactMap { $0 }
        for (a, b) in zip(theirs, ours) {
          let error = try (a - b).abs().amax().item() / a.abs().amax().item()
          #expect(error < (dtype == .float64 ? 1e-13 : 1e-5), "\(input) \(dtype): \(error)")
        }
        let addend = seed.detach()
        let ended = try Convolution.values(
          x.detach(), w.detach(), b.detach(), found.shape, geometry, addend: addend,
          activation: Int32(TK_ACTIVATION_RELU), in: "test")
        #expect(try ended.toArray() == (found.detach() + addend).relu().toArray())
      }
    }
  }

  /// Many images, which lie side by side in registers, against one after the other, which take other ways.
  @Test func batchesAreTheirImages() throws {
    let cases: [(Dims, Dims, Dims, Dims, Dims, Int)] = [
      ([29, 5, 11, 9], [7, 5, 3, 2], [1], [2, 1], [1], 1),
      ([16, 30, 7, 8], [9, 30, 3, 3], [2, 3], [1], [1, 2], 1),
      ([13, 6, 12, 10], [18, 2, 5, 4], [3, 2], [0, 4], [1], 3),
      ([31, 70, 6, 6], [20, 70, 3, 3], [1], [1], [2, 1], 1),
      ([45, 3, 40, 33], [6, 3, 1, 3], [1, 2], [0, 1], [1], 1),
    ]
    for (input, filters, stride, padding, dilation, groups) in cases {
      let generator = Generator(seed: 3)
      let x = try Tensor.randn(input, dtype: .float64, generator: generator)
      let w = try Tensor.randn(filters, dtype: .float64, generator: generator)
      let b = try Tensor.randn([filters[0]], dtype: .float64, generator: generator)
      for tensor in [x, w, b] { try tensor.setRequiresGrad(true) }
      func run(_ x: Tensor) throws -> Tensor {
        try x.conv2d(
          w, b, stride: stride, padding: ConvolutionPadding.zeros(padding), dilation: dilation, groups: groups
        )
      }
      let together = try run(x)
      let alone = try Tensor.cat((0..<input[0]).map { try run(x.slice(0, $0, $0 + 1)) })
      let seed = try Tensor.randn(together.shape, dtype: .float64, generator: generator)
      let exact = try [alone] + grad([alone], [x, w, b], seeds: [seed]).compactMap { $0 }
      let found = try [together] + grad([together], [x, w, b], seeds: [seed]).compactMap { $0 }
      #expect(found.count == 4 && exact.count == 4)
      for (a, b) in zip(exact, found) {
        #expect(try (a - b).abs().amax().item() < 1e-9)
      }
    }
  }

  /// Wide enough for packs of windows, with edges on all sides, against a plain loop.
  @Test func poolings() throws {
    let cases: [(Dims, Dims, Dims, Dims, Dims)] = [
      ([21, 37], [3, 2], [2, 1], [1, 1], [1, 1]),
      ([9, 50], [2, 2], [2, 2], [0, 0], [1, 1]), ([8, 40], [4, 3], [1, 3], [2, 1], [2, 3]),
      ([8, 8], [8, 8], [8, 8], [0, 0], [1, 1]), ([13, 47], [5, 9], [3, 7], [1, 2], [1, 1]),
    ]
    for (size, kernel, stride, padding, dilation) in cases {
      for dtype in [DType.float32, .float64] {
        let values = try (Tensor.randn([2, size[0], size[1]], generator: Generator(seed: 2)) * 2).toArray()
          .map {
            $0.rounded()  // many ties
          }
        let x = try Tensor(values, [2, size[0], size[1]]).to(dtype)
        let (found, places) = try x.maxPool2dWithIndices(
          kernel, stride: stride, padding: padding, dilation: dilation)
        let average = try x.avgPool2d(kernel, stride: stride, padding: padding)
        func taps(_ place: Int, _ axis: Int, _ dilation: Int) -> [Int] {
          (0..<kernel[axis]).map { place * stride[axis] - padding[axis] + $0 * dilation }.filter {
            $0 >= 0 && $0 < size[axis]
          }
        }
        func forEachWindow(_ shape: Dims, _ dilation: Dims, _ body: (Int, [Int]) -> Void) {
          for i in 0..<shape.product {
            let (plane, p, q) = (i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2])
            let rows = taps(p, 0, dilation[0])
            body(plane, rows.flatMap { y in taps(q, 1, dilation[1]).map { y * size[1] + $0 } })
          }
        }
        var largest: [Double] = [], first: [Double] = [], sums: [Double] = []
        forEachWindow(found.shape, dilation) { plane, window in
          var best = window[0]
          let image = values[(plane * size.product)...]
          for place in window where image[image.startIndex + place] > image[image.startIndex + best] {
            best = place
          }
          largest.append(image[image.startIndex + best])
          first.append(Double(best))
        }
        forEachWindow(average.shape, [1, 1]) { plane, window in
          sums.append(window.reduce(0) { $0 + values[plane * size.product + $1] })
        }
        #expect(try found.toArray() == largest)
        #expect(try places.toArray() == first)
        let exact = sums.map { $0 / Double(kernel.product) }
        for (a, b) in zip(try average.toArray(), exact) { #expect(abs(a - b) < 1e-6) }
      }
    }
  }

  /// However it is computed: each filter on a channel, many images, few.
  @Test func activations() throws {
    let cases: [(Dims, Int)] = [
      ([3, 6, 9, 40], 6), ([32, 6, 9, 8], 1), ([2, 6, 9, 8], 2), ([2, 6, 9, 8], 1), ([2, 1, 9, 40], 1),
    ]
    for (input, groups) in cases {
      let generator = Generator(seed: 4)
      let x = try Tensor.randn(input, generator: generator)
      let w = try Tensor.randn([6, input[1] / groups, 3, 3], generator: generator)
      let b = try Tensor.randn([6], generator: generator)
      let geometry = try ConvolutionGeometry(
        stride: [1], padding: [1], dilation: [1], groups: groups, kernel: [3, 3], isLine: false, in: "test")
      let plain = try x.conv2d(w, b, padding: [1], groups: groups)
      for (code, exact) in [
        (0, plain), (1, try plain.relu()), (2, try plain.tanh()), (3, try plain.sigmoid()),
      ] {
        let found = try Convolution.values(
          x, w, b, plain.shape, geometry, activation: Int32(code), in: "test")
        #expect(try found.toArray() == exact.toArray())
      }
    }
  }

  @Test func noImages() throws {
    let x = try Tensor.zeros([0, 2, 5, 5])
    let w = try Tensor.ones([3, 2, 3, 3])
    for tensor in [x, w] { try tensor.setRequiresGrad(true) }
    let y = try x.conv2d(w, Tensor.ones([3]))
    #expect(y.shape == [0, 3, 3, 3])
    try y.sum().backward()
    #expect(x.grad?.shape == [0, 2, 5, 5])
    #expect(try w.grad?.toArray() == Array(repeating: 0, count: 54))
    #expect(try x.maxPool2d([2]).shape == [0, 2, 2, 2])
    #expect(try x.avgPool2d([2]).dropout().shape == [0, 2, 2, 2])
    #expect(try x.adaptiveMaxPool2d([3]).shape == [0, 2, 3, 3])
    #expect(try x.maxPool2dWithIndices([2]).indices.shape == [0, 2, 2, 2])
    #expect(try x.convTranspose2d(Tensor.ones([2, 3, 3, 3])).shape == [0, 3, 7, 7])
  }

  /// As PyTorch's: no channels stay none, whatever the weight says.
  @Test func noChannels() throws {
    let x = try Tensor.zeros([2, 0, 5])
    let (w, b) = (try Tensor.ones([3, 0, 3]), try Tensor.ones([3]))
    for tensor in [x, w, b] { try tensor.setRequiresGrad(true) }
    let y = try x.conv1d(w, b)
    #expect(y.shape == [2, 0, 3])
    try y.sum().backward()
    #expect(x.grad?.shape == [2, 0, 5])
    #expect(try b.grad?.toArray() == [0, 0, 0])
  }

  /// A window that is cut off on all sides, and an image of no size.
  @Test func transposedToNothing() throws {
    let x = try Tensor.ones([2, 2, 1])
    let w = try Tensor.ones([2, 3, 4])
    for tensor in [x, w] { try tensor.setRequiresGrad(true) }
    let y = try x.convTranspose1d(w, padding: [2])
    #expect(y.shape == [2, 3, 0])
    try y.sum().backward()
    #expect(try x.grad?.toArray() == [0, 0, 0, 0])
    #expect(try w.grad?.toArray() == Array(repeating: 0, count: 24))
  }

  @Test func errorsSayWhatWouldBeRight() throws {
    let x = try Tensor.ones([1, 4, 5, 6])
    let w = try Tensor.ones([6, 4, 3, 3])
    let (row, line) = (try Tensor.ones([1, 4, 5]), try Tensor.ones([6, 4, 3]))
    func message(_ body: () throws -> Tensor) -> String {
      do { return "\(try body().shape)" } catch { return "\(error)" }
    }
    let cases: [(String, () throws -> Tensor)] = [
      ("groups is 0; it must be at least 1", { try x.conv2d(w, groups: 0) }),
      ("groups is 4, and weight [6, 4, 3, 3] has 6", { try x.conv2d(w, groups: 4) }),
      (
        "the input's channels (4) must be the weight's second dimension times groups (4 x 2)",
        { try x.conv2d(w, groups: 2) }
      ),
      ("groups", { try x.conv2d(w, groups: .max) }),
      ("stride is [0, 1]; each entry must be from 1", { try x.conv2d(w, stride: [0, 1]) }),
      ("stride has 3 entries", { try x.conv2d(w, stride: [1, 1, 1]) }),
      ("padding is [-1]", { try x.conv2d(w, padding: [-1]) }),
      ("dilation is [\(Int.max)]", { try x.conv2d(w, dilation: [.max]) }),
      (
        "the kernel [3, 3] with dilation [3, 1] is larger than the input [1, 4, 5, 6]",
        { try x.conv2d(w, dilation: [3, 1]) }
      ),
      ("the input has shape [4]", { try Tensor.ones([4]).conv2d(w) }),
      ("the weight has shape [6, 4]; it must be [out channels", { try x.conv2d(Tensor.ones([6, 4])) }),
      ("the weight has shape [6, 4, 0, 1]", { try x.conv2d(Tensor.ones([6, 4, 0, 1])) }),
      ("it must be [6]", { try x.conv2d(w, Tensor.ones([4])) }),
      ("weight float64", { try x.conv2d(w.to(.float64)) }),
      ("larger than any memory", { try x.conv2d(w, padding: [Int(Int32.max)]) }),
      ("max_pool2d: kernel_size is [0]", { try x.maxPool2d([0]) }),
      ("max_pool2d: the kernel [6, 6] with dilation [1, 1] is larger", { try x.maxPool2d([6]) }),
      ("avg_pool2d: padding [2] is more than half", { try x.avgPool2d([3], padding: [2]) }),
      ("avg_pool2d: the input has shape [5]", { try Tensor.ones([5]).avgPool2d([3]) }),
      ("max_pool2d: tensors of bool", { try x.to(.bool).maxPool2d([2]) }),
      ("conv2d: padding 'same' keeps the size", { try x.conv2d(w, stride: [2], padding: .same) }),
      ("conv1d: the input has shape [4]; it must be [N, C, L]", { try Tensor.ones([4]).conv1d(line) }),
      ("conv1d: the weight has shape [6, 4, 3, 3]; it must be", { try row.conv1d(w) }),
      ("conv1d: stride has 2 entries; give one number", { try row.conv1d(line, stride: [1, 2]) }),
      ("conv1d: the kernel [3] with dilation [3] is larger", { try row.conv1d(line, dilation: [3]) }),
      ("conv1d: the bias has shape [2]", { try row.conv1d(line, Tensor.ones([2])) }),
      (
        "conv_transpose2d: output_padding is [2]; it must be smaller than stride [2] or dilation [1]",
        { try x.convTranspose2d(Tensor.ones([4, 2, 3, 3]), stride: [2], outputPadding: [2]) }
      ),
      (
        "the input's channels (4) must be the weight's first dimension (6)", { try x.convTranspose2d(w) }
      ),
      ("leave nothing", { try row.convTranspose1d(Tensor.ones([4, 2, 1]), padding: [3]) }),
      ("conv_transpose1d: stride is [0]", { try row.convTranspose1d(Tensor.ones([4, 2, 1]), stride: [0]) }),
      (
        "larger than any memory",
        {
          try Tensor.ones([1, 4, 5, 5]).convTranspose2d(
            Tensor.ones([4, 2, 2, 2]), dilation: [Int(Int32.max)])
        }
      ),
      ("max_pool1d: the input has shape [1, 4, 5, 6]; it must be [N, C, L]", { try x.maxPool1d([2]) }),
      (
        "max_pool1d: the kernel [6] with dilation [1] is larger than the input [1, 4, 5]",
        { try row.maxPool1d([6]) }
      ),
      ("avg_pool1d: kernel_size has 2 entries", { try row.avgPool1d([2, 2]) }),
      ("adaptive_avg_pool2d: output_size is [-2]", { try x.adaptiveAvgPool2d([-2]) }),
      ("adaptive_max_pool1d: tensors of int64", { try row.to(.int64).adaptiveMaxPool1d([2]) }),
      (
        "adaptive_max_pool1d: the input has shape [2, 0]; its windows would see nothing",
        { try Tensor.ones([2, 0]).adaptiveMaxPool1d([2]) }
      ),
      ("dropout: the probability is -0.5", { try x.dropout(-0.5, training: false) }),
    ]
    for (expected, body) in cases {
      let found = message(body)
      #expect(found.contains(expected), "\(found) does not say: \(expected)")
    }
  }
}
