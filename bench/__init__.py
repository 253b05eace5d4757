"""Load and measurement: how many transactions a second a target answers, and how late.

`load` sends by a schedule (open loop) or as answers come (closed loop), and checks every answer; `targets` runs what is
measured in processes of its own; `baselines` are the most and the least that a relay in Python does; `micro` measures
one part alone; `report` is for people.
"""

from saklar.bench.load import Generator, Plan, Result

__all__ = ["Generator", "Plan", "Result"]
