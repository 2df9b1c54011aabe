"""Without libhdf5 the functions that need it say so, and the rest works."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import thalweg
from thalweg import io, nn

with open("any.h5", "w") as file:
    file.write("something")
try:
    io.read("any.h5", "any")
except thalweg.UnavailableError as error:
    assert "hdf5_read" in str(error) and "nowhere.so" in str(error), error
else:
    raise SystemExit("no error")
try:
    io.save_weights(nn.Linear(2, 2), "any.weights.h5")
except thalweg.UnavailableError:
    pass
else:
    raise SystemExit("no error")
assert nn.Linear(2, 3)(thalweg.ones(1, 2)).shape == (1, 3)
"""


def test_the_rest_works(tmp_path: Path) -> None:
    environment = os.environ | {"THALWEG_HDF5": "/nowhere.so"}
    subprocess.run([sys.executable, "-c", PROGRAM], env=environment, cwd=tmp_path, check=True, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["any.h5"]
