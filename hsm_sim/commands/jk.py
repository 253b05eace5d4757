"""JK: report the present state."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families import reports
from saklar.hsm_sim.keys.lmk import TDES_BLOCK, TEST_LMKS, KeyBlockLmk, Lmk
from saklar.hsm_sim.layout import Field, Values, digits

RUNNING, NOT_RUNNING, NOT_CONFIGURED = "1", "2", "3"
NOT_TAMPERED = "1"
END_OF_LMK, END_OF_LMKS = "\x14", "\x15"
_DOUBLE_LENGTH, _TRIPLE_LENGTH, _AES = "0", "1", "2"


def execute(unit: Unit, _request: Values) -> Values:
    """Give what runs, and which LMKs are there."""
    attacked = "1" if any(error == ErrorCode.FRAUD_DETECTED for _, error in unit.state.counters.commands) else "0"
    return {
        **reports.now(unit),
        "console": NOT_RUNNING,
        "manager": NOT_RUNNING,
        "host_1": RUNNING,
        "host_2": NOT_CONFIGURED,
        "reserved": "00",
        "tampered": NOT_TAMPERED,
        "lmks": f"{len(unit.state.lmks):02d}",
        "test_lmks": f"{sum(lmk.source in TEST_LMKS for lmk in unit.state.lmks.values()):02d}",
        "old_lmks": "00" if unit.old_lmk is None else "01",
        "lmk_states": END_OF_LMK.join(_state(unit, name, lmk) for name, lmk in unit.state.lmks.items()) + END_OF_LMKS,
        "fraud": attacked,
        "attacks": attacked,
    }


def _state(unit: Unit, identifier: str, lmk: Lmk) -> str:
    """Identifier, authorisation, scheme, algorithm, live or test, and a comment: the check value."""
    authorised = "101" if unit.state.authorised else "000"
    scheme, algorithm = "V", _DOUBLE_LENGTH
    if isinstance(lmk, KeyBlockLmk):
        scheme, algorithm = "K", _TRIPLE_LENGTH if lmk.version == TDES_BLOCK else _AES
    status = "T" if lmk.source in TEST_LMKS else "L"
    return f"{identifier}{authorised}{scheme}{algorithm}{status}{lmk.check_value[:6]}"


COMMAND = Command(
    code="JK",
    title="Report the present state",
    request=(),
    response=(
        *reports.NOW,
        digits("console", 1, "2: there is none", shown=True),
        digits("manager", 1, "2: there is none", shown=True),
        digits("host_1", 1, "1: running", shown=True),
        digits("host_2", 1, "3: there is none", shown=True),
        digits("reserved", 2, "00", shown=True),
        digits("tampered", 1, "1: not", shown=True),
        digits("lmks", 2, "LMKs that are loaded", shown=True),
        digits("test_lmks", 2, "test LMKs among them", shown=True),
        digits("old_lmks", 2, "LMKs in key change storage", shown=True),
        Field(
            "lmk_states",
            "nA",
            re.compile("[^\x15]*\x15"),
            "of each identifier, authorised 1N, activities 2N, V variant or K key block, algorithm 1N (0, 1 triple DES "
            "of two or three parts, 2 AES), L live or T test, comment; X'14' between them, X'15' behind them",
            shown=True,
        ),
        digits("fraud", 1, "1 if requests were refused as attacks", shown=True),
        digits("attacks", 1, "the same", shown=True),
    ),
    execute=execute,
)
