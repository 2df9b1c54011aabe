"""Shared set-up: random numbers start the same for every test."""

import pytest
import thalweg


@pytest.fixture(autouse=True)
def _seed():
    thalweg.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def files_are_read_here():
    """Thousands of small files are; test_isolation.py has them read in a process of their own."""
    from thalweg import io

    with io.isolation("never"):
        yield
