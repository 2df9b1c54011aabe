import CSystem
import Synchronization

/// An n-dimensional array: a view, with shape and strides, of a block of memory that other tensors may share;
/// and, where it requires a gradient, a place in the graph of derivatives.
///
/// Shape, strides and dtype never change. Elements change only through the functions in Tensor+InPlace.swift.
/// Reading one tensor from several threads is safe; changing it needs the caller's own lock.
public final class Tensor: Object {
  /// The size of each dimension; empty for a scalar.
  public let shape: Dims
  /// Steps between neighbours along each dimension, in elements. 0 where a dimension is expanded.
  public let strides: Dims
  public let dtype: DType
  package let storage: Storage
  /// The first element's place in the storage, in elements.
  package let offset: Int

  /// The operation that made this tensor and which of its outputs it is; nil for leaves.
  package private(set) var node: Node?
  package private(set) var outputIndex = 0

  private let leafRequiresGrad = Atomic<Bool>(false)
  private let gradientLock = Atomic<Bool>(false)
  /// The number of the recording that this tensor was made in; 0: none.
  package let madeIn = Recording.number
  private var gradient: Tensor?
  /// The tangents that forward-mode differentiation carries along, of the innermost level first.
  package var dual: Dual?
  /// The elements in the order in which a product reads them.
  private var packed: PackedWeight?
  /// Called with the gradient of a leaf.
  package var leafHooks: GradientHooks?

  package init(storage: Storage, shape: Dims, strides: Dims, offset: Int, dtype: DType) {
    self.storage = storage
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.dtype = dtype
    super.init()
  }

  public var rank: Int { shape.count }

  /// The number of elements; 1 for a scalar.
  public var numel: Int { shape.product }

  /// Whether the elements lie in row-major order without gaps.
  public var isContiguous: Bool {
    var step = 1
    for i in shape.indices.reversed() where shape[i] != 1 {
      if shape[i] == 0 { return true }
      if strides[i] != step { return false }
      step &*= shape[i]
    }
    return true
  }

  /// The address of the first element, to read or write elements at once: a step that is recorded is refused.
  package var data: UnsafeMutableRawPointer {
    if Recording.isActive { Recording.refuse() }
    return storage.base + offset &* dtype.size
  }

  /// The same for what `Recording` notes, and for nothing else.
  package var address: UnsafeMutableRawPointer {
    if Recording.isActive { Recording.keep(storage) }
    return storage.base + offset &* dtype.size
  }

  // MARK: - The graph of derivatives

  /// Whether operations on this tensor are recorded, so that `backward` reaches it. True for every result of an
  /// operation that was recorded, and for one that carries a tangent; settable on leaves of a float dtype.
  public var requiresGrad: Bool { node != nil || isTrained || (dual != nil && liveDual != nil) }

  /// Whether this is a leaf that gets a gradient.
  package var isTrained: Bool { leafRequiresGrad.load(ordering: .relaxed) }

  /// Whether this tensor was made by the user rather than by a recorded operation.
  public var isLeaf: Bool { node == nil }

  /// Makes a leaf require a gradient, or not.
  /// - Throws: `.autograd` on the result of a recorded operation, `.dtype` unless float.
  public func setRequiresGrad(_ value: Bool) throws(ThalwegError) {
    if value && !dtype.isFloat {
      throw ThalwegError(
        .dtype, "set_requires_grad: only float32 and float64 tensors have gradients; this one is \(dtype)")
    }
    if let node {
      if value { return }
      throw ThalwegError(
        .autograd,
        "set_requires_grad: this tensor is the result of \(node.name), not a leaf; use detach()")
    }
    leafRequiresGrad.store(value, ordering: .relaxed)
  }

  /// What `backward` has accumulated in this leaf, of the same shape and dtype; nil before, and after it is cleared.
  public var grad: Tensor? {
    lockGradient()
    let value = gradient
    unlockGradient()
    if Recording.isActive { Recording.reads(value, of: self) }
    return value
  }

  /// Replaces or (with nil) clears the gradient.
  /// - Throws: `.shape` or `.dtype` unless they are this tensor's own.
  public func setGrad(_ value: Tensor?) throws(ThalwegError) {
    if let value {
      guard value.shape == shape else {
        throw ThalwegError(
          .shape, "set_grad: the gradient has shape \(value.shape), its tensor \(shape); they must be equal")
      }
      guard value.dtype == dtype else {
        throw ThalwegError(
          .dtype, "set_grad: the gradient is \(value.dtype), its tensor \(dtype); they must be equal")
      }
    }
    exchangeGradient(value)
  }

  /// Stores `value` and returns what was there. The old tensor must be freed outside the lock.
  @discardableResult
  package func exchangeGradient(_ value: consuming Tensor?) -> Tensor? {
    if Recording.isActive { Recording.sets(value, of: self) }
    lockGradient()
    let old = gradient
    gradient = value
    unlockGradient()
    return old
  }

  /// What `PackedWeight` keeps here.
  package var packedWeight: PackedWeight? {
    lockGradient()
    defer { unlockGradient() }
    return packed
  }

  /// Stores `value` and returns what was there, as above.
  @discardableResult
  package func exchangePackedWeight(_ value: PackedWeight?) -> PackedWeight? {
    lockGradient()
    let old = packed
    packed = value
    unlockGradient()
    return old
  }

  // Held for a few instructions only: threads that train models with shared parameters must not tear a reference.
  private func lockGradient() {
    while gradientLock.exchange(true, ordering: .acquiring) { tw_spin_pause() }
  }

  private func unlockGradient() { gradientLock.store(false, ordering: .releasing) }

  /// Makes this tensor output `index` of `node`. Called once, by the operation, before anybody else sees the tensor.
  /// - Throws: in anomaly mode, if the operation made Inf or NaN.
  package func attach(_ node: consuming Node, output index: Int = 0) throws(ThalwegError) {
    if node.duals != nil {
      try node.setTangents(of: self, index)
      if !node.isConnected { return }
    }
    if let trace = node.trace {
      if GradMode.bits & GradMode.inBackward == 0 { try trace.check(self, of: node.name) }
      if !GradMode.isEnabled || !node.isConnected { return }
    }
    restore(node, output: index)
  }

  /// `attach` for a tensor that stands for an output attached before.
  package func restore(_ node: consuming Node, output index: Int) {
    self.node = node
    outputIndex = index
  }
}
