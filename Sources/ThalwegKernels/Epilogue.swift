import CKernels

/// What is done to a part of C after its sums are complete: bias, then activation. A tile as wide as can be does the
/// commonest of it itself (`simpleBias`); else it runs over one that was just written and is still in the first-level
/// cache.
struct Epilogue<E: Real> {
  let accumulate: Bool
  private let rowBias: UnsafePointer<E>?
  private let columnBias: UnsafePointer<E>?
  private let activation: Int

  @inline(__always)
  init(_ epilogue: UnsafePointer<tk_epilogue>?) {
    let bias = epilogue?.pointee.bias?.assumingMemoryBound(to: E.self)
    let kind = Int(epilogue?.pointee.bias_kind ?? 0)
    accumulate = (epilogue?.pointee.accumulate ?? 0) != 0
    activation = Int(epilogue?.pointee.activation ?? 0)
    rowBias = kind == TK_BIAS_ROW ? bias : nil
    columnBias = kind == TK_BIAS_COLUMN ? bias : nil
  }

  private init(
    accumulate: Bool, rowBias: UnsafePointer<E>?, columnBias: UnsafePointer<E>?, activation: Int
  ) {
    self.accumulate = accumulate
    self.rowBias = rowBias
    self.columnBias = columnBias
    self.activation = activation
  }

  /// The epilogue of the transposed product.
  @inline(__always)
  var transposed: Epilogue {
    Epilogue(accumulate: accumulate, rowBias: columnBias, columnBias: rowBias, activation: activation)
  }

  /// For a part of the sums that is not the last.
  @inline(__always)
  func partial(accumulate: Bool) -> Epilogue {
    Epilogue(accumulate: accumulate, rowBias: nil, columnBias: nil, activation: 0)
  }

  /// The same, with another `accumulate`.
  @inline(__always)
  func with(accumulate: Bool) -> Epilogue {
    Epilogue(accumulate: accumulate, rowBias: rowBias, columnBias: columnBias, activation: activation)
  }

  /// Whether there is nothing to do after the sums.
  @inline(__always)
  var isPlain: Bool { rowBias == nil && columnBias == nil && activation == 0 }

  @inline(__always)
  var isRectified: Bool { activation == TK_ACTIVATION_RELU }

  /// The bias of the columns where it and a rectifier are all that there is to do.
  @inline(__always)
  var simpleBias: UnsafePointer<E>? { activation == 0 || isRectified ? columnBias : nil }

  /// Finishes m rows of n columns at c, which are at (i, j) in the block.
  @inline(never)
  func finish(_ m: Int, _ n: Int, _ c: UnsafeMutablePointer<E>, _ ldc: Int, _ i: Int, _ j: Int) {
    for row in 0..<m {
      let p = c + row &* ldc
      let bias = Pack<E>(rowBias.map { $0[i &+ row] } ?? 0)
      forEachPack(n) { offset, count in
        var x = Pack(UnsafePointer(p + offset), count)
        if rowBias != nil { x = x + bias }
        if let columnBias { x = x + Pack(columnBias + j + offset, count) }
        Epilogue.activate(x, activation).store(p + offset, count)
      }
    }
  }

  @inline(__always)
  static func activate(_ x: Pack<E>, _ activation: Int) -> Pack<E> {
    switch activation {
    case TK_ACTIVATION_RELU: Rectifier.apply(x)
    case TK_ACTIVATION_TANH: x.tanh()
    case TK_ACTIVATION_SIGMOID: x.sigmoid()
    default: x
    }
  }
}
