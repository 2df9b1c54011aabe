import CKernels

extension Normalization {
  /// The rows of x [N, G, P, L] as the kernels see them.
  struct Rows {
    let size: Int
    private let shape: Dims
    private let dtype: DType
    private let form: Normalization.Form
    private let count: Int
    private var layout: tk_norm

    init(_ x: Tensor, _ form: Normalization.Form, _ epsilon: Double) {
      (shape, dtype, size, self.form) = (x.shape, x.dtype, x.dtype.size, form)
      let overBatch = form.contains(.overBatch)
      count = x.numel == 0 ? 0 : overBatch ? shape[1] : shape[0] &* shape[1]
      layout = tk_norm(
        parts: Int64(overBatch ? shape[0] : shape[2]), length: Int64(shape[3]),
        stride: Int64(overBatch ? shape[1] &* shape[3] : shape[3]),
        centred: form.contains(.uncentred) ? 0 : 1, streamed: StridedLoop.isBeyondCaches(x.numel) ? 1 : 0,
        epsilon: epsilon)
      if !overBatch, form.isDisjoint(with: [.hasWeight, .hasBias]) {
        (layout.parts, layout.length) = (1, Int64(shape[2] &* shape[3]))
      }
    }

    func element(_ x: UnsafeMutableRawPointer, _ row: Int) -> UnsafeMutableRawPointer {
      x + row &* shape[2] &* shape[3] &* size
    }

    /// Where the weights of a row of parts begin.
    private func weight(_ w: UnsafeMutableRawPointer, _ row: Int) -> UnsafeRawPointer {
      UnsafeRawPointer(w) + row % shape[1] &* shape[2] &* size
    }

    private var kernelTable: tk_norms {
      dtype == .float64 ? kernels.pointee.f64.norms : kernels.pointee.f32.norms
    }

    /// Calls `body(kernels, row, rows, row as the kernels see it)` for so many rows at a time, in parallel.
    private func forEachChunk(
      of rowsAChunk: Int, _ body: (tk_norms, Int, Int, UnsafePointer<tk_norm>) -> Void
    ) {
      let table = kernelTable
      parallel((count &+ rowsAChunk &- 1) / rowsAChunk) { chunk in
        let first = chunk &* rowsAChunk
        withUnsafePointer(to: layout) { body(table, first, min(rowsAChunk, count &- first), $0) }
        if layout.streamed != 0 { tk_stream_end() }
      }
    }

    private var elementsARow: Int { max(1, Int(layout.parts &* layout.length)) }

    private var rowsAChunk: Int {
      let rows = max(1, (layout.streamed == 0 ? 4096 : 64 * 1024) / elementsARow)
      // Kernels take short rows four at a time.
      return elementsARow > 8192 ? rows : (rows &+ 3) & ~3
    }

    /// Calls `body` for every row, in parallel.
    private func forEach(_ body: (tk_norms, Int, UnsafePointer<tk_norm>) -> Void) {
      forEachChunk(of: rowsAChunk) { kernels, first, rows, layout in
        for row in first..<(first &+ rows) { body(kernels, row, layout) }
      }
    }

    /// Whether the rows are the columns of a matrix, one element after the other a step apart.
    var isMatrix: Bool { form.contains(.overBatch) && shape[3] == 1 }

    /// Whether the rows lie in planes, all elements with one weight.
    var isOfPlanes: Bool { form.contains(.overBatch) && shape[3] > 1 }

    /// Whether the rows are made of parts that have a weight or bias each.
    private var isOfParts: Bool {
      form.isDisjoint(with: [.overBatch, .perElement]) && !form.isDisjoint(with: [.hasWeight, .hasBias])
    }

    /// y, and each row's mean and variance.
    func normalize(
      _ x: UnsafeMutableRawPointer, _ weight: UnsafeMutableRawPointer?, _ bias: UnsafeMutableRawPointer?,
      _ y: UnsafeMutableRawPointer, _ mean: UnsafeMutableRawPointer, _ variance: UnsafeMutableRawPointer
    ) throws(ThalwegError) {
      if isMatrix { return try normalizeColumns(x, weight, bias, y, mean, variance) }
      if isOfPlanes || isOfParts {
        return forEach { kernels, row, layout in
          let (w, b) =
            isOfParts
            ? (weight.map { self.weight($0, row) }, bias.map { self.weight($0, row) })
            : (
              weight.map { UnsafeRawPointer($0 + row &* size) },
              bias.map { UnsafeRawPointer($0 + row &* size) }
            )
          let forward = isOfParts ? kernels.parts_forward : kernels.planes_forward
          forward?(
            layout, element(x, row), w, b, element(y, row), mean + row &* size, variance + row &* size)
        }
      }
      forEachChunk(of: rowsAChunk) { kernels, first, rows, layout in
        kernels.rows_forward(
          layout, Int64(rows), element(x, first), weight, bias, element(y, first), mean + first &* size,
          variance + first &* size)
      }
    }

    /// Blocks of columns and strips of rows that are worked on at a time, and memory for their totals and factors.
    private struct Pieces: ~Copyable {
      let kernels: tk_norms
      let width, height, strips, blocks: Int
      /// All columns, with the number of rows and totals.
      let matrix: tk_norm_columns
      /// Bytes of a column of x.
      let size: Int
      private let kept: Int  // rows of totals a strip
      private let memory: Workspace

      init(_ rows: borrowing Rows, totals kept: Int) throws(ThalwegError) {
        let columns = rows.count, count = Int(rows.layout.parts), elements = columns &* count
        kernels = rows.kernelTable
        size = rows.size
        self.kept = kept
        // What is larger than a cache is read in longer runs, and by several threads also where columns are few.
        width = elements > 256 * 1024 ? 512 : 128
        let most = elements > 256 * 1024 ? 32 : 1
        height = max(16, (count &+ most &- 1) / most)
        strips = (count &+ height &- 1) / height
        blocks = (columns &+ width &- 1) / width
        matrix = tk_norm_columns(
          rows: Int64(count), columns: Int64(columns), step: rows.layout.stride, strip: Int64(height),
          totals: Int64((columns &+ 15) / 16 &* 16), epsilon: rows.layout.epsilon,
          streamed: rows.layout.streamed)
        memory = try Workspace(
          (strips &+ 1) &* 3 &* Int(matrix.totals) &* MemoryLayout<Double>.size, for: Normalization.name)
      }

      /// The totals of a strip.
      func totals(_ strip: Int, _ block: Int) -> UnsafeMutablePointer<Double> {
        memory.base.assumingMemoryBound(to: Double.self)
          + (strip &* kept &* Int(matrix.totals) &+ block &* width)
      }

      /// The factors of columns.
      func factors(_ block: Int) -> UnsafeMutableRawPointer {
        memory.base
          + (strips &* 3 &* Int(matrix.totals) &* MemoryLayout<Double>.size &+ block &* width &* size)
      }

      /// Calls `body(columns as the kernels see them, strip, block, byte offset of the first element)` for all pieces.
      private func piece(
        _ strip: Int, _ block: Int, _ body: (UnsafePointer<tk_norm_columns>, Int, Int, Int) -> Void
      ) {
        var part = matrix
        part.columns = min(Int64(width), matrix.columns &- Int64(block &* width))
        part.rows = min(Int64(height), matrix.rows &- Int64(strip &* height))
        let at = (strip &* height &* Int(matrix.step) &+ block &* width) &* size
        withUnsafePointer(to: part) { body($0, strip, block, at) }
      }

      /// In parallel: `sum` for all pieces, then `factor(columns, block, byte offset)` for all columns of a block, then
      /// `write` for all pieces.
      func run(
        sum: (UnsafePointer<tk_norm_columns>, Int, Int, Int) -> Void,
        factor: (UnsafePointer<tk_norm_columns>, Int, Int) -> Void,
        write: (UnsafePointer<tk_norm_columns>, Int, Int, Int) -> Void
      ) {
        func finish(_ block: Int) {
          var part = matrix
          part.columns = min(Int64(width), matrix.columns &- Int64(block &* width))
          withUnsafePointer(to: part) { factor($0, block, block &* width &* size) }
        }
        if strips == 1 {
          return parallel(blocks) { block in
            piece(0, block, sum)
            finish(block)
            piece(0, block, write)
          }
        }
        parallel(strips &* blocks) { piece($0 / blocks, $0 % blocks, sum) }
        parallel(blocks, finish)
        parallel(strips &* blocks) { piece($0 / blocks, $0 % blocks, write) }
      }
    }

    private func normalizeColumns(
      _ x: UnsafeMutableRawPointer, _ weight: UnsafeMutableRawPointer?, _ bias: UnsafeMutableRawPointer?,
      _ y: UnsafeMutableRawPointer, _ mean: UnsafeMutableRawPointer, _ variance: UnsafeMutableRawPointer
    ) throws(ThalwegError) {
      let pieces = try Pieces(self, totals: 3)
      let kernels = pieces.kernels
      pieces.run(
        sum: { columns, strip, block, at in
          kernels.column_moments(columns, x + at, pieces.totals(strip, block))
        },
        factor: { columns, block, at in
          kernels.column_factors(
            columns, Int64(pieces.strips), pieces.totals(0, block),
            weight.map { UnsafeRawPointer($0 + at) }, bias.map { UnsafeRawPointer($0 + at) }, mean + at,
            variance + at, pieces.factors(block))
        },
        write: { columns, _, block, at in
          kernels.column_values(
            columns, x + at, mean + block &* pieces.width &* pieces.size, pieces.factors(block), y + at)
        })
    }

    /// The derivatives by input, unless that is not wanted, weight and bias.
    func derivatives(
      _ x: Tensor, _ g: Tensor, _ weight: Tensor?, _ mean: Tensor, _ variance: Tensor, withInput: Bool
    ) throws(ThalwegError) -> (Tensor?, Tensor, Tensor) {
      let dx = withInput ? try Tensor.make(shape, dtype, for: Normalization.name) : nil
      let line: Dims = [1, shape[1], 1, 1]
      let (dw, db) = (
        try Tensor.make(line, dtype, for: Normalization.name),
        try Tensor.make(line, dtype, for: Normalization.name)
      )
      let (from, slopes, factor, to) = (x.address, g.address, weight?.address, dx?.address)
      let (centre, spread, ofWeight, ofBias) = (mean.address, variance.address, dw.address, db.address)
      func run() throws(ThalwegError) {
        if isOfPlanes {
          return forEach { kernels, row, layout in
            let at = row &* size
            kernels.planes_backward(
              layout, element(from, row), element(slopes, row), factor.map { UnsafeRawPointer($0 + at) },
              centre + at, spread + at, to.map { element($0, row) }, ofWeight + at, ofBias + at)
          }
        }
        let pieces = try Pieces(self, totals: 2)
        let kernels = pieces.kernels
        pieces.run(
          sum: { columns, strip, block, at in
            kernels.column_slopes(
              columns, from + at, slopes + at, centre + block &* pieces.width &* pieces.size,
              pieces.totals(strip, block))
          },
          factor: { columns, block, at in
            kernels.column_tilts(
              columns, Int64(pieces.strips), pieces.totals(0, block),
              factor.map { UnsafeRawPointer($0 + at) },
              spread + at, ofWeight + at, ofBias + at, pieces.factors(block))
          },
          write: { columns, _, block, at in
            guard let to else { return }
            kernels.column_gradients(
              columns, from + at, slopes + at, centre + block &* pieces.width &* pieces.size,
              pieces.factors(block), to + at)
          })
      }
      if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
      return (dx, dw, db)
    }

    /// The derivatives by input and by weight and bias, unless they are not wanted, all of a row while it is in the cache.
    /// Of weight and bias parts, whose sums they are: of every row, or of 64 rows each where rows share their weights.
    func derivatives(
      _ x: Tensor, _ g: Tensor, _ weight: Tensor?, _ mean: Tensor, _ variance: Tensor, withInput: Bool,
      withParameters: Bool
    ) throws(ThalwegError) -> (input: Tensor?, parameters: (weight: Tensor, bias: Tensor)?) {
      let rowsAChunk = isOfParts ? max(1, 4096 / elementsARow) : withParameters ? 64 : self.rowsAChunk
      let dx = withInput ? try Tensor.make(shape, dtype, for: Normalization.name) : nil
      let sums: Dims =
        isOfParts
        ? [shape[0], shape[1], shape[2], 1] : [(count + rowsAChunk - 1) / rowsAChunk, 1, 1, shape[3]]
      var parameters: (weight: Tensor, bias: Tensor)?
      if withParameters || isOfParts {
        parameters =
          count == 0
          ? (try Tensor.zeros(sums, dtype: dtype), try Tensor.zeros(sums, dtype: dtype))
          : (
            try Tensor.make(sums, dtype, for: Normalization.name),
            try Tensor.make(sums, dtype, for: Normalization.name)
          )
      }
      let (from, slopes, factor, to) = (x.address, g.address, weight?.address, dx?.address)
      let (means, variances) = (mean.address, variance.address)
      let (ofWeight, ofBias) = (parameters?.weight.address, parameters?.bias.address)
      func run() {
        forEachChunk(of: rowsAChunk) { kernels, first, rows, layout in
          if !isOfParts {
            let place = first / rowsAChunk &* shape[3] &* size
            kernels.rows_backward(
              layout, Int64(rows), element(from, first), element(slopes, first), factor,
              means + first &* size,
              variances + first &* size, to.map { element($0, first) }, ofWeight.map { $0 + place },
              ofBias.map { $0 + place })
            return
          }
          for row in first..<(first &+ rows) {
            let place = row &* shape[2] &* size
            kernels.parts_backward(
              layout, element(from, row), element(slopes, row), factor.map { self.weight($0, row) },
              means + row &* size, variances + row &* size, to.map { element($0, row) },
              ofWeight.map { $0 + place }, ofBias.map { $0 + place })
          }
        }
      }
      if Recording.isActive { Recording.note(run) } else { run() }
      return (dx, parameters)
    }
  }
}
