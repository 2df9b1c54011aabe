public import CThalweg
import CSystem
import ThalwegCore

// MARK: - Exchange of tensors with other libraries

/// A DLManagedTensor (DLPack 0.8) that shares the tensor's elements. Whoever takes it calls its deleter once.
///
/// Threads: any. `out`: new, the caller's.
@c(tw_tensor_to_dlpack)
public func tw_tensor_to_dlpack(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UnsafeMutableRawPointer(try asTensor(tensor).toDLPack()) }
}

/// A tensor that shares the elements of a DLManagedTensor (DLPack 0.8) on the CPU. On success the tensor owns it and calls
/// its deleter in the end; on failure it still belongs to the caller.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_from_dlpack)
public func tw_tensor_from_dlpack(
  _ managed: UnsafeMutableRawPointer?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor(dlPack: pointer(managed, "managed").assumingMemoryBound(to: tw_dl_managed.self))
  }
}
