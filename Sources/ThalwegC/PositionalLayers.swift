public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Positions in sequences

/// The sines and cosines of positions `start`, `start` + 1, ... (Vaswani et al. 2017): a tensor [length, embedding_dim] of a
/// float dtype whose row t has sin(t / 10000^(2 i / embedding_dim)) at 2 i and the cosine at 2 i + 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sinusoidal_positions)
public func tw_tensor_sinusoidal_positions(
  _ length: Int64, _ embedding_dim: Int64, _ start: Int64, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try PositionalEncoding.table(Int(length), Int(embedding_dim), from: Int(start), dtype: asDType(dtype))
  }
}

/// Adds tw_tensor_sinusoidal_positions to the vectors of sequences of up to `max_length` steps: [..., T, E], or [T, ..., E]
/// with `batch_first` 0, E being `embedding_dim`. With `concatenate` 1 they are put behind vectors of any size: the output is
/// [..., E + embedding_dim]. It has no parameters.
///
/// Threads: any. `out`: new reference.
@c(tw_positional_encoding_create)
public func tw_positional_encoding_create(
  _ embedding_dim: Int64, _ max_length: Int64, _ concatenate: Int32, _ batch_first: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.PositionalEncoding(
      Int(embedding_dim), longest: Int(max_length), concatenates: concatenate != 0,
      isBatchFirst: batch_first != 0)
  }
}

/// The same with trained vectors, the rows of the parameter "weight" [max_length, embedding_dim], which start normal with
/// deviation 0.02, from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_positional_embedding_create)
public func tw_positional_embedding_create(
  _ max_length: Int64, _ embedding_dim: Int64, _ concatenate: Int32, _ batch_first: Int32, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.PositionalEmbedding(
      Int(max_length), Int(embedding_dim), concatenates: concatenate != 0, isBatchFirst: batch_first != 0,
      dtype: asDType(dtype))
  }
}
