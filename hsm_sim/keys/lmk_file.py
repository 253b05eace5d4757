"""An LMK on disk: encrypted under a passphrase, and for its owner's eyes only."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import secrets
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from saklar.hsm_sim.keys.lmk import (
    AES_BLOCK,
    KEY_BYTES,
    PAIR_BYTES,
    PAIRS,
    TDES_BLOCK,
    TEST_LMKS,
    KeyBlockLmk,
    Lmk,
    LmkError,
    VariantLmk,
    checked_pairs,
)

PASSPHRASE_VARIABLE = "SAKLAR_LMK_PASSPHRASE"
"""Environment variable with the passphrase of LMK files, for programs that nobody types to."""

MIN_PASSPHRASE = 12
"""Characters of a new passphrase."""

FORMAT = "saklar LMK 1"

# scrypt's costs as RFC 7914 names them: 32 MB and some 0.1 s for each guess.
_N, _R, _P = 2**15, 8, 1
_MAX_N = 2**20
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES, _TAG_BYTES = 16, 12, 32, 16

_KINDS = {"variant": None, "tdes-block": TDES_BLOCK, "aes-block": AES_BLOCK}


def load_lmk(name_or_path: str | os.PathLike[str], passphrase: str | None = None, *, identifier: str = "00") -> Lmk:
    """A test LMK by its name (`TEST_LMKS`), or the LMK of a file that `save_lmk` wrote.

    Args:
        name_or_path: the name or the file.
        passphrase: of the file; of the environment variable `PASSPHRASE_VARIABLE` if left out.
        identifier: two digits by which requests name the LMK; its key blocks bear them.

    Raises:
        LmkError: the file cannot be read, others may read it, it holds no LMK, or the passphrase is wrong or missing.
    """
    lmk = TEST_LMKS.get(str(name_or_path))
    if lmk is None:
        path = Path(name_or_path)
        record = _record(path)
        lmk = _opened(path, record, _given(path, passphrase))
    return dataclasses.replace(lmk, identifier=identifier) if isinstance(lmk, KeyBlockLmk) else lmk


def save_lmk(lmk: Lmk, path: Path, passphrase: str) -> None:
    """Write an LMK to a new file of mode 0600, encrypted with AES-256-GCM under scrypt's key of the passphrase.

    Raises:
        LmkError: there is such a file, it cannot be written, or the passphrase is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise LmkError(f"the passphrase has {len(passphrase)} characters, fewer than {MIN_PASSPHRASE}")
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    record: dict[str, object] = {
        "format": FORMAT, "kind": lmk.kind, "check_value": lmk.check_value[:6], "n": _N, "r": _R, "p": _P,
        "salt": _text(salt), "nonce": _text(nonce),
    }  # fmt: skip
    clear = b"".join(lmk.pairs) if isinstance(lmk, VariantLmk) else lmk.key
    with _derived(passphrase, salt, _N) as cipher:
        record["lmk"] = _text(cipher.encrypt(nonce, clear, _bound(record)))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LmkError(f"{path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        json.dump(record, file, indent=1)
        file.write("\n")


def read_pairs(path: Path) -> VariantLmk:
    """The LMK of a TOML file with `pairs` in the clear: twenty texts of 32 hex digits, from 00-01 to 38-39.

    Raises:
        LmkError: the file cannot be read, or holds no such pairs.
    """
    try:
        data = tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError:
        # Not the parser's words: they may quote the line, which holds a key.
        raise LmkError(f"{path}: not valid TOML") from None
    return VariantLmk(checked_pairs(data.get("pairs"), str(path)), str(path))


def _given(path: Path, passphrase: str | None) -> str:
    found = passphrase if passphrase is not None else os.environ.get(PASSPHRASE_VARIABLE)
    if not found:
        raise LmkError(f"{path}: its passphrase is missing; set {PASSPHRASE_VARIABLE}")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise LmkError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LmkError(f"{path}: not a text") from None


def _record(path: Path) -> dict[str, object]:
    text = _read(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise LmkError(f"{path}: others than its owner may read or write it; make it mode 0600")
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise LmkError(f"{path}: no LMK file; `saklar keys lmk` makes one, also of pairs in the clear")
    return record


def _opened(path: Path, record: dict[str, object], passphrase: str) -> Lmk:
    kind, cost = record.get("kind"), record.get("n")
    if (
        kind not in _KINDS
        or not isinstance(cost, int)
        or not 1 < cost <= _MAX_N
        or (record.get("r"), record.get("p")) != (_R, _P)
    ):
        raise LmkError(f"{path}: damaged")
    try:
        salt, nonce, sealed = (base64.b64decode(str(record[name]), validate=True) for name in ("salt", "nonce", "lmk"))
        clear = bytearray(max(len(sealed) - _TAG_BYTES, 0))
        with _derived(passphrase, salt, cost) as cipher:
            cipher.decrypt_into(nonce, sealed, _bound(record), clear)
    except (KeyError, ValueError):
        raise LmkError(f"{path}: damaged") from None
    except InvalidTag:
        raise LmkError(f"{path}: another passphrase, or damaged") from None
    try:
        return _lmk(path, _KINDS[kind], bytes(clear))
    finally:
        _wipe(clear)


def _lmk(path: Path, version: str | None, clear: bytes) -> Lmk:
    if version is None and len(clear) == PAIRS * PAIR_BYTES:
        starts = range(0, len(clear), PAIR_BYTES)
        return VariantLmk(tuple(clear[start : start + PAIR_BYTES] for start in starts), str(path))
    if version is not None and len(clear) == KEY_BYTES[version]:
        return KeyBlockLmk(version, clear, str(path))
    raise LmkError(f"{path}: damaged")


@contextlib.contextmanager
def _derived(passphrase: str, salt: bytes, cost: int) -> Iterator[AESGCM]:
    """A cipher under the passphrase's key, which is overwritten afterwards. Python's own texts cannot be."""
    key = bytearray(_KEY_BYTES)
    try:
        Scrypt(salt=salt, length=_KEY_BYTES, n=cost, r=_R, p=_P).derive_into(passphrase.encode(), key)
        yield AESGCM(key)
    finally:
        _wipe(key)


def _wipe(secret: bytearray) -> None:
    secret[:] = bytes(len(secret))


def _bound(record: dict[str, object]) -> bytes:
    """What else the file says, so that it cannot be changed without notice."""
    return json.dumps({name: record[name] for name in ("format", "kind", "check_value", "n", "r", "p")}).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
