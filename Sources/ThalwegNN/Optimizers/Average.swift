import CKernels
public import ThalwegCore

/// Averages of weights, which often do better than the last weights.
public enum Average {
  /// average += weight (parameter - average), in place, in one pass over all: weight 1 - decay makes an exponential
  /// moving average (Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging"), 1 / (n + 1) at the
  /// n-th call the plain mean (Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization").
  ///
  /// In a recorded step the weight is what it was when recorded.
  /// - Throws: `.invalidArgument` for lists of different lengths, a weight outside [0, 1] and averages that cannot be
  ///   changed in place; `.shape` and `.dtype` for tensors that do not match; `.dtype` unless float.
  public static func update(
    _ averages: [Tensor], with parameters: [Tensor], weight: Double
  ) throws(ThalwegError) {
    guard averages.count == parameters.count else {
      throw ThalwegError(
        .invalidArgument, "average: there are \(averages.count) averages of \(parameters.count) parameters")
    }
    guard weight >= 0, weight <= 1 else {
      throw ThalwegError(
        .invalidArgument, "average: the weight is \(weight); it must be at least 0 and at most 1")
    }
    func run() throws(ThalwegError) { try advance(averages, parameters, weight) }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
  }

  private static func advance(
    _ averages: [Tensor], _ parameters: [Tensor], _ weight: Double
  ) throws(ThalwegError) {
    var update = FusedUpdate<Double>()
    try noGrad { () throws(ThalwegError) in
      for (i, (average, parameter)) in zip(averages, parameters).enumerated() {
        guard average.shape == parameter.shape else {
          throw ThalwegError(
            .shape, "average: average \(i) has shape \(average.shape), its parameter \(parameter.shape)")
        }
        guard average.dtype == parameter.dtype, average.dtype.isFloat else {
          throw ThalwegError(
            .dtype,
            "average: average \(i) is \(average.dtype), its parameter \(parameter.dtype); both must be the same float"
          )
        }
        try average.checkWritable(by: "average")
        try update.add(average, parameter, scalars: weight)
      }
    }
    update.run("average") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.average : kernels.pointee.f32.optimisers.average
      let at = entry.addresses(first)
      kernel?(Int64(count), at.values, at.gradient, entry.scalars)
    }
  }
}
