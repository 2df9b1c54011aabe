import ThalwegCore

/// Means over the batches of an epoch so far, each batch counted with its samples.
struct Score {
  private(set) var batches = 0
  private(set) var samples = 0
  private var lossSum = 0.0
  private var right = 0.0
  private var classified = 0.0

  var loss: Double { samples > 0 ? lossSum / Double(samples) : .nan }
  /// NaN where the targets are no classes.
  var accuracy: Double { classified > 0 ? right / classified : .nan }

  init() {}

  /// The numbers that it consists of, and back.
  var parts: [Double] { [Double(batches), Double(samples), lossSum, right, classified] }

  init?(_ parts: [Double]) {
    guard parts.count == 5, let batches = Int(exactly: parts[0]), let samples = Int(exactly: parts[1]) else {
      return nil
    }
    (self.batches, self.samples) = (batches, samples)
    (lossSum, right, classified) = (parts[2], parts[3], parts[4])
  }

  mutating func add(loss: Double, hits: (right: Double, of: Double)?, samples count: Int) {
    batches &+= 1
    samples &+= count
    lossSum += loss * Double(count)
    right += hits?.right ?? 0
    classified += hits?.of ?? 0
  }
}

/// A batch as training reads it.
struct Batch {
  let input: Tensor
  let target: Tensor
  var samples: Int { input.shape.first ?? 1 }

  init(_ arrays: [Tensor], _ function: StaticString) throws(ThalwegError) {
    guard arrays.count == 2 else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the loader gives \(arrays.count) arrays a batch; there must be two, inputs and targets")
    }
    input = arrays[0]
    target = arrays[1]
  }
}
