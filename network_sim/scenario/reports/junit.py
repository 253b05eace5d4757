"""JUnit XML: a suite for each file, a test case for each case; the form that Jenkins' junit-10.xsd describes.

That form has properties for suites alone, so a case has its tags as its `group`, and what else there is to say of it
(the talk, and the command that plays it again) in its failure. A case that chaos has disturbed is skipped there, and
says the same; which faults hit a case is its output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePath
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from saklar.network_sim.scenario.reports.characters import storable
from saklar.network_sim.scenario.result import CaseResult, RunResult
from saklar.network_sim.scenario.telling import explanation

SUITES = "saklar play"

_OUTCOMES = {"failed": "failure", "error": "error", "skipped": "skipped", "disturbed": "skipped"}


def junit(run: RunResult) -> str:
    """The JUnit XML of a run. Times are in seconds, and real: what a case has cost, not what its virtual clock said."""
    root = Element("testsuites", {"name": SUITES, "time": f"{run.elapsed_s:.3f}", **_counts(run.cases)})
    for number, (file, cases) in enumerate(groupby(run.cases, key=lambda case: case.place.file)):
        _suite(root, number, file, list(cases), run)
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(cases: Sequence[CaseResult]) -> dict[str, str]:
    count = Counter(case.verdict for case in cases)
    return {"tests": str(len(cases)), "failures": str(count["failed"]), "errors": str(count["error"])}


def _suite(root: Element, number: int, file: str, cases: Sequence[CaseResult], run: RunResult) -> None:
    started = min((case.started_at for case in cases if case.started_at), default=run.started_at)
    suite = SubElement(
        root,
        "testsuite",
        {
            "name": storable(file),
            "id": str(number),
            **_counts(cases),
            "skipped": str(sum(_OUTCOMES.get(case.verdict) == "skipped" for case in cases)),
            "time": f"{sum(case.elapsed_s for case in cases):.3f}",
            "timestamp": started,
            "file": storable(file),
        },
    )
    properties = SubElement(suite, "properties")
    tags = sorted({tag for case in cases for tag in case.tags})
    facts = {"seed": str(run.seed), "clock": run.clock, "tags": " ".join(tags)}
    if run.chaos is not None:
        facts |= {"chaos": str(run.chaos.seed), "chaos-percent": f"{run.chaos.percent:g}"}
    for name, value in facts.items():
        SubElement(properties, "property", {"name": name, "value": storable(value)})
    names = Counter(case.name for case in cases)
    for case in cases:
        _case(suite, case, case.name if names[case.name] == 1 else f"{case.name} ({case.id})")


def _case(suite: Element, case: CaseResult, name: str) -> None:
    attributes = {"classname": _class_name(case.place.file), "name": name, "time": f"{case.elapsed_s:.3f}"}
    if case.tags:
        attributes["group"] = " ".join(case.tags)
    node = SubElement(suite, "testcase", {key: storable(value) for key, value in attributes.items()})
    outcome = _OUTCOMES.get(case.verdict)
    if outcome is not None:
        said = case.reason or "; ".join(f"{failure.place}: {failure.message}" for failure in case.failures)
        why = SubElement(node, outcome, {"type": case.verdict, "message": storable(said)})
        if case.verdict != "skipped":
            why.text = storable(explanation(case))
    if case.faults:
        lines = [f"{fault.at_s:.3f} {fault}" for fault in case.faults]
        SubElement(node, "system-out").text = storable("\n".join(["chaos:", *lines, f"again: {case.rerun}"]))


def _class_name(file: str) -> str:
    """`scenarios/timeout.scenario` is `scenarios.timeout`: the last part is a class to CI servers, in its package."""
    path = PurePath(file).with_suffix("")
    return ".".join(part.replace(".", "_") for part in path.parts if part not in (path.anchor, "..")) or "scenario"
