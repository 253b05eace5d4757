"""What changes while the HSM runs."""

from __future__ import annotations

from dataclasses import dataclass

from saklar.hsm_sim.errors import ErrorCode, HsmError


@dataclass(slots=True)
class State:
    """Of the whole HSM, whichever LMK a command names.

    Attributes:
        authorised: whether commands may run that show or take PINs in the clear.
    """

    authorised: bool = False

    def check_authorised(self) -> None:
        """Whether such commands may run.

        Raises:
            HsmError: they may not.
        """
        if not self.authorised:
            raise HsmError(ErrorCode.NOT_AUTHORISED, "the HSM is not in the authorised state")
