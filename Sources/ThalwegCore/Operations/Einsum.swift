/// einsum(equation, operands): Einstein's summation. Each operand's dimensions are named by letters, "ij,jk->ik"; elements
/// with equal letters are multiplied, and letters that the result does not name are summed over.
///
/// A letter twice in one operand takes its diagonal; `...` stands for any dimensions, which are broadcast; without `->` the
/// result has the dimensions of `...` and then, in the alphabet's order (capitals first), the letters that occur once. Sizes
/// of 1 are broadcast. Operands are contracted from left to right, two at a time, by `MatMul`.
public enum Einsum {
  /// A tensor whose dimensions have names: a letter's code, or for those of the ellipsis -1 for the last, -2 for the one
  /// before it.
  private struct Named {
    var tensor: Tensor
    var names: [Int]

    /// The tensor with its dimensions in a given order.
    func ordered(_ names: [Int]) throws(ThalwegError) -> Tensor {
      try tensor.permute(Dims(names.map { self.names.firstIndex(of: $0) ?? 0 }))
    }

    /// Summed over the names that are not kept.
    func summed(keeping kept: (Int) -> Bool) throws(ThalwegError) -> Named {
      let dropped = names.indices.filter { !kept(names[$0]) }
      if dropped.isEmpty { return self }
      return Named(tensor: try tensor.sum(Dims(dropped)), names: names.filter(kept))
    }

    func size(_ name: Int) -> Int { names.firstIndex(of: name).map { tensor.shape[$0] } ?? 1 }
  }

  public static func apply(_ equation: String, _ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
    let (inputs, output) = try parse(equation, tensors.count)
    var operands: [Named] = []
    for (i, tensor) in tensors.enumerated() {
      operands.append(try takeDiagonals(try name(tensor, inputs[i], equation, i), equation))
    }
    var sizes: [Int: Int] = [:]
    for operand in operands {
      for (name, size) in zip(operand.names, operand.tensor.shape) {
        let known = sizes[name] ?? 1
        guard known == size || known == 1 || size == 1 else {
          throw ThalwegError(
            .shape, "einsum: '\(equation)' gives \(describe(name)) the sizes \(known) and \(size)")
        }
        sizes[name] = known == 1 ? size : known
      }
    }
    for (i, operand) in operands.enumerated() {
      operands[i].tensor = try operand.tensor.expand(Dims(operand.names.map { sizes[$0] ?? 1 }))
    }
    let ellipsis = sizes.keys.filter { $0 < 0 }.sorted()
    let wanted =
      if let output { output.flatMap { $0 == dots ? ellipsis : [$0] } } else {
        ellipsis + implicitOutput(inputs)
      }
    for (i, name) in wanted.enumerated() {
      guard sizes[name] != nil, !wanted[..<i].contains(name) else {
        throw ThalwegError(
          .invalidArgument,
          "einsum: the result of '\(equation)' names \(describe(name)), which must be in an operand, and once only in the result"
        )
      }
    }
    var result = operands[0]
    for (i, operand) in operands.enumerated().dropFirst() {
      result = try contract(result, operand) { name in
        wanted.contains(name) || operands[(i + 1)...].contains { $0.names.contains(name) }
      }
    }
    return try result.summed { wanted.contains($0) }.ordered(wanted)
  }

  /// The product of two operands, summed over the names that are not kept.
  private static func contract(
    _ first: Named, _ second: Named, keeping kept: (Int) -> Bool
  ) throws(ThalwegError) -> Named {
    let a = try first.summed { second.names.contains($0) || kept($0) }
    let b = try second.summed { first.names.contains($0) || kept($0) }
    let shared = a.names.filter { b.names.contains($0) }
    let (batch, inner) = (shared.filter(kept), shared.filter { !kept($0) })
    let (rows, columns) = (a.names.filter { !shared.contains($0) }, b.names.filter { !shared.contains($0) })
    let names = batch + rows + columns
    let (left, right) = (try a.ordered(batch + rows + inner), try b.ordered(batch + inner + columns))
    let shape = { (names: [Int], named: Named) in names.map { named.size($0) } }
    let outer = shape(batch, a)
    if inner.isEmpty {
      let spread = outer + shape(rows, a) + columns.map { _ in 1 }
      let other = outer + rows.map { _ in 1 } + shape(columns, b)
      return Named(tensor: try left.reshape(Dims(spread)) * right.reshape(Dims(other)), names: names)
    }
    let (m, n) = (Dims(shape(rows, a)).product, Dims(shape(columns, b)).product)
    let (count, k) = (Dims(outer).product, Dims(shape(inner, a)).product)
    // A sum of integers before may have made one of them int64.
    let dtype = DType.promoted(left.dtype, right.dtype)
    let (x, y) = (try left.to(dtype), try right.to(dtype))
    let product =
      batch.isEmpty
      ? try x.reshape([m, k]).matmul(y.reshape([k, n]))
      : try x.reshape([count, m, k]).matmul(y.reshape([count, k, n]))
    return Named(
      tensor: try product.reshape(Dims(outer + shape(rows, a) + shape(columns, b))), names: names)
  }

  // MARK: - Names

  /// In a list of names: `...`.
  private static let dots = 0

  /// The names of each operand's dimensions and of the result's; nil for a result that is not written down.
  private static func parse(
    _ equation: String, _ count: Int
  ) throws(ThalwegError) -> (inputs: [[Int]], output: [Int]?) {
    var lists: [[Int]] = [[]]
    var hasOutput = false
    let text = Array(equation.utf8.filter { $0 != 0x20 })
    var i = 0
    while i < text.count {
      let rest = text[i...]
      let last = lists.count - 1
      if rest.starts(with: "...".utf8), !lists[last].contains(dots) {
        lists[last].append(dots)
        i += 3
      } else if rest.starts(with: "->".utf8), !hasOutput {
        hasOutput = true
        lists.append([])
        i += 2
      } else if text[i] == 0x2C, !hasOutput {
        lists.append([])
        i += 1
      } else if (0x41...0x5A).contains(text[i]) || (0x61...0x7A).contains(text[i]) {
        lists[last].append(Int(text[i]))
        i += 1
      } else {
        throw ThalwegError(
          .invalidArgument,
          "einsum: '\(equation)' is not understood; letters for each operand, separated by commas, then -> and the result's are expected, as in 'bij,jk->bik'"
        )
      }
    }
    let output = hasOutput ? lists.removeLast() : nil
    guard lists.count == count, count > 0 else {
      throw ThalwegError(
        .invalidArgument, "einsum: '\(equation)' is for \(lists.count) operands; \(count) were given")
    }
    return (lists, output)
  }

  private static func implicitOutput(_ inputs: [[Int]]) -> [Int] {
    let all = inputs.flatMap { $0 }
    return all.filter { name in name != dots && all.filter { $0 == name }.count == 1 }.sorted()
  }

  /// An operand with a name for each dimension.
  private static func name(
    _ tensor: Tensor, _ names: [Int], _ equation: String, _ i: Int
  ) throws(ThalwegError) -> Named {
    let open = names.firstIndex(of: dots)
    let written = names.count - (open == nil ? 0 : 1)
    guard open == nil ? written == tensor.rank : written <= tensor.rank else {
      throw ThalwegError(
        .shape,
        "einsum: '\(equation)' names \(written) dimensions of operand \(i), which has shape \(tensor.shape)")
    }
    guard let open else { return Named(tensor: tensor, names: names) }
    let spread = Array(-(tensor.rank - written)..<0)
    return Named(tensor: tensor, names: names[..<open] + spread + names[(open + 1)...])
  }

  private static func takeDiagonals(_ operand: Named, _ equation: String) throws(ThalwegError) -> Named {
    var result = operand
    while let i = result.names.indices.first(where: { result.names[..<$0].contains(result.names[$0]) }),
      let first = result.names.firstIndex(of: result.names[i])
    {
      let name = result.names[i]
      guard result.tensor.shape[first] == result.tensor.shape[i] else {
        throw ThalwegError(
          .shape,
          "einsum: '\(equation)' takes a diagonal of shape \(operand.tensor.shape) along \(describe(name)); the sizes must be equal"
        )
      }
      result.tensor = try result.tensor.diagonal(0, first, i)
      result.names.remove(at: i)
      result.names.remove(at: first)
      result.names.append(name)
    }
    return result
  }

  private static func describe(_ name: Int) -> String {
    name <= 0 ? "..." : "'\(Character(UnicodeScalar(UInt8(name))))'"
  }
}

extension Tensor {
  /// Einstein's summation over the operands; see `Einsum`.
  public static func einsum(_ equation: String, _ operands: [Tensor]) throws(ThalwegError) -> Tensor {
    try Einsum.apply(equation, operands)
  }
}
