"""Load and measurement: how many transactions a second a target answers, and how late.

`Generator` sends by a schedule (open loop) or as answers come (closed loop), and checks every answer;
`bench.comparison` runs the switch beside its baselines.
"""

from saklar.bench.generator import Generator, Plan
from saklar.bench.result import Result

__all__ = ["Generator", "Plan", "Result"]
