import Synchronization
public import ThalwegCore

/// A layer, or a tree of layers: it has parameters and computes an output from an input.
///
/// A module owns named parameters (what optimisers change), named buffers (state that is saved but not trained) and
/// named children, each in the order of registration. A subclass registers what it owns and overrides `forward`;
/// whoever uses a module calls it: `let y = try model(x)`.
///
/// Computing with one module, and reading its names, on many threads at once is safe. Registration may run beside
/// them too, but no two registrations in one tree at once.
open class Module: Object {
  /// What a name stands for.
  enum Member {
    case parameter(Tensor)
    case buffer(Tensor, isSaved: Bool)
    case child(Module)

    fileprivate var kind: Kind {
      switch self {
      case .parameter: .parameter
      case .buffer: .buffer
      case .child: .child
      }
    }
  }

  fileprivate enum Kind: String {
    case parameter = "a parameter"
    case buffer = "a buffer"
    case child = "a child"
  }

  private let lock = SpinLock()
  private var registered: [(name: String, member: Member)] = []
  private let training = Atomic<Bool>(true)
  /// The longest path of parents that ever led here. Bounded, so that recursion over a tree cannot exhaust the stack.
  private let depth = Atomic<Int>(0)

  /// Names that the C interface has handed out.
  package let names = NamePool()

  public override init() { super.init() }

  // MARK: - For subclasses and users

  /// Computes the output. To be overridden; call the module itself rather than this.
  /// - Throws: here, `.invalidArgument`: a plain module computes nothing.
  open func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    throw ThalwegError(
      .invalidArgument, "forward: \(typeName) computes nothing; a subclass must override forward")
  }

  public final func callAsFunction(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Checkpoint.pass()
    let output = try forward(input)
    try CallObserver.tell(self, input, output)
    return output
  }

  /// Tells whoever traces on this thread that the module gave `output`: for modules whose forward pass runs without a
  /// call of theirs, in another language.
  package final func announce(_ input: Tensor, _ output: Tensor) throws(ThalwegError) {
    try CallObserver.tell(self, input, output)
  }

  /// The kind of module, such as "Linear".
  open var typeName: String { "\(type(of: self))" }

  /// Whether the module behaves as in training (the start) or as in evaluation.
  public final var isTraining: Bool { training.load(ordering: .relaxed) }

  /// Sets `isTraining` here and in everything below.
  public final func train(_ mode: Bool = true) {
    visit { _, module in module.training.store(mode, ordering: .relaxed) }
  }

  /// Sets `isTraining` here, and in nothing below.
  package final func setTraining(_ mode: Bool) { training.store(mode, ordering: .relaxed) }

  /// Clears the gradient of every parameter, here and below.
  public final func zeroGrad() {
    for (_, tensor) in namedParameters() { tensor.exchangeGradient(nil) }
  }

  // MARK: - Registration

  /// Adds or replaces a parameter; nil removes it. The tensor's own `requiresGrad` says whether it is trained.
  /// - Throws: `.invalidArgument` for a name that is empty, has a dot or is taken by a buffer or child; `.autograd` for
  ///   the result of a recorded operation.
  public final func registerParameter(_ name: String, _ tensor: Tensor?) throws(ThalwegError) {
    if let tensor, !tensor.isLeaf {
      throw ThalwegError(
        .autograd,
        "register_parameter: \(name) is the result of a recorded operation; a parameter must be a leaf, detach() it"
      )
    }
    try register(name, tensor.map(Member.parameter), .parameter, "register_parameter")
  }

  /// Adds or replaces a buffer; nil removes it.
  /// - Parameter isSaved: whether it is part of the module's state, and so of files and checkpoints.
  /// - Throws: `.invalidArgument` for a name that is empty, has a dot or is taken by a parameter or child.
  public final func registerBuffer(
    _ name: String, _ tensor: Tensor?, isSaved: Bool = true
  ) throws(ThalwegError) {
    try register(name, tensor.map { .buffer($0, isSaved: isSaved) }, .buffer, "register_buffer")
  }

  /// Adds or replaces a child; nil removes it.
  /// - Throws: `.invalidArgument` for a name that is empty, has a dot or is taken by a parameter or buffer, for a child
  ///   that this module is part of, and for a tree deeper than 256.
  public final func registerModule(_ name: String, _ child: Module?) throws(ThalwegError) {
    try Module.check(name, "register_module")
    if let child { try prepare(child, name) }
    try register(name, child.map(Member.child), .child, "register_module")
  }

  private func register(
    _ name: String, _ member: Member?, _ kind: Kind, _ function: StaticString
  ) throws(ThalwegError) {
    try Module.check(name, function)
    var old: Member?  // freed behind the lock: a callback of the user's may run
    lock.lock()
    let place = registered.firstIndex { $0.name == name }
    let other = place.map { registered[$0].member }
    if let place, let other, other.kind == kind {
      old = other
      if let member { registered[place].member = member } else { registered.remove(at: place) }
    } else if place == nil, let member {
      registered.append((name, member))
    }
    lock.unlock()
    if old == nil, let other {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the name \(name) is taken by \(other.kind.rawValue) of this \(typeName); choose another one for \(kind.rawValue)"
      )
    }
  }

  private static func check(_ name: String, _ function: StaticString) throws(ThalwegError) {
    guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: ".")) else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the name \"\(name)\" cannot be used: it must not be empty nor have a dot, which joins names of a path"
      )
    }
  }

  // MARK: - The tree's depth

  private static let maxDepth = 256

  /// Checks that this module may take `child`, and notes the child's new depth.
  private func prepare(_ child: Module, _ name: String) throws(ThalwegError) {
    var heights: [ObjectIdentifier: Int] = [:]
    let level = depth.load(ordering: .relaxed) + 1
    guard let height = child.height(&heights, without: self) else {
      throw ThalwegError(
        .invalidArgument,
        "register_module: \(name) is or contains the module it is to be registered in; a module tree has no circles"
      )
    }
    guard level + height <= Module.maxDepth else {
      throw ThalwegError(
        .invalidArgument,
        "register_module: with \(name) the tree would be \(level + height) deep; at most \(Module.maxDepth) are possible"
      )
    }
    child.sink(to: level)
  }

  /// The length of the longest path down from here; nil if `ancestor` is on one.
  private func height(_ known: inout [ObjectIdentifier: Int], without ancestor: Module) -> Int? {
    if self === ancestor { return nil }
    if let height = known[ObjectIdentifier(self)] { return height }
    var result = 0
    for case (_, .child(let child)) in members {
      guard let height = child.height(&known, without: ancestor) else { return nil }
      result = max(result, height + 1)
    }
    known[ObjectIdentifier(self)] = result
    return result
  }

  private func sink(to level: Int) {
    if depth.load(ordering: .relaxed) >= level { return }
    depth.store(level, ordering: .relaxed)
    for case (_, .child(let child)) in members { child.sink(to: level + 1) }
  }

  /// What is registered here, as it was at one moment.
  final var members: [(name: String, member: Member)] {
    lock.lock()
    defer { lock.unlock() }
    return registered
  }
}
