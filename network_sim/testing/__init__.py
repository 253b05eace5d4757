"""For pytest: scenarios as tests, and parts of a card network as fixtures; `pytest_plugin` has the hooks.

`collecting` makes tests of files, `parts` is what fixtures give, `background` lets parts run beside plain tests.
"""

from saklar.network_sim.testing.background import PartFailed
from saklar.network_sim.testing.parts import AcquirerPart, CardNetwork, Exchange, HsmPart, IssuerPart, SwitchPart

__all__ = ["AcquirerPart", "CardNetwork", "Exchange", "HsmPart", "IssuerPart", "PartFailed", "SwitchPart"]
