"""The load: what is sent, when, and whether what comes back is right."""

from saklar.bench.load.generator import Generator
from saklar.bench.load.mix import Mix, load_mix
from saklar.bench.load.plan import Group, Plan, groups_of, one_message, plain_mix
from saklar.bench.load.result import Result
from saklar.bench.load.tally import Latencies, Tally

__all__ = [
    "Generator", "Group", "Latencies", "Mix", "Plan", "Result", "Tally", "groups_of", "load_mix", "one_message",
    "plain_mix",
]  # fmt: skip
