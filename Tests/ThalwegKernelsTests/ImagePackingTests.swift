import CKernels
import Testing

/// Panels that are read from images, against the matrix that they stand for.
@Suite struct ImagePackingTests {
  private struct Layout {
    var height = 6, width = 7, channels = 2
    var kernel = (3, 2), stride = (1, 1), padding = (0, 0), dilation = (1, 1)

    var places: (Int, Int) {
      (
        (height + 2 * padding.0 - dilation.0 * (kernel.0 - 1) - 1) / stride.0 + 1,
        (width + 2 * padding.1 - dilation.1 * (kernel.1 - 1) - 1) / stride.1 + 1
      )
    }

    /// Of the windows over an image of `height` x `width`.
    var forward: tk_image {
      func axis(_ size: Int, _ taps: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> tk_axis {
        tk_axis(
          size: Int64(size), taps: Int64(taps), step: Int64(stride), tap: Int64(dilation),
          start: Int64(-padding),
          divisor: 1)
      }
      return tk_image(
        y: axis(height, kernel.0, stride.0, padding.0, dilation.0),
        x: axis(width, kernel.1, stride.1, padding.1, dilation.1), columns: Int64(places.1))
    }

    /// Of the gradient, an image of `places`, at the pixels of the input.
    var backward: tk_image {
      func axis(_ size: Int, _ taps: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> tk_axis {
        tk_axis(
          size: Int64(size), taps: Int64(taps), step: 1, tap: Int64(-dilation), start: Int64(padding),
          divisor: Int64(stride))
      }
      return tk_image(
        y: axis(places.0, kernel.0, stride.0, padding.0, dilation.0),
        x: axis(places.1, kernel.1, stride.1, padding.1, dilation.1), columns: Int64(width))
    }
  }

  private static let layouts = [
    Layout(),
    Layout(height: 5, width: 40, kernel: (2, 5), padding: (1, 2)),
    Layout(height: 9, width: 70, kernel: (3, 3), stride: (2, 2), padding: (1, 1)),
    Layout(kernel: (2, 3), stride: (3, 2), padding: (2, 3), dilation: (2, 2)),
    Layout(height: 1, width: 1, channels: 5, kernel: (1, 1)),
    Layout(height: 12, width: 3, kernel: (3, 3), stride: (1, 3), padding: (1, 1)),
    Layout(height: 4, width: 90, channels: 1, kernel: (1, 37), padding: (0, 18)),
  ]

  private func element<E>(_ image: [E], _ layout: tk_image, _ row: Int, _ column: Int) -> E
  where E: TestFloat {
    let taps = Int(layout.y.taps * layout.x.taps)
    let (channel, i, j) = (
      row / taps, row % taps / Int(layout.x.taps), row % Int(layout.x.taps)
    )
    func coordinate(_ axis: tk_axis, _ place: Int, _ tap: Int) -> Int? {
      let c = place * Int(axis.step) + tap * Int(axis.tap) + Int(axis.start)
      guard c >= 0, c % Int(axis.divisor) == 0, c / Int(axis.divisor) < Int(axis.size) else { return nil }
      return c / Int(axis.divisor)
    }
    guard let y = coordinate(layout.y, column / Int(layout.columns), i),
      let x = coordinate(layout.x, column % Int(layout.columns), j)
    else { return 0 }
    return image[(channel * Int(layout.y.size) + y) * Int(layout.x.size) + x]
  }

  private func check<E: TestFloat>(
    _ gemm: tk_gemm, _ shape: tk_image, channels: Int, windows: Int, transposed: Bool, _: E.Type
  ) {
    let nr = Int(gemm.nr), taps = channels * Int(shape.y.taps * shape.x.taps)
    let pixels = channels * Int(shape.y.size * shape.x.size)
    // An image of its exact size, so that a checker sees reads beyond it.
    let image = (0..<pixels).map { E($0 + 1) }
    let (rows, columns) = transposed ? (windows, taps) : (taps, windows)
    for (row, k, column, n) in [
      (0, rows, 0, columns), (rows / 2, rows - rows / 2, columns / 3, columns - columns / 3),
      (0, 1, columns - 1, 1),
    ] {
      let count = (n + nr - 1) / nr * nr * k
      var packed = [E](repeating: 77, count: count + 64)
      withUnsafePointer(to: shape) { layout in
        let pack = transposed ? gemm.pack_image_transposed : gemm.pack_image
        pack?(Int64(row), Int64(k), Int64(column), Int64(n), image, layout, &packed)
      }
      var wrong = 0
      for l in 0..<k {
        for j in 0..<(n + nr - 1) / nr * nr {
          let found = packed[(j / nr * k + l) * nr + j % nr]
          let (a, b) = (row + l, column + j)
          let expected = j >= n ? 0 : element(image, shape, transposed ? b : a, transposed ? a : b)
          if found != expected { wrong += 1 }
        }
      }
      #expect(wrong == 0, "\(shape), transposed \(transposed), from (\(row), \(column)): \(wrong) wrong")
      #expect(packed[count...].allSatisfy { $0 == 77 }, "wrote beyond")
    }
  }

  /// Each element of the matrix is added to the pixel that it was read from.
  private func checkSums<E: TestFloat>(
    _ gemm: tk_gemm, _ shape: tk_image, channels: Int, windows: Int, _: E.Type
  ) {
    let taps = channels * Int(shape.y.taps * shape.x.taps)
    let pixels = channels * Int(shape.y.size * shape.x.size)
    let (row, column) = (taps / 3, windows / 4)
    let (k, n) = (taps - row, windows - column)
    // Pixels are numbered from 1, so that what is read where says to which pixel an element goes.
    let numbers = (0..<pixels).map { E($0 + 1) }
    let matrix = (0..<(k * n)).map { E($0 % 13) }
    var expected = numbers
    for l in 0..<k {
      for j in 0..<n {
        let pixel = Int(element(numbers, shape, row + l, column + j)) - 1
        if pixel >= 0 { expected[pixel] += matrix[l * n + j] }
      }
    }
    var image = numbers
    withUnsafePointer(to: shape) {
      gemm.add_image(Int64(row), Int64(k), Int64(column), Int64(n), matrix, $0, &image)
    }
    #expect(image == expected, "add_image \(shape)")
  }

  private func run<E: TestFloat>(_ gemm: tk_gemm, _: E.Type) {
    for layout in Self.layouts {
      let (places, pixels) = (layout.places.0 * layout.places.1, layout.height * layout.width)
      let channels = layout.channels
      check(gemm, layout.forward, channels: channels, windows: places, transposed: false, E.self)
      check(gemm, layout.backward, channels: channels, windows: pixels, transposed: false, E.self)
      check(gemm, layout.forward, channels: channels, windows: places, transposed: true, E.self)
      checkSums(gemm, layout.forward, channels: channels, windows: places, E.self)
    }
  }

  @Test(arguments: Build.all) func float32(_ build: Build) { run(build.kernels.f32.gemm, Float.self) }
  @Test(arguments: Build.all) func float64(_ build: Build) { run(build.kernels.f64.gemm, Double.self) }
}
