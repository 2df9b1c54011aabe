"""Tools beside layers and optimizers."""

from . import checkpoint, data

__all__ = ["checkpoint", "data"]
