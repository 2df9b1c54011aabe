"""tanh RNN 64-128 over 100 steps, batch 32, SGD with momentum."""

from suite.recurrent import Recurrent


class RNN(Recurrent):
    """One layer, every output of which counts."""

    name = "rnn"
    title = "tanh RNN 64-128, T 100"
    kind = "RNN"


ROW = RNN()
