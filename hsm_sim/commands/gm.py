"""GM: hash data."""

import hashlib

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Values, digits, remainder

HASHES = {"01": "sha1", "02": "md5", "05": "sha224", "06": "sha256", "07": "sha384", "08": "sha512"}


def execute(_: Unit, request: Values) -> Values:
    """Compute the digest."""
    name = HASHES.get(request["hash"])
    if name is None:
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, f"the hash is one of {', '.join(HASHES)}")
    data = request["data"].encode("latin-1")
    return {"digest": hashlib.new(name, data, usedforsecurity=False).digest().decode("latin-1")}


COMMAND = Command(
    code="GM",
    title="Hash data",
    request=(
        digits("hash", 2, "01 SHA-1, 02 MD5, 05 SHA-224, 06 SHA-256, 07 SHA-384, 08 SHA-512", shown=True),
        CountedDigits("data", 5),
    ),
    response=(remainder("digest", "the digest"),),
    execute=execute,
)
