public import ThalwegCore

extension DataLoader {
  /// Mean and standard deviation of an array of the batches, float64, one for each place along `dim`: 1 for channels, or
  /// features of flat samples. One pass over the samples of epoch 0, as transforms leave them, without augmentation; then the
  /// loader is where it was. The deviation is that of the samples (by n, not n - 1), and 1 where it would be 0, so that
  /// `Transform.normalize` can take it.
  ///
  /// Means and squares of batches are put together as Chan, Golub and LeVeque (1979) have it.
  /// - Throws: what the loader throws; `.shape` for batches without such a dimension; `.invalidArgument` for an array that
  ///   batches have not, no samples, or padded sequences.
  public func statistics(array: Int = 0, dim: Int = 1) throws(ThalwegError) -> (mean: Tensor, std: Tensor) {
    let function: StaticString = "loader_statistics"
    guard !(self is SequenceLoader) else {
      throw ThalwegError(
        .invalidArgument, "\(function): sequences come padded; take mean and std of the values themselves")
    }
    return try noGrad { () throws(ThalwegError) -> (mean: Tensor, std: Tensor) in
      var count = 0.0
      var (mean, squares): (Tensor?, Tensor?) = (nil, nil)
      try visit { (batch) throws(ThalwegError) in
        guard array >= 0, array < batch.count else {
          throw ThalwegError(
            .invalidArgument, "\(function): there is no array \(array); a batch has \(batch.count)")
        }
        let x = batch[array]
        let axis = try Dims.resolve(dim, rank: x.rank, in: function)
        guard x.rank >= 1, x.numel > 0 else { return }
        let rows = try x.to(.float64).movedim([axis], [0]).contiguous().reshape([x.shape[axis], -1])
        let more = Double(rows.shape[1])
        let ownMean = try rows.mean([1])
        let ownSquares = try rows.variance([1], correction: 0) * more
        guard let oldMean = mean, let oldSquares = squares else {
          (mean, squares, count) = (ownMean, ownSquares, more)
          return
        }
        guard oldMean.shape == ownMean.shape else {
          throw ThalwegError(
            .shape,
            "\(function): batches have \(oldMean.shape[0]) and \(ownMean.shape[0]) places along dimension \(dim)"
          )
        }
        let (apart, total) = (try ownMean - oldMean, count + more)
        mean = try oldMean + apart * (more / total)
        squares = try oldSquares + ownSquares + apart * apart * (count * (more / total))
        count = total
      }
      guard let mean, let squares else {
        throw ThalwegError(.invalidArgument, "\(function): the loader gave no samples")
      }
      let variance = try squares / count
      let one = try Tensor.scalar(1, dtype: .float64)
      let isZero = try variance.equal(Tensor.scalar(0, dtype: .float64))
      return (mean, try Tensor.where(isZero, one, variance).sqrt())
    }
  }
}
