"""Scenarios run many times over: replications, intervals, targets met or missed, results that are kept."""

from .first_look import FirstLook, first_look
from .result import Result
from .run import run

__all__ = ["FirstLook", "Result", "first_look", "run"]
