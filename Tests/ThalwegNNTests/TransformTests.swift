import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct TransformTests {
  /// Images [count, 1, 3, 4] whose pixels are their numbers, and the numbers of the images.
  private func loader(_ count: Int, batch: Int, seed: UInt64 = 5) throws -> TensorLoader {
    let pixels = try Tensor.arange(0, Double(count * 12), dtype: .float32).reshape([count, 1, 3, 4])
    let options = LoaderOptions(batchSize: batch, seed: seed)
    return try TensorLoader([pixels, Tensor.arange(0, Double(count))], options: options)
  }

  private func epoch(_ loader: DataLoader, _ number: Int = 0) throws -> [Double] {
    var values: [Double] = []
    try loader.startEpoch(number)
    while let batch = try loader.next() { values += try batch[0].toArray() }
    return values
  }

  @Test func valuesInOrder() throws {
    let loader = try loader(5, batch: 2)
    try loader.add(.scale(by: 2, offset: 1))
    try loader.add(
      .normalize(
        mean: Tensor([Double](repeating: 1, count: 4), [4]), std: Tensor([1, 2, 4, 8] as [Double], [4]),
        dim: -1))
    try loader.add(.cast(.float64))
    try loader.add(.oneHot(5), to: 2)
    let expected = (0..<60).map { Double(2 * $0) / [1, 2, 4, 8][$0 % 4] }
    #expect(try epoch(loader) == expected)
    try loader.startEpoch(0)
    let batch = try #require(try loader.next())
    #expect(try batch[1].toArray() == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    loader.removeTransforms()
    #expect(try epoch(loader) == (0..<60).map(Double.init))
  }

  @Test func aFlipTwiceIsNone() throws {
    let loader = try loader(4, batch: 3)
    try loader.add(.randomFlip(probability: 1))
    let once = try epoch(loader)
    #expect(Array(once.prefix(8)) == [3, 2, 1, 0, 7, 6, 5, 4])
    try loader.add(.randomFlip(isVertical: true, probability: 1))
    #expect(try Array(epoch(loader).prefix(4)) == [11, 10, 9, 8])
    try loader.add(.randomFlip(probability: 1))
    try loader.add(.randomFlip(isVertical: true, probability: 1))
    #expect(try epoch(loader) == (0..<48).map(Double.init))
  }

  @Test func thePlaceDecides() throws {
    var epochs: [[Double]] = []
    for batch in [1, 4, 30] {
      let loader = try loader(30, batch: batch)
      try loader.add(
        .randomCrop(height: 2, width: 3, padding: .init(left: 1, top: 1, right: 1, bottom: 1), fill: -1))
      try loader.add(.randomShift(horizontal: 0.4, vertical: 0.4, fill: -2))
      try loader.add(
        .custom(isRandom: true) { (arrays, seed) throws(ThalwegError) in
          [nil, try arrays[1] + Double(seed % 7)]
        })
      for number in 0..<2 { epochs.append(try epoch(loader, number)) }
      loader.isAugmenting = false
      let centre = try epoch(loader)
      #expect(Array(centre.prefix(6)) == [0, 1, 2, 4, 5, 6])
    }
    #expect(epochs[0] == epochs[2] && epochs[0] == epochs[4] && epochs[1] == epochs[5])
    #expect(epochs[0] != epochs[1])
  }

  @Test func statisticsLeaveTheLoaderWhereItIs() throws {
    let loader = try loader(10, batch: 3)
    _ = try loader.next()
    let place = loader.place
    let (mean, std) = try loader.statistics(dim: -1)
    #expect(loader.place == place)
    #expect(try mean.toArray() == [58, 59, 60, 61])
    #expect(try abs(std.toArray()[0] - (Double(30 * 30 - 1) / 12).squareRoot() * 4) < 1e-12)
    #expect(try loader.next()?[1].toArray() == [3, 4, 5])
  }

  @Test func refused() throws {
    let loader = try loader(3, batch: 3)
    for transform: Transform in [
      .scale(by: .nan), .oneHot(0), .randomFlip(probability: 2), .randomCrop(height: 0, width: 1),
      .randomCrop(height: 1, width: 1, padding: .init(left: .max)), .randomShift(horizontal: -1, vertical: 0),
    ] {
      #expect(throws: ThalwegError.self) { try loader.add(transform) }
    }
    #expect(throws: ThalwegError.self) { try loader.add(.scale(by: 1), to: 0) }
    try loader.add(.randomCrop(height: 100, width: 1))
    #expect(throws: ThalwegError.self) { try loader.next() }
    #expect(throws: ThalwegError.self) { try loader.next() }
  }
}
