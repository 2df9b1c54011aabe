"""GRU 64-128 over 100 steps, batch 32, SGD with momentum."""

from suite.recurrent import Recurrent


class GRU(Recurrent):
    """One layer, every output of which counts."""

    name = "gru"
    title = "GRU 64-128, T 100"
    kind = "GRU"


ROW = GRU()
