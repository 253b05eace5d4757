"""FY: generate a key pair on an elliptic curve."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import ecc
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families import asymmetric
from saklar.hsm_sim.layout import Choice, Field, Literal, Optional, Values, digits, remainder

_CURVES = {"00": "P-256", "01": "P-384", "02": "P-521"}
_ATTRIBUTES = (
    Field("key_use", "1A", re.compile("[SXN]"), "S for signatures, X for agreement, N for any"),
    digits("key_version", 2, "key version"),
    Field("exportability", "1A", re.compile("[NES]"), "N, E or S, as in a key block"),
    digits("optional_blocks", 2, "00"),
)


def execute(unit: Unit, request: Values) -> Values:
    """Make a key pair; give the public key, and the private one under LMK pair 34-35."""
    private, public = ecc.generate(_CURVES[request["curve"]])
    return {"public_key": public.decode("latin-1"), "private_key": asymmetric.under_lmk(unit.lmk, private)}


COMMAND = Command(
    code="FY",
    title="Generate an elliptic curve key pair",
    request=(
        Choice("algorithm", {"01": "elliptic curve"}, ErrorCode.KEY_LENGTH_FLAG),
        Choice("curve", _CURVES, ErrorCode.CURVE),
        Choice("encoding", {"03": "DER of an X.509 SubjectPublicKeyInfo"}, ErrorCode.PUBLIC_KEY_ENCODING),
        Optional("#", _ATTRIBUTES),
    ),
    response=(
        CountedDigits("public_key", 4),
        Literal(";"),
        remainder("private_key", "the private key under the LMK"),
    ),
    execute=execute,
)
