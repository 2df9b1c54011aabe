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
    return try sum(try branch(input), try straight(input))
  }

  /// The forward pass and an activation, computed with the branch's last layer where that is possible; nil where there is no
  /// such branch. Unrecorded.
  final func evaluate(_ input: Tensor, activation: Int) throws(ThalwegError) -> Tensor? {
    guard let branch = module("branch") as? Sequential else { return nil }
    try Checkpoint.pass()
    let straight = try straight(input)
    let (output, isEnded) = try branch.run(input, ending: .init(addend: straight, activation: activation))
    return isEnded ? output : try Fusion.activate(sum(output, straight), activation)
  }

  private func straight(_ input: Tensor) throws(ThalwegError) -> Tensor {
    if let shortcut = module("shortcut") { try shortcut(input) } else { input }
  }

  private func sum(_ output: Tensor, _ straight: Tensor) throws(ThalwegError) -> Tensor {
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
