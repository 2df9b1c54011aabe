public import CThalweg
import ThalwegCore
import ThalwegIO

// MARK: - Texts

/// Opens the text in the file at `path` as bytes (TW_TEXT_BYTES) or characters of UTF-8 (TW_TEXT_CHARACTERS). A file may be
/// larger than memory: only what is asked for is read; for characters it is read through once now. It stays open.
/// `symbols`, UTF-8, has the characters in the order of their numbers, such as tw_text_symbols of the text that a net was
/// trained on; NULL, and always for bytes: those of this text, sorted.
///
/// Threads: any. `out`: new reference.
@c(tw_text_open)
public func tw_text_open(
  _ path: UnsafePointer<CChar>?, _ text_unit: Int32, _ symbols: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<tw_text_t?>?
) -> tw_status {
  makeText(out) { () throws(ThalwegError) in
    try Text(
      path: asString(path, "path"), unit: asUnit(text_unit),
      symbols: symbols == nil ? nil : asString(symbols, "symbols"))
  }
}

/// As tw_text_open, of a text in memory, which is copied.
///
/// Threads: any. `out`: new reference.
@c(tw_text_create)
public func tw_text_create(
  _ content: UnsafePointer<CChar>?, _ text_unit: Int32, _ symbols: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<tw_text_t?>?
) -> tw_status {
  makeText(out) { () throws(ThalwegError) in
    try Text(
      asString(content, "content"), unit: asUnit(text_unit),
      symbols: symbols == nil ? nil : asString(symbols, "symbols"))
  }
}

/// The number of bytes or characters.
///
/// Threads: any.
@c(tw_text_length)
public func tw_text_length(_ text: tw_text_t?, _ out: UnsafeMutablePointer<Int64>?) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asText(text).count) }
}

/// The number of different symbols, which are numbered from 0: the size of a model's input and output. 256 for bytes.
///
/// Threads: any.
@c(tw_text_vocabulary_size)
public func tw_text_vocabulary_size(_ text: tw_text_t?, _ out: UnsafeMutablePointer<Int64>?) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asText(text).vocabularyCount) }
}

/// All characters in the order of their numbers, UTF-8; empty for bytes. The string lives as long as the text.
///
/// Threads: any. `out`: borrowed from the text.
@c(tw_text_symbols)
public func tw_text_symbols(
  _ text: tw_text_t?, _ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let text = try asText(text)
    return text.names.pointer(to: text.symbols)
  }
}

/// The numbers of a string's symbols, int64 [n]. A character that is not among the text's is an error.
///
/// Threads: any. `out`: new reference.
@c(tw_text_encode)
public func tw_text_encode(
  _ text: tw_text_t?, _ string: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asText(text).encode(asString(string, "string")) }
}

/// The string that numbers of symbols stand for, int64 or int32 of any shape, row-major: writes as much of it to `buffer` as
/// `capacity` bytes hold with a 0 behind it, and to `length` the bytes of the whole string without that 0.
///
/// Threads: any.
@c(tw_text_decode)
public func tw_text_decode(
  _ text: tw_text_t?, _ numbers: tw_tensor_t?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: UInt,
  _ length: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let text = try asText(text)
    let numbers = try asTensor(numbers, "numbers")
    let target = capacity == 0 ? nil : try pointer(buffer, "buffer")
    let length = try pointer(length, "length")
    let bytes = try text.decode(numbers)
    if let target {
      let count = min(bytes.count, Int(clamping: capacity) - 1)
      for i in 0..<count { target[i] = CChar(bitPattern: bytes[i]) }
      target[count] = 0
    }
    length.pointee = UInt(bytes.count)
  }
}

private var textLoaderDefaults: tw_text_loader_options {
  let defaults = TextLoaderOptions()
  return tw_text_loader_options(
    struct_size: MemoryLayout<tw_text_loader_options>.size, first: defaults.first, last: defaults.last,
    drop_last: 0, time_first: 0)
}

/// Fills the options with their defaults: the whole text, [B, T]. `struct_size` is sizeof(tw_text_loader_options).
///
/// Threads: any.
@c(tw_text_loader_options_init)
public func tw_text_loader_options_init(
  _ options: UnsafeMutablePointer<tw_text_loader_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, textLoaderDefaults) }
}

/// A loader for language models: the text is cut into `batch_size` streams of equal length, these into chunks of `length`
/// symbols. A batch has two tensors [batch_size, length], int64: the streams' next chunk, and for each of its symbols the one
/// that follows. Row b goes on where row b of the batch before ended, so that a recurrent net's state can be carried over;
/// every epoch starts at the beginning. The last chunk may be shorter. `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_text_loader_create)
public func tw_text_loader_create(
  _ text: tw_text_t?, _ batch_size: Int64, _ length: Int64,
  _ options: UnsafePointer<tw_text_loader_options>?, _ out: UnsafeMutablePointer<tw_loader_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out")
    let text = try asText(text)
    let given = try complete(options, textLoaderDefaults)
    var chosen = TextLoaderOptions()
    (chosen.first, chosen.last) = (given.first, given.last)
    (chosen.dropsLast, chosen.isTimeFirst) = (given.drop_last != 0, given.time_first != 0)
    let loader = try TextLoader(text, batch: Int(batch_size), length: Int(length), options: chosen)
    out.pointee = try Handles.reference(to: loader, .loader)
  }
}

/// Gives back a reference to a text. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_text_release)
public func tw_text_release(_ text: tw_text_t?) { Handles.release(text, .text) }

private func asText(
  _ handle: tw_text_t?, _ function: StaticString = #function
) throws(ThalwegError) -> Text {
  try Handles.object(handle, .text, as: Text.self, "text", function)
}

private func asUnit(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> TextUnit {
  guard let unit = TextUnit(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): text_unit \(value) does not exist; TW_TEXT_BYTES (0) and _CHARACTERS (1) do")
  }
  return unit
}

private func makeText(
  _ out: UnsafeMutablePointer<tw_text_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Text
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .text)
  }
}
