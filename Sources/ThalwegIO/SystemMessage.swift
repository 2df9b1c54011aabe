import Glibc

/// What an `errno` means: "No such file or directory".
func systemMessage(_ code: Int32) -> String { cText(capacity: 256) { _ = strerror_r(code, $0, $1) } }
