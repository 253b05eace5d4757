"""EI: generate an RSA key pair."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import rsa
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import asymmetric
from saklar.hsm_sim.layout import Choice, Optional, Values, digits

CODE = "EI"
UNSIGNED, SIGNED = "01", "02"
MODULUS_BITS = rsa.MODULUS_BITS

_PUBLIC_KEY = {UNSIGNED: rsa.unsigned_public_key, SIGNED: rsa.public_key}
_ENCODINGS = {UNSIGNED: "DER of unsigned integers", SIGNED: "DER as PKCS #1 has it"}
_USES = {"0": "for signatures", "1": "for keys", "2": "for both"}


def execute(unit: Unit, request: Values) -> Values:
    """Make a key pair of public exponent 65537; give the public key, and the private one under LMK pair 34-35."""
    bits = int(request["modulus_bits"])
    if bits not in MODULUS_BITS:
        raise HsmError(ErrorCode.KEY_TYPE_CODE, "modulus_bits: 1024 to 4096")
    private = unit.state.key_pairs.pop(bits, None) or rsa.generate(bits)
    public = _PUBLIC_KEY[request["encoding"]](private)
    return {"public_key": public.decode("latin-1"), "private_key": asymmetric.under_lmk(unit.lmk, private)}


COMMAND = Command(
    code=CODE,
    title="Generate an RSA key pair",
    request=(
        Choice("key_use", _USES, ErrorCode.KEY_LENGTH_FLAG),
        digits("modulus_bits", 4, "1024 to 4096"),
        Choice("encoding", _ENCODINGS, ErrorCode.INPUT_FORMAT),
        Optional("#", (digits("key_version", 2, "key version"), digits("optional_blocks", 2, "00"))),
    ),
    response=(asymmetric.Der("public_key", "modulus and exponent"), CountedDigits("private_key", 4)),
    execute=execute,
)
