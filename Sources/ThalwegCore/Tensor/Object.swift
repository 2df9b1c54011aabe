package import Synchronization

/// Base of everything that the C interface hands out a handle for.
///
/// The token is the handle's bits, zero while no handle exists; ThalwegC's handle table owns its meaning.
/// It lives in the object so that one object always has one handle.
open class Object {
  package let token = Atomic<UInt>(0)

  package init() {}
}
