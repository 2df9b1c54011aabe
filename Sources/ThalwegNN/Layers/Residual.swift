public import ThalwegCore

/// y = branch(x) + shortcut(x), the shortcut x itself where there is none (He et al. 2016, "Deep residual learning for
/// image recognition"). The children are named "branch" and "shortcut".
/// Shape: what the branch gives, which the shortcut must give too.
public final class Residual: Module, DescribedLayer {
  /// - Parameter shortcut: such as a projection, where the branch changes the shape.
  public init(_ branch: Module, shortcut: Module? = nil) throws(ThalwegError) {
    super.init()
    try registerModule("branch", branch)
    try registerModule("shortcut", shortcut)
  }

  private override init() { super.init() }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    guard let branch = module("branch") else {
      throw ThalwegError(.invalidArgument, "Residual: there is no branch; register one")
    }
    let output = try branch(input)
    let straight = if let shortcut = module("shortcut") { try shortcut(input) } else { input }
    guard output.shape == straight.shape else {
      throw ThalwegError(
        .shape,
        "Residual: the branch gives \(output.shape), the shortcut \(straight.shape); they must be equal, project one"
      )
    }
    return try output + straight
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Residual() }
}
