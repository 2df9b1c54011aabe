/// Where `fit` stands, as its callback hears it.
public struct FitProgress: Sendable {
  public enum Event: Int32, Sendable {
    /// Nothing ended, but about 50 ms have passed.
    case running = 0
    /// A batch of training is done.
    case batchEnd = 1
    /// A batch of validation is done.
    case validationBatchEnd = 2
    /// An epoch is done, its validation too.
    case epochEnd = 3
  }

  public internal(set) var event = Event.running
  /// The epoch, from 1, and how many there will be.
  public internal(set) var epoch = 0
  public internal(set) var epochs = 0
  /// Training batches of this epoch that are done, and how many there will be.
  public internal(set) var batch = 0
  public internal(set) var batches = 0
  /// Means over this epoch's training batches so far; NaN before the first, and the accuracy where targets are no
  /// classes.
  public internal(set) var loss = Double.nan
  public internal(set) var accuracy = Double.nan
  /// Of this epoch, at its end; NaN before and without validation.
  public internal(set) var validationLoss = Double.nan
  public internal(set) var validationAccuracy = Double.nan
  /// Since `fit` began, and an estimate of what is left; NaN before the first batch is done.
  public internal(set) var seconds = 0.0
  public internal(set) var secondsLeft = Double.nan
}

/// What an epoch came to. Accuracies are shares from 0 to 1; what was not computed is NaN.
public struct EpochResult: Sendable {
  /// Means over the epoch, computed before each step and thus with parameters that change meanwhile.
  public internal(set) var loss = Double.nan
  public internal(set) var accuracy = Double.nan
  /// After the epoch, in evaluation mode.
  public internal(set) var validationLoss = Double.nan
  public internal(set) var validationAccuracy = Double.nan
  /// The epoch's time, with validation.
  public internal(set) var seconds = 0.0

  /// All numbers, and back.
  var parts: [Double] { [loss, accuracy, validationLoss, validationAccuracy, seconds] }

  init() {}

  init?(_ parts: [Double]) {
    guard parts.count == 5 else { return nil }
    (loss, accuracy, validationLoss, validationAccuracy, seconds) =
      (parts[0], parts[1], parts[2], parts[3], parts[4])
  }
}
