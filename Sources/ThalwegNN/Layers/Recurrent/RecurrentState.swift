public import ThalwegCore

/// What a recurrent module hands from one time step to the next.
///
/// Of a layer: `hidden` [layers directions, B, R] and, of an LSTM, `cell` [layers directions, B, H], where R is H or the
/// projection's size and both directions of a layer follow each other. Of a single cell: [B, R] and [B, H]. For input
/// without a batch's dimension without B.
public struct RecurrentState {
  public var hidden: Tensor
  public var cell: Tensor?

  public init(_ hidden: Tensor, cell: Tensor? = nil) {
    self.hidden = hidden
    self.cell = cell
  }

  /// The same values outside the graph: gradients do not flow through it.
  public func detached() -> RecurrentState { RecurrentState(hidden.detach(), cell: cell?.detach()) }
}

/// What a recurrent layer computes.
public struct RecurrentOutput {
  /// The top layer's h of all steps, both directions behind each other: [T, B, directions R], [B, T, ...] for a layer with
  /// batches first, without B for input without it. Zeros behind a sequence's end.
  public var output: Tensor
  /// Behind the last step of each sequence; of a backward direction, behind its first.
  public var state: RecurrentState
  /// On request: the gates' values at all steps of every layer and direction, [layers directions, T, B, gates H]; of an
  /// LSTM i, f, g, o, of a GRU r, z, n. Outside the graph.
  public var gates: Tensor?
  /// With the gates, of an LSTM: c of all steps, [layers directions, T, B, H]. Outside the graph.
  public var cells: Tensor?
}
