import pytest

from saklar.codecs import load_dialect

PURCHASE = {
    "mti": "0200",
    2: "4000000000000002",
    3: "000000",
    4: "000000001050",
    7: "1123101500",
    11: "000042",
    12: "101500",
    13: "1123",
    14: "2812",
    22: "051",
    25: "00",
    32: "100001",
    35: "4000000000000002=2812101",
    37: "632710000042",
    41: "NTH00001",
    42: "MERCHANT0000001",
    49: "360",
    52: "1122334455667788",
}


@pytest.fixture
def purchase():
    """The elements of a purchase with a PIN."""
    return dict(PURCHASE)


@pytest.fixture(params=["iso87-ascii", "iso87-binary", "iso93-ascii"])
def dialect(request):
    """Each shipped dialect."""
    return load_dialect(request.param)


@pytest.fixture(autouse=True, scope="session")
def _plans_at_once():
    """Have every good message read by a plan, from its first appearance on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saklar.codecs.plan.EARNED_AFTER", 1)
        yield
