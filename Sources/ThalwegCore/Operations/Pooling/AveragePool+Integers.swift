extension AveragePool {
  /// Of int64 tensors, as PyTorch's: sums wrap, quotients are truncated. No derivative.
  static func runIntegers(_ x: Tensor, _ y: Tensor, _ window: Window) {
    let source = x.data.assumingMemoryBound(to: Int64.self)
    let target = y.data.assumingMemoryBound(to: Int64.self)
    let (h, w) = (window.geometry.y, window.geometry.x)
    let elements = h.places &* w.places
    forEachPlane(window.geometry.planes(x.shape), work: window.geometry.work) { plane in
      let image = source + plane &* h.size &* w.size
      for place in 0..<elements {
        let (row, column) = (place / w.places, place % w.places)
        let (rows, columns) = (h.taps(row), w.taps(column))
        var sum: Int64 = 0
        for i in 0..<(rows.end &- rows.first) {
          let line = image + ((rows.coordinate &+ i) &* w.size &+ columns.coordinate)
          for j in 0..<(columns.end &- columns.first) { sum &+= line[j] }
        }
        let divisor = Int64(window.divisor(row, column))
        target[plane &* elements &+ place] = sum.dividedReportingOverflow(by: divisor).partialValue
      }
    }
  }
}
