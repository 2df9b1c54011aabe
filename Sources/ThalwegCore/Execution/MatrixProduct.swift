import CKernels

/// One matrix operand: element (i, j) is at data[i * rowStride + j * columnStride].
package struct Matrix {
  package let data: UnsafeMutableRawPointer
  package let rowStride: Int
  package let columnStride: Int

  package init(_ data: UnsafeMutableRawPointer, rowStride: Int, columnStride: Int) {
    self.data = data
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// What happens to the product on its way to memory: c = activation(a b + bias).
package struct ProductEpilogue {
  package var bias: UnsafeRawPointer?
  package var biasKind = Int32(TK_BIAS_NONE)
  package var activation = Int32(TK_ACTIVATION_NONE)
  /// Add to what the target holds instead of overwriting it.
  package var accumulates = false

  package init() {}
}

/// The general matrix product over the kernels' packed blocks.
package enum MatrixProduct {
  /// Below this many multiply-adds packing costs more than it saves.
  private static let smallLimit = 24 * 24 * 24

  /// c[m, n] = a[m, k] b[k, n] of float32 or float64; c's columns are contiguous, its rows `ldc` apart.
  ///
  /// A and B are packed a slab of kc at a time, then C is computed in blocks that any thread may take; the sums over k
  /// run in one order whatever the threads do.
  package static func run(
    _ dtype: DType, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, _ c: UnsafeMutableRawPointer, ldc: Int,
    _ epilogue: ProductEpilogue, for function: StaticString
  ) throws(ThalwegError) {
    if m == 0 || n == 0 { return }
    let gemm = dtype == .float64 ? kernels.pointee.f64.gemm : kernels.pointee.f32.gemm
    let size = dtype.size
    if k == 0 || m == 1 || n == 1 || m &* n &* k <= smallLimit {
      runSmall(gemm, size, m, n, k, a, b, c, ldc, epilogue)
      return
    }
    let (mr, nr) = (Int(gemm.mr), Int(gemm.nr))
    // Blocks of C: mc rows at most, and narrower than nc where that gives every core something to do.
    let (mc, nc) = blockSize(m, n, gemm)
    let (mBlocks, nBlocks) = ((m + mc - 1) / mc, (n + nc - 1) / nc)
    let kc = Int(gemm.kc)
    let paddedM = (m + mr - 1) / mr * mr
    let paddedN = (n + nr - 1) / nr * nr
    let depth = min(k, kc)
    let packedA = try Workspace(paddedM * depth * size, for: function)
    let packedB = try Workspace(paddedN * depth * size, for: function)

    var start = 0
    while start < k {
      let depth = min(kc, k - start)
      let (aSlab, bSlab) = (packedA.base, packedB.base)
      parallel(mBlocks + nBlocks) { i in
        if i < mBlocks {
          let row = i &* mc
          gemm.pack_a(
            Int64(min(mc, m &- row)), Int64(depth),
            a.data + (row &* a.rowStride &+ start &* a.columnStride) &* size, Int64(a.rowStride),
            Int64(a.columnStride), aSlab + row &* depth &* size)
        } else {
          let column = (i &- mBlocks) &* nc
          gemm.pack_b(
            Int64(depth), Int64(min(nc, n &- column)),
            b.data + (start &* b.rowStride &+ column &* b.columnStride) &* size, Int64(b.rowStride),
            Int64(b.columnStride), bSlab + column &* depth &* size)
        }
      }
      let isLast = start + depth == k
      let accumulates: Int32 = start > 0 || epilogue.accumulates ? 1 : 0
      parallel(mBlocks * nBlocks) { i in
        let (row, column) = (i / nBlocks &* mc, i % nBlocks &* nc)
        var block = tk_epilogue(
          bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
          accumulate: accumulates)
        if isLast {
          let shift = epilogue.biasKind == Int32(TK_BIAS_ROW) ? row : column
          block.bias = epilogue.bias.map { $0 + shift &* size }
          block.bias_kind = epilogue.biasKind
          block.activation = epilogue.activation
        }
        gemm.block(
          Int64(min(mc, m &- row)), Int64(min(nc, n &- column)), Int64(depth),
          aSlab + row &* depth &* size, bSlab + column &* depth &* size,
          c + (row &* ldc &+ column) &* size, Int64(ldc), &block)
      }
      start += depth
    }
  }

  private static func runSmall(
    _ gemm: tk_gemm, _ size: Int, _ m: Int, _ n: Int, _ k: Int, _ a: Matrix, _ b: Matrix,
    _ c: UnsafeMutableRawPointer, _ ldc: Int, _ epilogue: ProductEpilogue
  ) {
    var all = tk_epilogue(
      bias: epilogue.bias, bias_kind: epilogue.biasKind, activation: epilogue.activation,
      accumulate: epilogue.accumulates ? 1 : 0)
    gemm.small(
      Int64(m), Int64(n), Int64(k), a.data, Int64(a.rowStride), Int64(a.columnStride), b.data,
      Int64(b.rowStride), Int64(b.columnStride), c, Int64(ldc), &all)
  }

  private static func blockSize(_ m: Int, _ n: Int, _ gemm: tk_gemm) -> (mc: Int, nc: Int) {
    let (mr, nr, mc) = (Int(gemm.mr), Int(gemm.nr), Int(gemm.mc))
    let rows = min(mc, (m + mr - 1) / mr * mr)
    let mBlocks = (m + rows - 1) / rows
    // About 16 blocks in all, so that a core that lags behind leaves little to wait for.
    let wanted = max(1, 16 / mBlocks)
    let panels = (n + nr - 1) / nr
    let columns = max(1, (panels + wanted - 1) / wanted) * nr
    return (rows, min(Int(gemm.nc), columns))
  }
}
