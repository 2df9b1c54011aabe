public import CThalweg
import ThalwegCore
import ThalwegFlow

// MARK: - Jacobians through time

/// The largest and the smallest singular value of the Jacobian of `outputs` with respect to `inputs`, both joined to one
/// vector: by how much a change of the inputs can grow on its way at most, and at least. For a recurrent net's state and the
/// one before it is the one-step Jacobian, for states further apart the product of those between. The tensors must have been
/// computed with recording on; no leaf's gradient changes.
///
/// By `steps` steps of Golub and Kahan's bidiagonalisation, two backward passes each. 0 stands for as many as there are
/// inputs or outputs, whichever are fewer, which is exact but for rounding; after fewer the largest value is a bound from
/// below, good after some twenty, the smallest one from above. Where a product is infinite or NaN the largest is that, and
/// the smallest NaN.
///
/// Threads: one at a time per graph.
@c(tw_jacobian_singular_values)
public func tw_jacobian_singular_values(
  _ outputs: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt, _ inputs: UnsafePointer<tw_tensor_t?>?,
  _ input_count: UInt, _ steps: Int64, _ out_largest: UnsafeMutablePointer<Double>?,
  _ out_smallest: UnsafeMutablePointer<Double>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let outputs = try asTensors(outputs, output_count, "outputs")
    let inputs = try asTensors(inputs, input_count, "inputs")
    let largest = try pointer(out_largest, "out_largest")
    let smallest = try pointer(out_smallest, "out_smallest")
    let values = try SingularValues(jacobianOf: outputs, by: inputs, steps: steps == 0 ? nil : Int(steps))
    (largest.pointee, smallest.pointee) = (values.largest, values.smallest)
  }
}

/// The largest singular value of a matrix: the most by which it can lengthen a vector.
///
/// Threads: any.
@c(tw_tensor_spectral_norm)
public func tw_tensor_spectral_norm(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).spectralNorm() }
}

/// The largest absolute value of a square matrix's eigenvalues: what its powers grow or shrink by in the long run.
///
/// Threads: any.
@c(tw_tensor_spectral_radius)
public func tw_tensor_spectral_radius(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).spectralRadius() }
}
