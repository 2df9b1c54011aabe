import Testing
@testable import ThalwegCore

/// Every derivative against finite differences, first and second order.
@Suite struct DerivativeTests {
  @Test(arguments: OperationCase.all)
  func agreesWithDifferences(_ test: OperationCase) throws {
    try GradientCheck(name: test.name).run(test.inputs(), test.function)
  }
}
