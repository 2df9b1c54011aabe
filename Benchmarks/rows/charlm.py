"""A language model of characters: two LSTMs of 256 over 64 steps, batch 32, vocabulary 96, Adam."""

import numpy as np
from suite.jax_tools import cross_entropy, linear
from suite.recurrent import draw, flops, onnx_layer, sequence
from suite.row import Row, linear_flops
from suite.row import linear as draw_linear

STEPS, VOCABULARY, UNITS = 64, 96, 256


class CharacterModel(Row):
    """Embedding, two LSTMs, and a score for each character."""

    name = "charlm"
    title = "char-LM 2 x LSTM-256, T 64"
    optimizer = ("Adam", {"lr": 1e-3})
    batch = 32
    inference = (32,)

    def parameters(self, random):
        table = random.standard_normal((VOCABULARY, UNITS), dtype="float32")
        return {
            "table.weight": table,
            **draw(random, "layers.", "LSTM", UNITS, UNITS, "_l0"),
            **draw(random, "layers.", "LSTM", UNITS, UNITS, "_l1"),
            **draw_linear(random, "scores", UNITS, VOCABULARY),
        }

    def data(self, random):
        x = self.input(random, self.batch)
        return {"x": x, "y": np.roll(x, -1, 0).reshape(-1)}

    def input(self, random, batch):
        return random.integers(0, VOCABULARY, (STEPS, batch))

    def flops(self, batch):
        return 2 * flops(STEPS, batch, "LSTM", UNITS, UNITS) + linear_flops(STEPS * batch, UNITS, VOCABULARY)

    def step_flops(self):
        return 3 * self.flops(self.batch)

    def network(self, torch):
        nn = torch.nn

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.table = nn.Embedding(VOCABULARY, UNITS)
                self.layers = nn.LSTM(UNITS, UNITS, 2)
                self.scores = nn.Linear(UNITS, VOCABULARY)

            def forward(self, x):
                return self.scores(self.layers(self.table(x))[0])

        return Model()

    def loss(self, torch, network, data):
        scores = network(data["x"]).reshape(-1, VOCABULARY)
        return torch.nn.functional.cross_entropy(scores, data["y"])

    def jax_network(self, jax, weights, x):
        x = weights["table.weight"][x]
        for layer in ("_l0", "_l1"):
            x = sequence(jax, weights, "layers.", "LSTM", x, layer)
        return linear(weights, "scores", x)

    def jax_loss(self, jax, weights, data):
        scores = self.jax_network(jax, weights, data["x"]).reshape(-1, VOCABULARY)
        return cross_entropy(jax, scores, data["y"])

    def onnx(self, graph, x):
        state = self.state()
        x = graph.node("Gather", "table.weight", x)
        for layer in ("_l0", "_l1"):
            x = onnx_layer(graph, x, state, "layers.", "LSTM", layer)
        weight = graph.node("Transpose", "scores.weight", perm=[1, 0])
        return graph.node("Add", graph.node("MatMul", x, weight), "scores.bias")


ROW = CharacterModel()
