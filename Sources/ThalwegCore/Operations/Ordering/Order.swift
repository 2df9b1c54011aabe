/// The order of elements: numbers ascending, NaN above all of them.
package enum Order {
  /// Unsigned integers in the order of a dense tensor's elements, so that one comparison serves every dtype. 0 and -0 are
  /// equal, all NaNs are the greatest number. Of dtypes of up to 32 bits the upper half has it all.
  static func keys(_ x: Tensor, in function: StaticString) throws(ThalwegError) -> Workspace {
    let space = try Workspace(max(1, x.numel) &* 8, for: function)
    let key = space.base.assumingMemoryBound(to: UInt64.self)
    let (base, count) = (UnsafeRawPointer(x.data), x.numel)
    let piece = 16 * 1024
    parallel((count &+ piece &- 1) / piece) { chunk in
      let range = (chunk &* piece)..<min(count, (chunk &+ 1) &* piece)
      switch x.dtype {
      case .float32:
        let value = base.assumingMemoryBound(to: Float.self)
        for i in range { key[i] = Order.key(value[i]) }
      case .float64:
        let value = base.assumingMemoryBound(to: Double.self)
        for i in range { key[i] = Order.key(value[i]) }
      case .int64:
        let value = base.assumingMemoryBound(to: Int64.self)
        for i in range { key[i] = UInt64(bitPattern: value[i]) ^ (1 << 63) }
      case .int32:
        let value = base.assumingMemoryBound(to: Int32.self)
        for i in range { key[i] = UInt64(UInt32(bitPattern: value[i]) ^ (1 << 31)) << 32 }
      case .uint8, .bool:
        let value = base.assumingMemoryBound(to: UInt8.self)
        for i in range { key[i] = UInt64(value[i]) << 32 }
      }
    }
    return space
  }

  static let nan = UInt64.max

  static func key(_ value: Double) -> UInt64 {
    if value.isNaN { return nan }
    let bits = (value + 0).bitPattern
    return bits >> 63 == 0 ? bits | (1 << 63) : ~bits
  }

  static func key(_ value: Float) -> UInt64 {
    if value.isNaN { return nan }
    let bits = (value + 0).bitPattern
    return UInt64(bits >> 31 == 0 ? bits | (1 << 31) : ~bits) << 32
  }

  /// Sorts numbers by `precedes`, those that it does not tell apart in the order in which they were: runs are sorted by
  /// insertion, then merged.
  /// - Parameter scratch: room for as many.
  @inline(__always)
  static func sort(
    _ items: UnsafeMutablePointer<Int64>, _ scratch: UnsafeMutablePointer<Int64>, _ count: Int,
    _ precedes: (Int64, Int64) -> Bool
  ) {
    let run = 8
    var start = 0
    while start < count {
      let end = min(count, start &+ run)
      for i in start..<end {
        let item = items[i]
        var j = i
        while j > start && precedes(item, items[j &- 1]) {
          items[j] = items[j &- 1]
          j &-= 1
        }
        items[j] = item
      }
      start = end
    }
    var (from, to) = (items, scratch)
    var width = run
    while width < count {
      var left = 0
      while left < count {
        let middle = min(left &+ width, count), right = min(middle &+ width, count)
        var (i, j, k) = (left, middle, left)
        while i < middle && j < right {
          if precedes(from[j], from[i]) {
            to[k] = from[j]
            j &+= 1
          } else {
            to[k] = from[i]
            i &+= 1
          }
          k &+= 1
        }
        (to + k).update(from: from + i, count: middle &- i)
        (to + (k &+ middle &- i)).update(from: from + j, count: right &- j)
        left = right
      }
      swap(&from, &to)
      width &*= 2
    }
    if from != items { items.update(from: from, count: count) }
  }

  /// For every line along `axis`, its last dimension after a move: the order of its elements, as places in it.
  struct Lines: ~Copyable {
    let keys: Workspace
    /// [..., length], int64, dense.
    let order: Tensor
    let length: Int

    var key: UnsafePointer<UInt64> { UnsafePointer(keys.base.assumingMemoryBound(to: UInt64.self)) }
    var place: UnsafePointer<Int64> { UnsafePointer(order.data.assumingMemoryBound(to: Int64.self)) }
    var count: Int { length == 0 ? 0 : order.numel / length }
  }

  static func lines(
    _ x: Tensor, _ axis: Int, descending: Bool = false, in function: StaticString
  ) throws(ThalwegError) -> Lines {
    let dense = try noGrad { () throws(ThalwegError) in
      try (x.rank == 0 ? x.reshape([1]) : x.movedim([axis], [-1])).contiguous()
    }
    let length = dense.shape[dense.rank - 1]
    let order = try Tensor.make(dense.shape, .int64, for: function)
    let keys = try keys(dense, in: function)
    let key = keys.base.assumingMemoryBound(to: UInt64.self)
    let place = order.data.assumingMemoryBound(to: Int64.self)
    let count = length == 0 ? 0 : order.numel / length
    let linesAChunk = max(1, 4096 / max(1, length))
    let chunks = (count &+ linesAChunk &- 1) / linesAChunk
    let pieces = min(chunks, 16)
    let sorter = LineSorter(length: length, isNarrow: x.dtype.size <= 4, descending: descending)
    let scratch = try Workspace(max(1, pieces &* sorter.workSize) &* 8, for: function)
    let room = scratch.base.assumingMemoryBound(to: UInt64.self)
    parallel(pieces) { piece in
      var chunk = piece
      while chunk < chunks {
        for line in (chunk &* linesAChunk)..<min(count, (chunk &+ 1) &* linesAChunk) {
          sorter.run(key + line &* length, place + line &* length, room + piece &* sorter.workSize)
        }
        chunk &+= pieces
      }
    }
    return Lines(keys: keys, order: order, length: length)
  }
}
