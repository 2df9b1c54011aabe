/// A weight and its place.
struct Ranked {
  var weight: Double
  var place: Int

  /// Whether this comes before `other`: more weight, at equal weights the lower place.
  @inline(__always)
  func precedes(_ other: Ranked) -> Bool {
    weight > other.weight || (weight == other.weight && place < other.place)
  }
}

/// The largest of some weights, one after the other: a heap in memory of the caller's. Building it takes a time in
/// proportion to their number, each `pop` the logarithm of it.
struct RankedHeap {
  private let items: UnsafeMutablePointer<Ranked>
  private var count: Int

  /// Takes over `count` items, in any order.
  init(_ items: UnsafeMutablePointer<Ranked>, count: Int) {
    self.items = items
    self.count = count
    var place = count / 2
    while place > 0 {
      place &-= 1
      sink(place)
    }
  }

  /// The first of what is left; it moves to the end of the heap's memory, before those popped earlier. Not of an empty heap.
  mutating func pop() -> Ranked {
    count &-= 1
    (items[0], items[count]) = (items[count], items[0])
    sink(0)
    return items[count]
  }

  private func sink(_ start: Int) {
    var place = start
    while true {
      var child = 2 &* place &+ 1
      if child >= count { return }
      if child &+ 1 < count, items[child &+ 1].precedes(items[child]) { child &+= 1 }
      if !items[child].precedes(items[place]) { return }
      (items[place], items[child]) = (items[child], items[place])
      place = child
    }
  }
}
