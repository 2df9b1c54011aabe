"""LSTM 64-128 over 100 steps, batch 32, SGD with momentum."""

from suite.recurrent import Recurrent


class LSTM(Recurrent):
    """One layer, every output of which counts."""

    name = "lstm"
    title = "LSTM 64-128, T 100"
    kind = "LSTM"


ROW = LSTM()
