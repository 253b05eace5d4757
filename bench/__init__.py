"""Load and measurement: how many transactions a second a target answers, and how late.

A first instrument: a closed loop that checks every answer.
"""

from saklar.bench.closed_loop import ClosedLoop, Load
from saklar.bench.result import Result

__all__ = ["ClosedLoop", "Load", "Result"]
