public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - HDF5 files
//
// libhdf5 is looked up when one of these functions is called for the first time. Without it they return
// TW_ERROR_UNAVAILABLE and the rest of the library works.

/// Whether a usable libhdf5 is there: 0 or 1.
///
/// Threads: any.
@c(tw_hdf5_available)
public func tw_hdf5_available(_ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { HDF5.isAvailable ? 1 : 0 }
}

/// Has HDF5 files read in a process of their own: none (TW_ISOLATION_NEVER), all but those that this library has written
/// and nothing has changed since (_FOREIGN), or all (_ALWAYS). A damaged or hostile file can crash libhdf5 or hang it; read apart it ends that process,
/// and the call returns TW_ERROR_FORMAT. This is so for every function that reads such a file, Keras's files among them,
/// from this call on and on every thread. `seconds`: how long libhdf5 may take for one file, and 0.1 more for each megabyte
/// that goes through it; `bytes`: how much address space its process may have. 0: 30 seconds, 4 GiB.
///
/// At the start it is _FOREIGN where the program thalweg-reader is found and _NEVER where it is not; after this call a file
/// that cannot be read apart is an error, TW_ERROR_UNAVAILABLE. What the library wrote it knows by a seal behind HDF5's end
/// of the file: a checksum of all that libhdf5 interprets there. Damage breaks it, and so does any program that writes to
/// the file; but who means to can make one: for files from strangers choose _ALWAYS. Costs some 8 ms a file; data of large
/// data sets is not read more slowly. It is no sandbox against code that a file may make libhdf5 run: the process has its
/// host's rights, but cannot write to files. A file that is appended to (tw_writer_open) is listed apart first, and
/// refused if something in it cannot be read; then it is opened in the host's process.
///
/// The process is started by posix_spawn, with no descriptors but its own. The host's handler of SIGCHLD, if it has one,
/// sees its end; ignoring SIGCHLD or waiting for any child does no harm.
///
/// Threads: any.
@c(tw_set_isolation)
public func tw_set_isolation(_ isolation: Int32, _ seconds: Double, _ bytes: Int64) -> tw_status {
  call { () throws(ThalwegError) in
    guard let mode = Isolation.Mode(rawValue: isolation) else {
      throw ThalwegError(
        .invalidArgument,
        "set_isolation: isolation \(isolation) does not exist; TW_ISOLATION_NEVER (0), _FOREIGN (1) and _ALWAYS (2) do"
      )
    }
    try Isolation.set(
      mode, seconds: seconds == 0 ? 30 : seconds, bytes: bytes == 0 ? 4 << 30 : Int(clamping: bytes))
  }
}

/// What is set by tw_set_isolation.
///
/// Threads: any.
@c(tw_get_isolation)
public func tw_get_isolation(
  _ isolation: UnsafeMutablePointer<Int32>?, _ seconds: UnsafeMutablePointer<Double>?,
  _ most_bytes: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let mode = try pointer(isolation, "isolation")
    let (time, memory) = (try pointer(seconds, "seconds"), try pointer(most_bytes, "most_bytes"))
    let setting = Isolation.setting
    (mode.pointee, time.pointee, memory.pointee) = (
      setting.mode.rawValue, setting.seconds, Int64(setting.bytes)
    )
  }
}

/// Where the program thalweg-reader is, in which files are read apart. NULL or "": the environment variable THALWEG_READER,
/// else beside the library or in the folder `thalweg` there, where it is installed.
///
/// Threads: any.
@c(tw_set_isolation_program)
public func tw_set_isolation_program(_ path: UnsafePointer<CChar>?) -> tw_status {
  call { () throws(ThalwegError) in try Isolation.setProgram(path == nil ? "" : asString(path, "path")) }
}

/// The data set `dataset` ("train/images") of the HDF5 file at `path`, as it is stored: uint8, int32, int64, float32,
/// float64 and bool as they are, other integers in the next of these that holds them (uint64 in int64, if its numbers fit),
/// float16 and bfloat16 as float32, enumerations as their integers. A compound's member is named behind the data set
/// ("events/energy"). Contiguous, compact, or chunked with gzip, lzf, shuffle and fletcher32 (szip, nbit and scaleoffset
/// where libhdf5 has them). A file that nobody vouches for can crash libhdf5 itself: see tw_set_isolation.
///
/// Threads: any. `out`: new reference.
@c(tw_hdf5_read)
public func tw_hdf5_read(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try HDF5.read(asString(path, "path"), asString(dataset, "dataset"))
  }
}

/// As tw_hdf5_read, as float32: value * scale + offset, which are attributes of the data set (1 and 0 where absent), also
/// under netCDF's names scale_factor and add_offset. Where the value is _FillValue or missing_value it is not a number.
///
/// Threads: any. `out`: new reference.
@c(tw_hdf5_read_scaled)
public func tw_hdf5_read_scaled(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try HDF5.readScaled(asString(path, "path"), asString(dataset, "dataset"))
  }
}

/// Writes the module's parameters and buffers to the HDF5 file at `path`: in the layout of Keras 3's .weights.h5, with a
/// group /thalweg that restores them bit for bit. The file is whole at every moment: it is written beside `path` and
/// takes its place at the end; on an error what was there stays.
///
/// Threads: one at a time per module and path.
@c(tw_module_save_weights)
public func tw_module_save_weights(_ module: tw_module_t?, _ path: UnsafePointer<CChar>?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).saveWeights(asString(path, "path")) }
}

/// Reads the module's parameters and buffers from a file that tw_module_save_weights wrote, or from a Keras 3
/// .weights.h5 whose layers fit. All of them or none: what is missing, unused or of another shape or dtype is listed in
/// the error, and the module stays as it was.
///
/// Threads: one at a time per module.
@c(tw_module_load_weights)
public func tw_module_load_weights(_ module: tw_module_t?, _ path: UnsafePointer<CChar>?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).loadWeights(asString(path, "path")) }
}

/// Writes the module's parameters and buffers to the HDF5 file at `path` as PyTorch's users do: a data set for each name of
/// its state, with the dots ("layer1.0.weight"), or with `nested` 1 in groups ("layer1/0/weight"). No attributes. What has
/// several names is stored once. The file appears in one step.
///
/// Threads: one at a time per module and path.
@c(tw_module_save_state)
public func tw_module_save_state(
  _ module: tw_module_t?, _ path: UnsafePointer<CChar>?, _ nested: Int32
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).saveState(asString(path, "path"), nested: nested != 0)
  }
}

/// Reads the module's parameters and buffers by their names from a file that tw_module_save_state wrote, or PyTorch with
/// h5py, flat or nested, from the group `group` of it (NULL: the root); or from one that tw_module_save_weights wrote.
/// float16 and bfloat16 are read as float32. With `strict` 1 what is missing, unexpected or of another shape is an error
/// that lists it all, and the module stays as it was. With 0 the rest is read, and `report`, which may be NULL, receives
/// what was not: {"missing":[],"unexpected":[],"mismatched":[{"name":"a","expected":[2],"found":[3]}]}, or "" if nothing.
///
/// Threads: one at a time per module. `report`: borrowed from the module.
@c(tw_module_read_state)
public func tw_module_read_state(
  _ module: tw_module_t?, _ path: UnsafePointer<CChar>?, _ group: UnsafePointer<CChar>?, _ strict: Int32,
  _ report: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let found = try module.loadState(
      asString(path, "path"), group: group == nil ? "" : asString(group, "group"), strict: strict != 0)
    if let report { report.pointee = module.names.pointer(to: found.json) }
  }
}

/// Writes the module to a model file at `path`: what tw_module_save_weights writes, and how the layers are made, so that
/// tw_module_load needs no code that builds them. Options, names, shared modules and tensors, dtypes, requires_grad and
/// the mode are kept; of a module of the caller's own only the type name.
///
/// Threads: one at a time per module and path.
@c(tw_module_save)
public func tw_module_save(_ module: tw_module_t?, _ path: UnsafePointer<CChar>?) -> tw_status {
  call { () throws(ThalwegError) in try asModule(module).save(asString(path, "path")) }
}

/// The module that tw_module_save wrote to `path`, ready to compute. TW_ERROR_FORMAT for a file that is damaged, of a
/// newer format, of weights alone, or with a module of a caller's own: make that one in code and load the weights.
///
/// Threads: any. `out`: new reference.
@c(tw_module_load)
public func tw_module_load(
  _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try Module.load(asString(path, "path")) }
}

/// What the module was made with, as a JSON object: {"start_dim":1,"end_dim":-1}. It is {} for a module without options
/// and for one of the caller's own. The string lives as long as the module.
///
/// Threads: any. `out`: borrowed.
@c(tw_module_options)
public func tw_module_options(
  _ module: tw_module_t?, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let module = try asModule(module)
    return module.names.pointer(to: module.optionsText)
  }
}
