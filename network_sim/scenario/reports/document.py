"""The JSON document of a run."""

import json

from saklar.network_sim.scenario.result import RunResult


def document(run: RunResult) -> str:
    """The whole of a run as JSON, on one line: what `saklar play --json` prints."""
    return json.dumps(run.to_dict(), ensure_ascii=False) + "\n"
