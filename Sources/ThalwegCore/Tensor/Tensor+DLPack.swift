package import CSystem
import Glibc

extension Tensor {
  /// A DLPack description of this tensor, which lives until its deleter is called. The elements are shared.
  /// - Throws: `.autograd` if the tensor requires a gradient: detach it first.
  package func toDLPack() throws(ThalwegError) -> UnsafeMutablePointer<tw_dl_managed> {
    guard !requiresGrad else {
      throw ThalwegError(
        .autograd, "to_dlpack: the tensor requires a gradient, which DLPack cannot carry; detach() it")
    }
    // One block: the struct, then shape and strides.
    let head = MemoryLayout<tw_dl_managed>.stride
    guard let block = malloc(head + 2 * Dims.maxRank * MemoryLayout<Int64>.size) else {
      throw ThalwegError(.outOfMemory, "to_dlpack: no memory for the description")
    }
    let managed = block.bindMemory(to: tw_dl_managed.self, capacity: 1)
    let sizes = (block + head).bindMemory(to: Int64.self, capacity: 2 * Dims.maxRank)
    let steps = sizes + Dims.maxRank
    for i in 0..<rank {
      sizes[i] = Int64(shape[i])
      steps[i] = Int64(strides[i])
    }
    let (code, bits) = dlType
    storage.expose()
    managed.initialize(
      to: tw_dl_managed(
        tensor: tw_dl_tensor(
          data: data, device_type: Int32(TW_DL_CPU), device_id: 0, ndim: Int32(rank), code: code, bits: bits,
          lanes: 1, shape: sizes, strides: steps, byte_offset: 0),
        manager: Unmanaged.passRetained(self).toOpaque(),
        deleter: { managed in
          if let manager = managed.pointee.manager { Unmanaged<Tensor>.fromOpaque(manager).release() }
          free(managed)
        }))
    return managed
  }

  /// A tensor that shares the elements of a DLPack description and calls its deleter when the last tensor over them is
  /// gone. On an error the description still belongs to the caller.
  /// - Throws: `.invalidArgument` for other devices and layouts, `.dtype` for other types.
  package convenience init(
    dlPack managed: UnsafeMutablePointer<tw_dl_managed>
  ) throws(ThalwegError) {
    let source = managed.pointee.tensor
    guard source.device_type == Int32(TW_DL_CPU) else {
      throw ThalwegError(
        .invalidArgument,
        "from_dlpack: the tensor is on a device of type \(source.device_type); only the CPU (1) is supported")
    }
    guard source.lanes == 1, let dtype = Tensor.dtype(code: source.code, bits: source.bits) else {
      throw ThalwegError(
        .dtype,
        "from_dlpack: elements of code \(source.code), \(source.bits) bits, \(source.lanes) lanes are not supported"
      )
    }
    guard source.ndim >= 0, source.ndim <= Int32(Dims.maxRank), source.ndim == 0 || source.shape != nil else {
      throw ThalwegError(
        .invalidArgument,
        "from_dlpack: \(source.ndim) dimensions; 0 to \(Dims.maxRank), with a shape, are supported")
    }
    var shape = Dims()
    var strides = Dims()
    for i in 0..<Int(source.ndim) {
      shape.append(Int(source.shape?[i] ?? 0))
      if let steps = source.strides { strides.append(Int(steps[i])) }
    }
    // A tensor without elements may have no address; any aligned one serves.
    let nowhere = shape.contains(0) ? UnsafeMutableRawPointer(bitPattern: 64) : nil
    guard let base = source.data ?? nowhere else {
      throw ThalwegError(.invalidArgument, "from_dlpack: the data of a tensor of shape \(shape) is NULL")
    }
    try self.init(
      foreign: base + Int(truncatingIfNeeded: source.byte_offset), shape: shape,
      strides: source.strides == nil ? nil : strides, dtype: dtype,
      deleter: { _, managed in
        guard let managed = managed?.assumingMemoryBound(to: tw_dl_managed.self) else { return }
        managed.pointee.deleter?(managed)
      }, userData: managed)
  }

  private var dlType: (code: UInt8, bits: UInt8) {
    switch dtype {
    case .float32: (UInt8(TW_DL_FLOAT), 32)
    case .float64: (UInt8(TW_DL_FLOAT), 64)
    case .int64: (UInt8(TW_DL_INT), 64)
    case .int32: (UInt8(TW_DL_INT), 32)
    case .uint8: (UInt8(TW_DL_UINT), 8)
    case .bool: (UInt8(TW_DL_BOOL), 8)
    }
  }

  private static func dtype(code: UInt8, bits: UInt8) -> DType? {
    switch (Int(code), bits) {
    case (TW_DL_FLOAT, 32): .float32
    case (TW_DL_FLOAT, 64): .float64
    case (TW_DL_INT, 64): .int64
    case (TW_DL_INT, 32): .int32
    case (TW_DL_UINT, 8): .uint8
    case (TW_DL_BOOL, 8): .bool
    default: nil
    }
  }
}
