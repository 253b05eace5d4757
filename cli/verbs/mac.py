"""`saklar mac`: message authentication codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from saklar.cli.options import (
    AsTextOption,
    JsonOption,
    StepsOption,
    data_argument,
    data_of,
    hex_option,
    note_parity,
    refusing,
)
from saklar.cli.results import Result, answer
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import aes, tdes
from saklar.hsm_sim.crypto import mac as macs
from saklar.hsm_sim.crypto.inputs import one_of


class Algorithm(StrEnum):
    """Of MACs."""

    ALG1 = "alg1"
    ALG3 = "alg3"
    X9_9 = "x9.9"
    X9_19 = "x9.19"
    CMAC_TDES = "cmac-tdes"
    CMAC_AES = "cmac-aes"
    HMAC_SHA1 = "hmac-sha1"
    HMAC_SHA224 = "hmac-sha224"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA384 = "hmac-sha384"
    HMAC_SHA512 = "hmac-sha512"


def mac(
    data: Annotated[str, data_argument("What the MAC is of, in hex.")],
    *,
    key: Annotated[bytes, hex_option("--key", "The key, as long as the algorithm has it.")],
    algorithm: Annotated[
        Algorithm, typer.Option(help="alg1 and alg3 are those of ISO 9797-1; alg3 is the retail MAC.")
    ] = Algorithm.ALG3,
    padding: Annotated[
        int | None,
        typer.Option(
            help="Of alg1 and alg3: 1 (usual) zeros, 2 a one and zeros, 3 the length before; 0 none.",
            min=0,
            max=3,
            show_default=False,
        ),
    ] = None,
    as_text: AsTextOption = False,
    length: Annotated[int | None, typer.Option(help="Bytes of the MAC to show; all, if left out.", min=1)] = None,
    verify: Annotated[bytes | None, hex_option("--verify", "Compare with this MAC, or with the start of one.")] = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute or check the MAC of data. Exit code 1 when it is not the one that --verify gives.

    The key and DATA may also be @FILE, env:NAME, or - to be typed, as others can see what stands on a command line.

    Try: saklar mac 68656C6C6F20776F726C64 --key AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB --algorithm alg3 --padding 2
    """
    way = _way(algorithm)
    _check(way, key, padding)
    message, method = data_of(data, as_text=as_text), 1 if padding is None else padding
    with refusing("DATA"):
        code = way.code(key, message, method)
        shown: dict[str, Result] = {"padded": macs.pad(message, method)} if steps and way.paddings else {}
    wanted = length if verify is None else len(verify)
    answer("mac", code[:wanted], verify, shown, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a code is made: of key, data and padding method, where the algorithm has one."""

    code: Callable[[bytes, bytes, int], bytes]
    key_lengths: tuple[int, ...] | range
    paddings: tuple[int, ...] = ()
    of_des: bool = True


def _way(algorithm: Algorithm) -> _Way:
    return _WAYS.get(algorithm) or _hmac(algorithm.removeprefix("hmac-"))


def _hmac(hash_name: str) -> _Way:
    return _Way(lambda key, data, _: macs.hmac(key, data, hash_name), range(1, 1 << 10), of_des=False)


_ANY_PADDING = (0, 1, 2, 3)

_WAYS = {
    Algorithm.ALG1: _Way(macs.algorithm_1, tdes.KEY_LENGTHS, _ANY_PADDING),
    Algorithm.ALG3: _Way(macs.algorithm_3, (16, 24), _ANY_PADDING),
    Algorithm.X9_9: _Way(macs.algorithm_1, (8,), (1,)),
    Algorithm.X9_19: _Way(macs.algorithm_3, (16,), (1,)),
    Algorithm.CMAC_TDES: _Way(lambda key, data, _: macs.tdes_cmac(key, data), tdes.KEY_LENGTHS),
    Algorithm.CMAC_AES: _Way(lambda key, data, _: macs.aes_cmac(key, data), aes.KEY_LENGTHS, of_des=False),
}


def _check(way: _Way, key: bytes, padding: int | None) -> None:
    """End the program where key or padding are not for the algorithm."""
    if len(key) not in way.key_lengths:
        raise fail(f"--key: has {len(key)} bytes, {one_of(way.key_lengths)} are expected for this algorithm")
    if padding is not None and padding not in way.paddings:
        raise fail("--padding: only alg1 and alg3 leave it open")
    if way.of_des:
        note_parity("--key", key)
