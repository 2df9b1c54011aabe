public import ThalwegCore

/// Room around the last dimensions of [N, C, ...] or [C, ...].
public class PaddingLayer: Module {
  /// What goes before and after the last dimension, then the last but one, and so on; negative numbers take off.
  public let padding: [Int]
  /// What stands there, where it is a constant.
  public let value: Double

  /// How many dimensions there are behind the channels.
  package class var directions: Int { 1 }
  package class var mode: PadMode { .constant }

  /// - Throws: `.invalidArgument` unless there is one number, or two for each direction.
  package required init(sides padding: [Int], filled value: Double) throws(ThalwegError) {
    let count = 2 * Self.directions
    self.padding = padding.count == 1 ? Array(repeating: padding[0], count: count) : padding
    self.value = value
    super.init()
    try Self.require(
      self.padding.count == count, "padding has \(padding.count) numbers; it must have 1 or \(count)")
    try Self.require(self.padding.allSatisfy { abs($0) <= Int(Int32.max) }, "padding is \(padding)")
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: Self.directions + 1...Self.directions + 2)
    return try input.pad(padding, mode: Self.mode, value: value)
  }
}

extension PaddingLayer: DescribedLayer {
  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [("padding", .ints(padding))]
    if Self.mode == .constant { pairs.append(("value", .double(value))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let sides = try options.dims("padding", 2 * directions...2 * directions)
    return try Self(sides: Array(sides), filled: mode == .constant ? options.double("value") : 0)
  }
}

/// Room in which stands what the class says.
public class PlainPaddingLayer: PaddingLayer {
  /// - Parameter padding: one number for all sides, or two for each direction, from the last one.
  /// - Throws: `.invalidArgument` for another count of numbers.
  public convenience init(_ padding: [Int]) throws(ThalwegError) { try self.init(sides: padding, filled: 0) }
}

/// Puts zeros around sequences.
public final class ZeroPad1d: PlainPaddingLayer {}

/// Puts zeros around images.
public final class ZeroPad2d: PlainPaddingLayer {
  package override class var directions: Int { 2 }
}

/// Puts zeros around volumes.
public final class ZeroPad3d: PlainPaddingLayer {
  package override class var directions: Int { 3 }
}

/// Puts a constant around sequences.
public final class ConstantPad1d: PaddingLayer {
  public convenience init(_ padding: [Int], _ value: Double) throws(ThalwegError) {
    try self.init(sides: padding, filled: value)
  }
}

/// Puts a constant around images.
public final class ConstantPad2d: PaddingLayer {
  package override class var directions: Int { 2 }

  public convenience init(_ padding: [Int], _ value: Double) throws(ThalwegError) {
    try self.init(sides: padding, filled: value)
  }
}

/// Puts a constant around volumes.
public final class ConstantPad3d: PaddingLayer {
  package override class var directions: Int { 3 }

  public convenience init(_ padding: [Int], _ value: Double) throws(ThalwegError) {
    try self.init(sides: padding, filled: value)
  }
}

/// Puts the elements mirrored at the edge around sequences.
public final class ReflectionPad1d: PlainPaddingLayer {
  package override class var mode: PadMode { .reflect }
}

/// Puts the elements mirrored at the edge around images.
public final class ReflectionPad2d: PlainPaddingLayer {
  package override class var directions: Int { 2 }
  package override class var mode: PadMode { .reflect }
}

/// Puts the elements mirrored at the edge around volumes.
public final class ReflectionPad3d: PlainPaddingLayer {
  package override class var directions: Int { 3 }
  package override class var mode: PadMode { .reflect }
}

/// Puts the edge around sequences.
public final class ReplicationPad1d: PlainPaddingLayer {
  package override class var mode: PadMode { .replicate }
}

/// Puts the edge around images.
public final class ReplicationPad2d: PlainPaddingLayer {
  package override class var directions: Int { 2 }
  package override class var mode: PadMode { .replicate }
}

/// Puts the edge around volumes.
public final class ReplicationPad3d: PlainPaddingLayer {
  package override class var directions: Int { 3 }
  package override class var mode: PadMode { .replicate }
}

/// Puts the elements from the other end around sequences.
public final class CircularPad1d: PlainPaddingLayer {
  package override class var mode: PadMode { .circular }
}

/// Puts the elements from the other end around images.
public final class CircularPad2d: PlainPaddingLayer {
  package override class var directions: Int { 2 }
  package override class var mode: PadMode { .circular }
}

/// Puts the elements from the other end around volumes.
public final class CircularPad3d: PlainPaddingLayer {
  package override class var directions: Int { 3 }
  package override class var mode: PadMode { .circular }
}
