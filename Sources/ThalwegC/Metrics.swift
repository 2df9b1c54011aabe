public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Metrics

/// The share of rows of `scores` [N, C, ...] among whose `top` largest is that of the class in `target` [N, ...]; targets of
/// -100 do not count. NaN if nothing counts.
///
/// Threads: any.
@c(tw_metric_accuracy)
public func tw_metric_accuracy(
  _ scores: tw_tensor_t?, _ target: tw_tensor_t?, _ top: Int64, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Metrics.accuracy(asTensor(scores, "scores"), asTensor(target, "target"), top: Int(top))
  }
}

/// How often class i (row) was taken for class j (column): int64 [C, C], for scores [N, C, ...] and target [N, ...].
///
/// Threads: any. `out`: new reference.
@c(tw_metric_confusion_matrix)
public func tw_metric_confusion_matrix(
  _ scores: tw_tensor_t?, _ target: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Metrics.confusionMatrix(asTensor(scores, "scores"), asTensor(target, "target"))
  }
}

/// The mean of |output - target|.
///
/// Threads: any.
@c(tw_metric_mean_absolute_error)
public func tw_metric_mean_absolute_error(
  _ output: tw_tensor_t?, _ target: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Metrics.meanAbsoluteError(asTensor(output, "output"), asTensor(target, "target"))
  }
}

/// The mean of (output - target)^2.
///
/// Threads: any.
@c(tw_metric_mean_squared_error)
public func tw_metric_mean_squared_error(
  _ output: tw_tensor_t?, _ target: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Metrics.meanSquaredError(asTensor(output, "output"), asTensor(target, "target"))
  }
}

/// The root of the mean of (output - target)^2.
///
/// Threads: any.
@c(tw_metric_root_mean_squared_error)
public func tw_metric_root_mean_squared_error(
  _ output: tw_tensor_t?, _ target: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Metrics.rootMeanSquaredError(asTensor(output, "output"), asTensor(target, "target"))
  }
}
