import CThalweg
import CSystem
import ThalwegCore
import ThalwegNN

// How every function of the C interface is written: check and convert the arguments, call the engine, turn an error
// into a status and this thread's sentence. Results are written last, so that a failure leaves them untouched.

/// Runs `body` and makes a status of how it ends.
func call(_ body: () throws(ThalwegError) -> Void) -> tw_status {
  do throws(ThalwegError) {
    try body()
    if Recording.isActive { try Recording.check() }
    return tw_status(TW_OK)
  } catch {
    error.message.withCString { tw_thread_set_error($0) }
    return error.code.rawValue
  }
}

/// `tw_tensor_add` of `tw_tensor_add(_:_:_:)`.
func bareName(_ function: StaticString) -> String {
  String("\(function)".prefix { $0 != "(" })
}

// MARK: - Arguments

func asTensor(
  _ handle: tw_tensor_t?, _ argument: StaticString = "tensor", _ function: StaticString = #function
) throws(ThalwegError) -> Tensor {
  try Handles.object(handle, .tensor, as: Tensor.self, argument, function)
}

func asOptionalTensor(
  _ handle: tw_tensor_t?, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> Tensor? {
  handle == nil ? nil : try asTensor(handle, argument, function)
}

func asModule(
  _ handle: tw_module_t?, _ argument: StaticString = "module", _ function: StaticString = #function
) throws(ThalwegError) -> Module {
  try Handles.object(handle, .module, as: Module.self, argument, function)
}

func asOptimizer(
  _ handle: tw_optimizer_t?, _ function: StaticString = #function
) throws(ThalwegError) -> Optimizer {
  try Handles.object(handle, .optimizer, as: Optimizer.self, "optimizer", function)
}

func asLoader(
  _ handle: tw_loader_t?, _ argument: StaticString = "loader", _ function: StaticString = #function
) throws(ThalwegError) -> DataLoader {
  try Handles.object(handle, .loader, as: DataLoader.self, argument, function)
}

/// A generator, or the default one for NULL.
func asGenerator(
  _ handle: tw_generator_t?, _ function: StaticString = #function
) throws(ThalwegError) -> Generator {
  handle == nil
    ? Generator.default : try Handles.object(handle, .generator, as: Generator.self, "generator", function)
}

func asTensors(
  _ handles: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [Tensor] {
  let count = try length(count, argument, function)
  if count == 0 { return [] }
  let handles = try pointer(handles, argument, function)
  var result: [Tensor] = []
  for i in 0..<count { result.append(try asTensor(handles[i], argument, function)) }
  return result
}

func pointer<T>(
  _ value: UnsafePointer<T>?, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> UnsafePointer<T> {
  guard let value else { throw null(argument, function) }
  return value
}

func pointer<T>(
  _ value: UnsafeMutablePointer<T>?, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> UnsafeMutablePointer<T> {
  guard let value else { throw null(argument, function) }
  return value
}

func pointer(
  _ value: UnsafeMutableRawPointer?, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> UnsafeMutableRawPointer {
  guard let value else { throw null(argument, function) }
  return value
}

func null(_ argument: StaticString, _ function: StaticString = #function) -> ThalwegError {
  ThalwegError(.invalidArgument, "\(bareName(function)): \(argument) is NULL; a pointer is needed")
}

/// A count that fits the engine's signed integers and any list that could exist.
func length(
  _ count: UInt, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> Int {
  guard let value = Int(exactly: count), value <= Int(Int32.max) else {
    throw ThalwegError(
      .invalidArgument, "\(bareName(function)): \(argument) has an impossible length of \(count)")
  }
  return value
}

/// A UTF-8 string. Damaged sequences are replaced.
func asString(
  _ text: UnsafePointer<CChar>?, _ argument: StaticString, _ function: StaticString = #function
) throws(ThalwegError) -> String {
  String(cString: try pointer(text, argument, function))
}

func asDType(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> DType {
  guard let dtype = DType(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): dtype \(value) does not exist; TW_FLOAT32 (0) to TW_BOOL (5) do")
  }
  return dtype
}

func asReduction(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> Reduce {
  guard let reduction = Reduce(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): reduction \(value) does not exist; TW_REDUCTION_NONE (0), _MEAN (1), _SUM (2) do"
    )
  }
  return reduction
}

/// A list of dimensions or a shape; NULL only where the count is 0.
func asDims(
  _ values: UnsafePointer<Int64>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> Dims {
  if count == 0 { return [] }
  guard count <= UInt(Dims.maxRank) else {
    throw ThalwegError(
      .shape,
      "\(bareName(function)): \(argument) has \(count) entries; a tensor has at most \(Dims.maxRank) dimensions"
    )
  }
  let values = try pointer(values, argument, function)
  var result = Dims()
  for i in 0..<Int(count) { result.append(Int(values[i])) }
  return result
}

/// A list of any length; NULL only where the count is 0.
func asInts(
  _ values: UnsafePointer<Int64>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [Int] {
  let count = try length(count, argument, function)
  if count == 0 { return [] }
  let values = try pointer(values, argument, function)
  return (0..<count).map { Int(values[$0]) }
}

// MARK: - Results

/// What a function made, if a step that is being recorded can repeat it.
@inline(__always)
private func recorded<Result>(
  _ result: Result, _ function: StaticString
) throws(ThalwegError) -> Result {
  if Recording.isActive {
    let name = bareName(function)
    let prefix = name.hasPrefix("tw_tensor_") ? "tw_tensor_" : "tw_"
    try Recording.check(String(name.dropFirst(prefix.count)))
  }
  return result
}

/// Makes a tensor and hands it out.
func makeTensor(
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Tensor
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try recorded(try body(), function), .tensor)
  }
}

/// Makes two tensors and hands out both or neither.
func makeTensors(
  _ first: UnsafeMutablePointer<tw_tensor_t?>?, _ firstArgument: StaticString,
  _ second: UnsafeMutablePointer<tw_tensor_t?>?, _ secondArgument: StaticString,
  _ function: StaticString = #function, _ body: () throws(ThalwegError) -> (Tensor, Tensor)
) -> tw_status {
  call { () throws(ThalwegError) in
    let first = try pointer(first, firstArgument, function)
    let second = try pointer(second, secondArgument, function)
    let tensors = try recorded(try body(), function)
    let handles = try references(to: [tensors.0, tensors.1])
    (first.pointee, second.pointee) = (handles[0], handles[1])
  }
}

/// Makes three tensors and hands out all or none.
func makeThree(
  _ first: UnsafeMutablePointer<tw_tensor_t?>?, _ firstArgument: StaticString,
  _ second: UnsafeMutablePointer<tw_tensor_t?>?, _ secondArgument: StaticString,
  _ third: UnsafeMutablePointer<tw_tensor_t?>?, _ thirdArgument: StaticString,
  _ function: StaticString = #function, _ body: () throws(ThalwegError) -> (Tensor, Tensor, Tensor)
) -> tw_status {
  call { () throws(ThalwegError) in
    let first = try pointer(first, firstArgument, function)
    let second = try pointer(second, secondArgument, function)
    let third = try pointer(third, thirdArgument, function)
    let tensors = try recorded(try body(), function)
    let handles = try references(to: [tensors.0, tensors.1, tensors.2])
    (first.pointee, second.pointee, third.pointee) = (handles[0], handles[1], handles[2])
  }
}

/// Makes several tensors and hands them out, all or none; nil as NULL.
func makeTensors(
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> [Tensor?]
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    try handOut(try recorded(try body(), function), out)
  }
}

/// Writes references to tensors, all or none; nil as NULL.
func handOut(_ tensors: [Tensor?], _ out: UnsafeMutablePointer<tw_tensor_t?>) throws(ThalwegError) {
  for (i, handle) in try references(to: tensors).enumerated() { out[i] = handle }
}

/// Writes references to tensors where somebody wants them, all or none; nil as NULL.
func handOut(
  _ results: [(tensor: Tensor?, out: UnsafeMutablePointer<tw_tensor_t?>?)]
) throws(ThalwegError) {
  let handles = try references(to: results.map { $0.out == nil ? nil : $0.tensor })
  for (handle, result) in zip(handles, results) { result.out?.pointee = handle }
}

func references(to tensors: [Tensor?]) throws(ThalwegError) -> [tw_tensor_t?] {
  var handles: [tw_tensor_t?] = []
  do throws(ThalwegError) {
    for tensor in tensors {
      var handle: tw_tensor_t?
      if let tensor { handle = try Handles.reference(to: tensor, .tensor) }
      handles.append(handle)
    }
  } catch {
    for handle in handles { Handles.release(handle, .tensor) }
    throw error
  }
  return handles
}

/// Makes a module and hands it out.
func makeModule(
  _ out: UnsafeMutablePointer<tw_module_t?>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> Module
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try Handles.reference(to: try body(), .module)
  }
}

/// Computes a plain value and writes it.
func write<T>(
  _ out: UnsafeMutablePointer<T>?, _ function: StaticString = #function,
  _ body: () throws(ThalwegError) -> T
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out", function)
    out.pointee = try recorded(try body(), function)
  }
}
