"""One step of an LSTM of 256 units at batch 1, as in generation: inference only."""

from suite.recurrent import cell, draw, flops, onnx_layer
from suite.row import Row

UNITS = 256


class LSTMStep(Row):
    """A cell with the state that it is at."""

    name = "lstm-step"
    title = "LSTM-256, one step"
    inference = (1,)

    def parameters(self, random):
        return draw(random, "cell.", "LSTM", UNITS, UNITS)

    def buffers(self, random):
        return {name: 0.5 * random.standard_normal((1, UNITS), dtype="float32") for name in "hc"}

    def input(self, random, batch):
        return random.standard_normal((batch, UNITS), dtype="float32")

    def flops(self, batch):
        return flops(1, batch, "LSTM", UNITS, UNITS)

    def network(self, torch):
        class Step(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.cell = torch.nn.LSTMCell(UNITS, UNITS)
                for name in "hc":
                    self.register_buffer(name, torch.zeros(1, UNITS))

            def forward(self, x):
                return self.cell(x, (self.h, self.c))[0]

        return Step()

    def jax_network(self, jax, weights, x):
        u = x @ weights["cell.weight_ih"].T + weights["cell.bias_ih"]
        recurrent = (weights["cell.weight_hh"], weights["cell.bias_hh"])
        return cell(jax, "LSTM", (weights["h"], weights["c"]), u, recurrent)[0]

    def onnx(self, graph, x):
        state = self.state()
        x = graph.node("Unsqueeze", x, graph.constant([0]))
        y = onnx_layer(graph, x, state, "cell.", "LSTM", "", (state["h"][None], state["c"][None]))
        return graph.node("Squeeze", y, graph.constant([0]))


ROW = LSTMStep()
