public import ThalwegCore

/// Modules by place, for a module that calls them itself. They are named "0", "1", ...
public final class ModuleList: Module, DescribedLayer {
  public init(_ modules: [Module] = []) throws(ThalwegError) {
    super.init()
    for module in modules { try append(module) }
  }

  /// Adds a module at the end.
  public func append(_ module: Module) throws(ThalwegError) {
    try registerModule(String(children.count), module)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { try ModuleList() }
}

/// Modules by name, for a module that calls them itself.
public final class ModuleDict: Module, DescribedLayer {
  public init(_ modules: KeyValuePairs<String, Module> = [:]) throws(ThalwegError) {
    super.init()
    for (name, module) in modules { try registerModule(name, module) }
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { try ModuleDict() }
}
