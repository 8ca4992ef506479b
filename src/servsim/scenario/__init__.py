"""What the analyst wrote, checked, completed and frozen."""

from .load import Scenario, load

__all__ = ["Scenario", "load"]
