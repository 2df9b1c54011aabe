// Softmax cross-entropy of rows of logits with class indices.

extension RowOperations {
  @inline(__always)
  static func crossEntropy(
    _ rows: Int64, _ cols: Int64, _ x: Address?, _ target: UnsafePointer<Int64>?, _ ignored: Int64,
    _ loss: MutableAddress?, _ logNormaliser: MutableAddress?
  ) {
    guard let x = x?.assumingMemoryBound(to: E.self), let target,
      let loss = loss?.assumingMemoryBound(to: E.self),
      let logNormaliser = logNormaliser?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols)
    var row = 0
    forEachRow(rows, cols) { start in
      let a = x + start
      let greatest = Maximum<E>.plainRow(n, a)
      let logSum = Pack(E(sumOfExponentials(n, a, greatest, nil))).log()[0]
      let class_ = target[row]
      loss[row] = class_ == ignored ? 0 : logSum - (a[Int(class_)] - greatest[0])
      logNormaliser[row] = greatest[0] + logSum
      row &+= 1
    }
  }

  /// dx[i][j] = (e^(x[i][j] - logNormaliser[i]) - (j == target[i])) scale[i], 0 in ignored rows
  @inline(__always)
  static func crossEntropyBackward(
    _ rows: Int64, _ cols: Int64, _ x: Address?, _ target: UnsafePointer<Int64>?, _ ignored: Int64,
    _ logNormaliser: Address?, _ scale: Address?, _ scaleStep: Int64, _ dx: MutableAddress?
  ) {
    guard let x = x?.assumingMemoryBound(to: E.self), let target,
      let logNormaliser = logNormaliser?.assumingMemoryBound(to: E.self),
      let scale = scale?.assumingMemoryBound(to: E.self), let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols)
    var row = 0
    forEachRow(rows, cols) { start in
      let a = x + start, b = dx + start
      let class_ = target[row]
      if class_ == ignored {
        b.update(repeating: 0, count: n)
      } else {
        let factor = scale[row &* Int(scaleStep)]
        let shift = Pack(logNormaliser[row])
        // Before the row is overwritten, as x and dx may be the same.
        let atTarget = ((Pack(a[Int(class_)]) - shift).exp() - Pack(1)) * Pack(factor)
        forEachPack(n) { j, count in ((Pack(a + j, count) - shift).exp() * Pack(factor)).store(b + j, count) }
        b[Int(class_)] = atTarget[0]
      }
      row &+= 1
    }
  }
}
