public import ThalwegCore

/// A change of a batch on its way out of a loader. Images have shape `[n, ..., height, width]`; each sample of a batch draws
/// for itself.
public enum Transform {
  /// (x - mean) / std, both of one number for each place along `dim` of the batch: 1 for channels, or features of flat
  /// samples. Integers become float32.
  case normalize(mean: Tensor, std: Tensor, dim: Int = 1)
  /// x * scale + offset. Integers become float32.
  case scale(by: Double, offset: Double = 0)
  /// Another dtype. If it is scaled, uint8 is divided by 255 where it becomes a float.
  case cast(DType, isScaled: Bool = false)
  /// Classes as rows of that many float32, 1 at the class and 0 elsewhere.
  case oneHot(Int)
  /// Mirrored with this probability: left and right, or up and down.
  case randomFlip(isVertical: Bool = false, probability: Double = 0.5)
  /// A part of this size at a random place of the image, which is padded before.
  case randomCrop(
    height: Int, width: Int, padding: Padding = Padding(), mode: PadMode = .constant, fill: Double = 0)
  /// Moved by whole pixels, uniformly up to these shares of width and height in both directions; `fill` comes in.
  case randomShift(horizontal: Double, vertical: Double, fill: Double = 0)
  /// A function of the batch's arrays: new ones with the same samples, nil for those that stay. `seed`, to draw from,
  /// depends on the loader's seed and place alone. If it is random, it is left out where the loader does not augment.
  case custom(
    isRandom: Bool = false, (_ arrays: [Tensor], _ seed: UInt64) throws(ThalwegError) -> [Tensor?])

  /// Pixels around an image.
  public struct Padding: Equatable, Sendable {
    public var left, top, right, bottom: Int

    public init(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) {
      (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }
  }

  /// Whether a sample's values are changed one by one, whatever its shape.
  package var isElementwise: Bool {
    switch self {
    case .normalize, .scale, .cast, .oneHot: true
    default: false
    }
  }

  /// - Throws: `.invalidArgument` for numbers that make no sense, `.shape` for mean and std that are no two lists of one
  ///   length.
  package func checked(_ function: StaticString) throws(ThalwegError) -> Transform {
    func refuse(_ what: String) -> ThalwegError { ThalwegError(.invalidArgument, "\(function): \(what)") }
    switch self {
    case .normalize(let mean, let std, let dim):
      guard mean.rank == 1, mean.shape == std.shape else {
        throw ThalwegError(
          .shape,
          "\(function): mean has shape \(mean.shape), std \(std.shape); two lists of one length are needed")
      }
      let (means, deviations) = (try mean.detach().to(.float64), try std.detach().to(.float64))
      for (i, value) in try deviations.toArray().enumerated() where !(value > 0 && value < .infinity) {
        throw refuse("std \(i) is \(value); it must be positive")
      }
      return .normalize(mean: try means.clone(), std: try deviations.clone(), dim: dim)
    case .scale(let factor, let offset):
      guard factor.isFinite, offset.isFinite else {
        throw refuse("scale is \(factor), offset \(offset); both must be finite")
      }
    case .oneHot(let classes):
      guard classes >= 1 else { throw refuse("\(classes) classes; there must be at least 1") }
    case .randomFlip(_, let probability):
      guard probability >= 0, probability <= 1 else {
        throw refuse("p is \(probability); it must be from 0 to 1")
      }
    case .randomCrop(let height, let width, let padding, _, _):
      guard height >= 1, width >= 1 else { throw refuse("the size is \(height) x \(width); at least 1 x 1") }
      let most = 1 << 30
      for pad in [padding.left, padding.top, padding.right, padding.bottom] where pad < 0 || pad > most {
        throw refuse("a padding of \(pad); it must be from 0 to \(most)")
      }
    case .randomShift(let horizontal, let vertical, _):
      for share in [horizontal, vertical] where !(share >= 0 && share <= 1) {
        throw refuse("a shift by \(share) of the size; it must be from 0 to 1")
      }
    case .cast, .custom: break
    }
    return self
  }
}
