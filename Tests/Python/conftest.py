"""Shared set-up: random numbers start the same for every test."""

import pytest
import thalweg


@pytest.fixture(autouse=True)
def _seed():
    thalweg.manual_seed(0)
