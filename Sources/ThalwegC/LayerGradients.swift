public import CThalweg
import ThalwegCore
import ThalwegFlow
import ThalwegNN

// MARK: - Gradients layer by layer

/// How large gradients are layer by layer, of weights and of activations, for one batch and a loss, TW_LOSS_*: the first
/// `capacity` calls of modules go to `results`, which may be NULL if that is 0, in the order in which they were done, and
/// `out` receives how many there were. The parameters' own gradients are left as they were.
///
/// Threads: one at a time per module.
@c(tw_module_layer_gradients)
public func tw_module_layer_gradients(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ loss: Int32,
  _ results: UnsafeMutablePointer<tw_layer_gradient>?, _ capacity: UInt, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let (input, target) = (try asTensor(input, "input"), try asTensor(target, "target"))
    let loss = try asLoss(loss)
    let out = try pointer(out, "out")
    let results = capacity == 0 ? nil : try pointer(results, "results")
    let report = try LayerGradients(module, input) { (output) throws(ThalwegError) in
      try loss(output, target)
    }
    if let results {
      for (i, entry) in report.entries.enumerated() where i < capacity {
        results[i] = tw_layer_gradient(
          name: module.names.pointer(to: entry.name), type_name: module.names.pointer(to: entry.typeName),
          activation_norm: entry.activationNorm,
          activation_gradient_norm: entry.activationGradientNorm ?? .nan,
          weight_norm: entry.weightNorm ?? .nan, weight_gradient_norm: entry.weightGradientNorm ?? .nan)
      }
    }
    out.pointee = UInt(report.entries.count)
  }
}

/// Computes the module's output for `input` and says what each module of the tree gave, in the order in which they were
/// done: names, which live as long as the module, and outputs, whose gradients a backward pass keeps. Both arrays have room
/// for `capacity`; `count` receives how many there are.
///
/// Threads: as tw_module_forward. `out`, `outputs`: new references. `names`: borrowed.
@c(tw_module_trace)
public func tw_module_trace(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ names: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ outputs: UnsafeMutablePointer<tw_tensor_t?>?, _ capacity: UInt, _ count: UnsafeMutablePointer<UInt>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let module = try asModule(module)
    let input = try asTensor(input, "input")
    let (names, outputs) = (try pointer(names, "names"), try pointer(outputs, "outputs"))
    let (count, out) = (try pointer(count, "count"), try pointer(out, "out"))
    let (output, calls) = try module.trace(input)
    guard calls.count <= capacity else {
      throw ThalwegError(
        .invalidArgument,
        "tw_module_trace: there are \(calls.count) outputs, but room for \(capacity); make room for them")
    }
    let own = try Handles.reference(to: output, .tensor)
    do throws(ThalwegError) { try handOut(calls.map(\.output), outputs) } catch {
      Handles.release(own, .tensor)
      throw error
    }
    for (i, call) in calls.enumerated() { names[i] = module.names.pointer(to: call.name) }
    count.pointee = UInt(calls.count)
    out.pointee = own
  }
}
