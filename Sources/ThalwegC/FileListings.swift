public import CThalweg
import ThalwegCore
import ThalwegIO

// MARK: - HDF5 files: what is in them

/// Lists the groups, data sets and attributes of the HDF5 file at `path`. It is read now and closed; no data is read. Links
/// are listed and not followed.
///
/// Threads: any. `out`: new reference.
@c(tw_file_open)
public func tw_file_open(_ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_file_t?>?) -> tw_status
{
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out")
    out.pointee = try Handles.reference(to: HDF5Listing(asString(path, "path")), .file)
  }
}

/// How many entries there are, the root group among them.
///
/// Threads: any.
@c(tw_file_entry_count)
public func tw_file_entry_count(_ file: tw_file_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asFile(file).entries.count) }
}

/// Entry `index`: its path ("/train/images") and what it is, a TW_ENTRY_.... Entry 0 is the root, "/"; groups come before
/// what is in them. The string lives as long as the file.
///
/// Threads: any. `path`: borrowed.
@c(tw_file_entry_at)
public func tw_file_entry_at(
  _ file: tw_file_t?, _ index: UInt, _ path: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ kind: UnsafeMutablePointer<Int32>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let file = try asFile(file)
    let (path, kind) = (try pointer(path, "path"), try pointer(kind, "kind"))
    let entry = try asEntry(index, of: file)
    path.pointee = file.names.pointer(to: entry.path)
    kind.pointee = entry.kind.rawValue
  }
}

/// The shape of a data set: writes its sizes to `shape`, which has room for `capacity`, and their number to `out`. Too
/// little room is an error. For other entries it is 0, as for a scalar.
///
/// Threads: any.
@c(tw_file_entry_shape)
public func tw_file_entry_shape(
  _ file: tw_file_t?, _ index: UInt, _ shape: UnsafeMutablePointer<Int64>?, _ capacity: UInt,
  _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let entry = try asEntry(index, of: asFile(file))
    let target = capacity == 0 ? nil : try pointer(shape, "shape")
    let out = try pointer(out, "out")
    guard UInt(entry.shape.count) <= capacity else {
      throw ThalwegError(
        .invalidArgument,
        "tw_file_entry_shape: \(entry.path) has \(entry.shape.count) dimensions; there is room for \(capacity)"
      )
    }
    for (i, size) in entry.shape.enumerated() { target?[i] = Int64(size) }
    out.pointee = UInt(entry.shape.count)
  }
}

/// Everything that is known of entry `index`, as a JSON object. All have "attributes": {name: {"type", "shape", "value"}},
/// where the value is there for strings, numbers and short lists of numbers. A data set has "type", "shape", "max_shape"
/// (null: no bound), "bytes" in memory and "stored_bytes", "layout" (contiguous, chunked, compact, virtual, external), for
/// chunks "chunk" and "filters", and "dtype" if tw_hdf5_read reads it. What has a second name has "same_as", a link "link".
/// What could not be read has a "problem", a sentence. The string lives as long as the file.
///
/// Threads: any. `out`: borrowed.
@c(tw_file_entry_details)
public func tw_file_entry_details(
  _ file: tw_file_t?, _ index: UInt, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let file = try asFile(file)
    return file.names.pointer(to: try asEntry(index, of: file).details)
  }
}

/// Gives back a reference to a file. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_file_release)
public func tw_file_release(_ file: tw_file_t?) { Handles.release(file, .file) }

private func asFile(
  _ handle: tw_file_t?, _ function: StaticString = #function
) throws(ThalwegError) -> HDF5Listing {
  try Handles.object(handle, .file, as: HDF5Listing.self, "file", function)
}

private func asEntry(
  _ index: UInt, of file: HDF5Listing, _ function: StaticString = #function
) throws(ThalwegError) -> HDF5Listing.Entry {
  guard index < UInt(file.entries.count) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): there is no entry \(index); '\(file.path)' has \(file.entries.count)")
  }
  return file.entries[Int(index)]
}
