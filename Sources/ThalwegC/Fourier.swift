public import CThalweg
import ThalwegCore

// MARK: - Fourier transforms

/// The discrete Fourier transform of complex numbers along dimension `dim`, or with `inverse` 1 its inverse. There is no
/// complex dtype: the last dimension is of size 2, real and imaginary part, and not counted by `dim`. `n`, unless NULL,
/// is the length to which the input is cut or filled up with zeros; `fft_norm`, one of TW_FFT_*, says which direction is
/// divided by n.
///
/// Threads: any. `out`: new reference.
@c(tw_fft)
public func tw_fft(
  _ a: tw_tensor_t?,
  _ n: UnsafePointer<Int64>?,
  _ dim: Int64,
  _ fft_norm: Int32,
  _ inverse: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").fft(
      n.map { Int($0.pointee) }, Int(dim), norm: asFourierNorm(fft_norm), inverse: inverse != 0)
  }
}

/// The transform of real numbers: n / 2 + 1 complex ones, in a new last dimension of 2; see tw_fft.
///
/// Threads: any. `out`: new reference.
@c(tw_rfft)
public func tw_rfft(
  _ a: tw_tensor_t?,
  _ n: UnsafePointer<Int64>?,
  _ dim: Int64,
  _ fft_norm: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").rfft(n.map { Int($0.pointee) }, Int(dim), norm: asFourierNorm(fft_norm))
  }
}

/// The inverse of tw_rfft: n real numbers (NULL: 2 (m - 1)) from m complex ones.
///
/// Threads: any. `out`: new reference.
@c(tw_irfft)
public func tw_irfft(
  _ a: tw_tensor_t?,
  _ n: UnsafePointer<Int64>?,
  _ dim: Int64,
  _ fft_norm: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").irfft(n.map { Int($0.pointee) }, Int(dim), norm: asFourierNorm(fft_norm))
  }
}

/// One of TW_FFT_*.
private func asFourierNorm(
  _ value: Int32, _ function: StaticString = #function
) throws(ThalwegError) -> FourierNorm {
  guard let norm = FourierNorm(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): there is no TW_FFT norm \(value); BACKWARD (0), ORTHO (1), FORWARD (2) exist")
  }
  return norm
}
