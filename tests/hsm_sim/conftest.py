import json
from pathlib import Path

import pytest

from saklar.hsm_sim import Hsm, load_lmk
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.security import PERMISSIVE

DATA = Path(__file__).parent.parent / "data" / "hsm" / "vectors.json"
VECTORS = json.loads(DATA.read_text())["vectors"]


def pytest_generate_tests(metafunc):
    """`@pytest.mark.vectors("category", "op" or None)` runs a test once for each published vector, as `vector`."""
    for mark in metafunc.definition.iter_markers("vectors"):
        category, operation = mark.args
        chosen = [v for v in VECTORS if v["category"] == category and (operation is None or v["op"] == operation)]
        if category.startswith("host_"):
            chosen = [v for v in chosen if _command_of(v) in KNOWN]
        assert chosen, mark.args
        metafunc.parametrize("vector", chosen, ids=lambda v: f"{v['id']}-{v['op']}")


KNOWN = COMMANDS.keys() | {command.response_code for command in COMMANDS.values()}


def _command_of(vector):
    """Code of the command or response that a record shows: its operation is CC, request_CC or response_CD."""
    return vector["op"].rpartition("_")[2]


@pytest.fixture
def hsm():
    """One that does all it can: the published exchanges are of all ages."""
    return Hsm(load_lmk("test"), ALL_BUT_WEAK_TABLES, authorised=True, old_lmk=load_lmk("test"))


ALL_BUT_WEAK_TABLES = PERMISSIVE.model_copy(update={"weak_decimalisation_tables": False})
