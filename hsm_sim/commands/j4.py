"""J4: report how many commands were done."""

from collections import Counter

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counters import UNKNOWN
from saklar.hsm_sim.families import reports
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, _request: Values) -> Values:
    """Give, for each command since the start, how often it was answered, whatever with."""
    total = Counter[str]()
    for (code, _), count in unit.state.counters.commands.items():
        total[code] += count
    volumes = "".join(f"{code}{total[code]:012d}" for code in sorted(total) if code != UNKNOWN)
    return {**reports.period(unit), "seconds": f"{reports.seconds(unit):010d}", "volumes": volumes}


COMMAND = Command(
    code="J4",
    title="Report how many commands were done",
    request=(),
    response=(
        *reports.PERIOD,
        reports.SECONDS,
        reports.records("volumes", "[A-Z][A-Z0-9][0-9]{12}", "2A, 12N", "command code, and how many"),
    ),
    execute=execute,
)
