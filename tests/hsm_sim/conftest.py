import json
from pathlib import Path

import pytest

from saklar.hsm_sim import Hsm, load_lmk

DATA = Path(__file__).parent.parent / "data" / "hsm" / "vectors.json"
VECTORS = json.loads(DATA.read_text())["vectors"]


def pytest_generate_tests(metafunc):
    """`@pytest.mark.vectors("category", "op" or None)` runs a test once for each published vector, as `vector`."""
    for mark in metafunc.definition.iter_markers("vectors"):
        category, operation = mark.args
        chosen = [v for v in VECTORS if v["category"] == category and (operation is None or v["op"] == operation)]
        assert chosen, mark.args
        metafunc.parametrize("vector", chosen, ids=lambda v: f"{v['id']}-{v['op']}")


@pytest.fixture(scope="session")
def hsm():
    return Hsm(load_lmk("test"))
