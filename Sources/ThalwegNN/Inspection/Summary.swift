public import ThalwegCore

/// A table of a tree's modules for an input: name and kind, output shape, parameters.
public struct Summary: Sendable {
  public struct Row: Sendable {
    /// The module's name, "" for the root.
    public let name: String
    public let typeName: String
    public let outputShape: Dims
    /// Numbers in the module's own parameters, not its children's.
    public let parameters: Int
    /// Products with weights, of the module itself.
    public let multiplyAdds: Int
  }

  /// One a call, in the order in which they were done.
  public let rows: [Row]
  public let parameters: Int
  public let trainedParameters: Int
  public let multiplyAdds: Int

  /// Computes the output once, in evaluation mode and without recording.
  /// - Throws: what the modules throw.
  public init(_ module: Module, _ input: Tensor) throws(ThalwegError) {
    rows = try module.inspect(input).map { call in
      var own = 0
      for case (_, .parameter(let tensor)) in call.module.members { own += tensor.numel }
      return Row(
        name: call.name, typeName: call.module.typeName, outputShape: call.output.shape, parameters: own,
        multiplyAdds: call.multiplyAdds)
    }
    parameters = module.parameterCount()
    trainedParameters = module.parameterCount(trainedOnly: true)
    multiplyAdds = rows.reduce(0) { $0 + $1.multiplyAdds }
  }

  /// The table, a line a call, and the sums below.
  public var text: String {
    var cells = [["layer", "output", "parameters", "multiply-adds"]]
    for row in rows {
      cells.append([
        row.name.isEmpty ? row.typeName : "\(row.name) (\(row.typeName))", "\(row.outputShape)",
        "\(row.parameters)", "\(row.multiplyAdds)",
      ])
    }
    let widths = (0..<4).map { column in cells.map { $0[column].count }.max() ?? 0 }
    var lines = cells.map { line in
      let left = line[0] + spaces(widths[0] - line[0].count + 2) + line[1]
      let right = (2..<4).map { spaces(widths[$0] - line[$0].count + 2) + line[$0] }.joined()
      return left + spaces(widths[1] - line[1].count) + right
    }
    lines.insert(String(repeating: "-", count: widths.reduce(6, +)), at: 1)
    lines.append(lines[1])
    lines.append("parameters: \(parameters), of which trained: \(trainedParameters)")
    lines.append("multiply-adds: \(multiplyAdds)")
    return lines.joined(separator: "\n")
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
