"""docs/transactions.md shows the state machines that the engine has."""

from pathlib import Path

import pytest

from saklar.switch.engine.drawing import drawn
from saklar.switch.engine.model import NEXT
from saklar.switch.engine.saf import NEXT_STAGE

PAGE = Path(__file__).parents[3] / "docs" / "transactions.md"


@pytest.mark.parametrize("table", [NEXT, NEXT_STAGE], ids=["transactions", "forwarding"])
def test_the_page_has_the_tables_of_the_engine(table):
    assert drawn(table) in PAGE.read_text(), "python -m saklar.switch.engine.drawing prints it"
