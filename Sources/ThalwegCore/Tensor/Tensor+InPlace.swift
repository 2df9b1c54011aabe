extension Tensor {
  /// Checks that `operation` may change this tensor's elements. Every change in place begins here.
  ///
  /// A tensor that is part of a graph of derivatives cannot be changed: neither the result of a recorded operation
  /// nor, while recording, a leaf that requires a gradient.
  /// - Throws: `.autograd`; `.invalidArgument` if elements share an address (an expanded tensor).
  package func checkWritable(by operation: StaticString) throws(ThalwegError) {
    if let node {
      throw ThalwegError(
        .autograd,
        """
        \(operation): a tensor of shape \(shape) that \(node.name) made while recording cannot be changed \
        in place; use the form that returns a new tensor, or detach()
        """)
    }
    if requiresGrad && GradMode.isEnabled {
      throw ThalwegError(
        .autograd,
        """
        \(operation): a leaf of shape \(shape) that requires a gradient cannot be changed in place while recording; \
        switch recording off around the change (no_grad)
        """)
    }
    for i in shape.indices where strides[i] == 0 && shape[i] > 1 {
      throw ThalwegError(
        .invalidArgument,
        "\(operation): the tensor is expanded (shape \(shape), strides \(strides)): several elements share an address"
      )
    }
  }

  /// Sets every element to `value`.
  public func fill(_ value: Double) throws(ThalwegError) {
    try checkWritable(by: "fill")
    write(value)
    storage.didChange(by: "fill")
  }

  /// Copies the elements of `source`, broadcast to this shape and converted to this dtype.
  public func copy(from source: Tensor) throws(ThalwegError) {
    try checkWritable(by: "copy_from")
    if source.requiresGrad && GradMode.isEnabled {
      throw ThalwegError(
        .autograd,
        "copy_from: the source requires a gradient, which a copy in place cannot record; detach() it")
    }
    try noGrad { () throws(ThalwegError) in
      var values = try source.to(dtype).expand(shape)
      if values.storage === storage { values = try values.clone() }
      StridedLoop.copy(
        shape, to: address, strides, from: values.address, values.strides, elementSize: dtype.size)
    }
    storage.didChange(by: "copy_from")
  }

  /// `fill` without its checks, for new tensors.
  package func write(_ value: Double) {
    let (target, shape, strides, dtype) = (address, shape, strides, dtype)
    func run() {
      var word: UInt64 = 0
      withUnsafeMutableBytes(of: &word) { bytes in
        guard let base = bytes.baseAddress else { return }
        Elements(base: base, count: 1, dtype: dtype).store(value, at: 0)
        StridedLoop.copy(
          shape, to: target, strides, from: base, Dims(repeating: 0, count: shape.count),
          elementSize: dtype.size)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  /// Foreign bools may be any non-zero byte; kernels rely on 0 and 1.
  package func normaliseBools() {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    for i in 0..<numel where bytes[i] > 1 { bytes[i] = 1 }
  }
}
