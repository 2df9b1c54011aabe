public import ThalwegCore

/// A module whose forward is a function: a user's own, from C or Python, or a few lines of Swift.
public final class CustomModule: Module {
  public typealias Forward = (_ module: CustomModule, _ input: Tensor) throws(ThalwegError) -> Tensor

  private let name: String
  private let function: Forward

  /// - Parameter typeName: what the module calls itself, such as "Residual".
  public init(_ typeName: String, forward: @escaping Forward) {
    name = typeName
    function = forward
    super.init()
  }

  public override var typeName: String { name }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor { try function(self, input) }
}
