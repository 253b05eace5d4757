"""The scenario language: a text becomes a tree (`parse`), and what is wrong is said by file, line and column."""

from saklar.network_sim.scenario.language import tree
from saklar.network_sim.scenario.language.parser import parse, parse_file
from saklar.network_sim.scenario.language.source import Problem, ScenarioError, Source, Span, did_you_mean

__all__ = ["Problem", "ScenarioError", "Source", "Span", "did_you_mean", "parse", "parse_file", "tree"]
