"""c = a + b for 10 elements, with its backward: what one operation costs."""

import numpy as np
from suite.row import Row

COUNT = 10


class Add(Row):
    """Not a network: the smallest graph there is. JAX gets one jit of sum and gradients."""

    name = "add"
    title = "add of 10 elements"
    optimizer = ("none", {})
    batch = COUNT

    def parameters(self, random):
        return {name: random.standard_normal(COUNT, dtype="float32") for name in "ab"}

    def data(self, random):
        return {"seed": np.ones(COUNT, "float32")}

    def step_flops(self):
        return COUNT

    def torch_step(self, torch, how):
        a, b = (torch.tensor(array, requires_grad=True) for array in self.initial().values())
        seed = torch.tensor(self.batch_data()["seed"])
        add = how.compiled(lambda: a + b)

        def step():
            a.grad = b.grad = None
            c = add()
            c.backward(seed)
            return c

        return step

    def jax_step(self, jax):
        @jax.jit
        def jitted(a, b, seed):
            c, pull = jax.vjp(jax.numpy.add, a, b)
            return c, *pull(seed)

        a, b = (jax.numpy.asarray(array) for array in self.initial().values())
        seed = jax.numpy.asarray(self.batch_data()["seed"])
        return lambda: jitted(a, b, seed)[0]


ROW = Add()
