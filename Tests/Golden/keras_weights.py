"""Writes Tests/Golden/hdf5/keras.weights.h5 with Keras 3 itself: python Tests/Golden/keras_weights.py (keras, numpy)."""

from pathlib import Path

import keras
import numpy as np

model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(4, name="my_hidden"),
        keras.layers.ReLU(),
        keras.Sequential([keras.layers.Dense(2), keras.layers.Activation("tanh")]),
        keras.layers.Dense(2),
    ]
)
model.set_weights([np.arange(w.size, dtype="f4").reshape(w.shape) / 8 - 1 for w in model.get_weights()])
model.compile(optimizer="adam", loss="mse")
model.fit(
    np.zeros((4, 3), "f4"), np.zeros((4, 2), "f4"), epochs=1, verbose=0
)  # so that there is optimiser state
model.set_weights([np.arange(w.size, dtype="f4").reshape(w.shape) / 8 - 1 for w in model.get_weights()])
model.save_weights(Path(__file__).parent / "hdf5" / "keras.weights.h5")
