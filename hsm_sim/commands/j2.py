"""J2: report the load."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counters import LoadHistogram
from saklar.hsm_sim.families import reports
from saklar.hsm_sim.layout import Values

END = ";"


def execute(unit: Unit, _request: Values) -> Values:
    """Give how many seconds since the start had which load: the share of a second that commands took."""
    total, step = reports.seconds(unit), LoadHistogram.STEP
    counted = enumerate(unit.state.counters.load.seconds(total))
    loads = "".join(f"{step * place:03d}{step * (place + 1):03d}{count:010d}{END}" for place, count in counted)
    return {**reports.period(unit), "seconds": f"{total:010d}", "loads": loads}


COMMAND = Command(
    code="J2",
    title="Report the load",
    request=(),
    response=(
        *reports.PERIOD,
        reports.SECONDS,
        reports.records(
            "loads", f"[0-9]{{16}}{END}", "3N, 3N, 10N, 1A", "from and to what percent, for how many seconds, ';'"
        ),
    ),
    execute=execute,
)
