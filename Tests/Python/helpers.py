"""What several tests use."""

import numpy as np
import thalweg


def to_array(tensor):
    """The elements as a NumPy array of its own."""
    return tensor.detach().numpy().copy()


def check_gradients(function, *arrays, epsilon=1e-6, tolerance=1e-7):
    """Compares the gradients of `function`, summed with fixed weights, with central differences in float64."""
    weights = None

    def value(*inputs):
        nonlocal weights
        result = function(*inputs)
        if weights is None:
            weights = np.random.default_rng(7).normal(size=result.shape)
        return (result * thalweg.tensor(weights)).sum()

    tensors = [thalweg.tensor(a, dtype=thalweg.float64, requires_grad=True) for a in arrays]
    value(*tensors).backward()
    for tensor, array in zip(tensors, arrays, strict=True):
        expected = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            sides = []
            for sign in (1, -1):
                moved = [np.array(a, dtype=np.float64) for a in arrays]
                moved[next(i for i, a in enumerate(arrays) if a is array)][index] += sign * epsilon
                sides.append(value(*[thalweg.tensor(a) for a in moved]).item())
            expected[index] = (sides[0] - sides[1]) / (2 * epsilon)
        np.testing.assert_allclose(tensor.grad.numpy(), expected, rtol=tolerance, atol=tolerance)
