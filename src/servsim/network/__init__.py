"""The scenario as arrays: the only thing that an engine sees."""

from .build import build
from .network import Network

__all__ = ["Network", "build"]
