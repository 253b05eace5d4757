"""J8: report the counts of what should not happen."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families import reports
from saklar.hsm_sim.layout import Values, digits


def execute(unit: Unit, _request: Values) -> Values:
    """Give the counts since the start. Attacks are requests that were refused with error 39."""
    counted = unit.state.counters.commands.items()
    attacks = sum(count for (_, error), count in counted if error == ErrorCode.FRAUD_DETECTED)
    return {
        **reports.period(unit),
        "reboots": f"{1:010d}",
        "tampers": f"{0:010d}",
        "failures_per_minute": f"{0:07d}",
        "failures_per_hour": f"{0:05d}",
        "attacks": f"{attacks:08d}",
    }


COMMAND = Command(
    code="J8",
    title="Report the health counts",
    request=(),
    response=(
        *reports.PERIOD,
        digits("reboots", 10, "starts in the period: 1", shown=True),
        digits("tampers", 10, "0: there is nothing to tamper with", shown=True),
        digits("failures_per_minute", 7, "limits of failed PIN verifications passed: 0, none is set", shown=True),
        digits("failures_per_hour", 5, "the same by the hour", shown=True),
        digits("attacks", 8, "requests refused as attacks on a PIN block", shown=True),
    ),
    execute=execute,
)
