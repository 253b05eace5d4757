"""What changes while the HSM runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.lmk import Lmk


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


@dataclass(slots=True)
class State:
    """Of the whole HSM, whichever LMK a command names.

    Attributes:
        authorised: whether commands may run that show or take PINs in the clear.
        lmks: by identifier.
        counters: what it has done.
        clock: the time of day, for reports.
        key_pairs: RSA private keys made ahead, one of a length in bits: whoever serves the HSM makes them where that
            keeps nobody waiting.
        started: when it started.
    """

    authorised: bool = False
    lmks: Mapping[str, Lmk] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    clock: Callable[[], datetime] = utc_now
    key_pairs: dict[int, bytes] = field(default_factory=dict, repr=False)
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def check_authorised(self) -> None:
        """Whether such commands may run.

        Raises:
            HsmError: they may not.
        """
        if not self.authorised:
            raise HsmError(ErrorCode.NOT_AUTHORISED, "the HSM is not in the authorised state")
