import CHDF5
import ThalwegCore

/// bfloat16 as Keras writes it: opaque values of two bytes with an attribute dtype = "bfloat16". It is the upper half of a
/// float32.
enum HDF5BFloat16 {
  static func isType(
    _ type: borrowing HDF5ID, of object: borrowing HDF5File.Object, _ file: HDF5File
  ) throws(ThalwegError) -> Bool {
    let h5 = file.session.h5.pointee
    guard Int(h5.H5Tget_class(type.raw)) == TW_H5T_OPAQUE, h5.H5Tget_size(type.raw) == 2 else { return false }
    return try file.string("dtype", of: object.id, "'\(object.name)'") == "bfloat16"
  }

  /// Reads all elements into a float32 tensor of the data set's shape: the halves come into its upper half and are
  /// spread from the first on, which never overwrites one that is still to be read.
  static func read(_ dataset: borrowing HDF5Dataset, into tensor: Tensor) throws(ThalwegError) {
    let session = dataset.file.session
    let h5 = session.h5.pointee
    let count = tensor.numel
    let type = try session.own(h5.H5Dget_type(dataset.id.raw), "cannot read the type of \(dataset.label)")
    let data = tensor.data
    let halves = data + count &* 2
    try session.check(
      h5.H5Dread(dataset.id.raw, type.raw, 0, 0, 0, halves), "cannot read \(dataset.label)")
    for index in 0..<count {
      let half = halves.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)
      data.storeBytes(of: UInt32(half) << 16, toByteOffset: index &* 4, as: UInt32.self)
    }
  }
}
