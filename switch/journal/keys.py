"""The journal's own keys: data keys that seal what is secret, and the key of the PAN hashes; the LMK wraps them all.

They are in a file beside the journal, which its owner alone may read: each wrapped by AES key wrap (RFC 3394) under
a key that HKDF-SHA-256 (RFC 5869) derives from the LMK. Without that LMK the file is worth nothing.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from saklar.hsm_sim.keys.lmk import Lmk, VariantLmk
from saklar.switch.journal.interface import JournalError

KEY_BYTES = 32
NONCE_BYTES = 12
_COUNTER_BYTES = 4
MAX_VERSION = 255
"""A sealed value begins with the version of its key, a byte."""

FORMAT = 2
_PURPOSE = b"saklar journal keys"


@dataclass(eq=False)
class JournalKeys:
    """The keys in use. `repr` shows which versions there are, never a key.

    Attributes:
        hash_key: of the PAN hashes.
        data_keys: by version; the highest seals, the others only open.
    """

    hash_key: bytes = field(repr=False)
    data_keys: dict[int, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        self.current = max(self.data_keys)
        self._ciphers = {version: AESGCM(key) for version, key in self.data_keys.items()}
        self._first = bytes([self.current])
        self._new_nonces()

    def _new_nonces(self) -> None:
        # Random once, then counted: a key may see far more than the 2^32 values that random nonces are good for
        # (NIST SP 800-38D §8.3).
        self._prefix = os.urandom(NONCE_BYTES - _COUNTER_BYTES)
        self._count = 0

    def seal(self, secret: bytes, about: str) -> bytes:
        """AES-256-GCM under the current data key; `about` says what it belongs to, and opens it again."""
        self._count += 1
        if self._count >> 8 * _COUNTER_BYTES:
            self._new_nonces()
        nonce = self._prefix + self._count.to_bytes(_COUNTER_BYTES, "big")
        return self._first + nonce + self._ciphers[self.current].encrypt(nonce, secret, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            JournalError: it is damaged, belongs to something else, or its key is not here.
        """
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise JournalError(f"{about}: sealed under data key {sealed[0] if sealed else '?'}, which is not there")
        nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, text, about.encode())
        except (InvalidTag, ValueError):
            raise JournalError(f"{about}: what is sealed has been changed, or the key is another") from None

    def hash_of(self, pan: str) -> str:
        """HMAC-SHA-256 of the PAN's digits, in hex.

        Keyed, because the hash alone of a number with so few unknown digits is undone by trying them all
        (PCI DSS 4.0, requirement 3.5.1.1).
        """
        return hmac.digest(self.hash_key, pan.encode(), "sha256").hex()

    @property
    def check_value(self) -> str:
        """Tells whether a journal and these keys belong together."""
        return self.hash_of("")

    def rotated(self) -> JournalKeys:
        """These keys and a new data key, which seals from now on.

        Raises:
            JournalError: there are as many as can be told apart.
        """
        if self.current >= MAX_VERSION:
            raise JournalError(f"there are {MAX_VERSION} data keys already; reencrypt, which leaves one")
        return JournalKeys(self.hash_key, {**self.data_keys, self.current + 1: os.urandom(KEY_BYTES)})

    def newest(self) -> JournalKeys:
        """These keys with the newest data key alone."""
        return JournalKeys(self.hash_key, {self.current: self.data_keys[self.current]})


def new_keys() -> JournalKeys:
    """Keys from the system's randomness."""
    return JournalKeys(os.urandom(KEY_BYTES), {1: os.urandom(KEY_BYTES)})


def read_keys(path: Path, lmk: Lmk) -> JournalKeys:
    """The keys in the file.

    Raises:
        JournalError: the file cannot be read, others may read it, it holds no keys, or another LMK wraps them.
    """
    text = _read(path)
    if _is_first_format(text):
        return JournalKeys(bytes.fromhex(text), {1: os.urandom(KEY_BYTES)})
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise JournalError(f"{path}: of format {document['format']}; this saklar reads {FORMAT}")
        wrapped = [bytes.fromhex(document["hash_key"])]
        versions = {int(version): bytes.fromhex(key) for version, key in document["data_keys"].items()}
        said = document["lmk"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise JournalError(f"{path}: not a file of journal keys") from None
    if said != lmk.check_value:
        raise JournalError(f"{path}: its keys are under the LMK with check value {said}, not {lmk.check_value}")
    kek = _wrapping_key(lmk)
    try:
        hash_key = aes_key_unwrap(kek, wrapped[0])
        data_keys = {version: aes_key_unwrap(kek, key) for version, key in versions.items()}
    except (InvalidUnwrap, ValueError):
        raise JournalError(f"{path}: its keys cannot be unwrapped: the file is damaged") from None
    if not data_keys or any(len(key) != KEY_BYTES for key in (hash_key, *data_keys.values())):
        raise JournalError(f"{path}: not a file of journal keys")
    return JournalKeys(hash_key, data_keys)


def is_of_first_format(path: Path) -> bool:
    """Whether the file is of a journal of schema 1: the key of its PAN hashes, in the clear."""
    return _is_first_format(_read(path))


def write_keys(path: Path, keys: JournalKeys, lmk: Lmk) -> None:
    """Put the keys into the file, all of them or, if that fails, none.

    Raises:
        JournalError: the file cannot be written.
    """
    kek = _wrapping_key(lmk)
    document = {
        "format": FORMAT,
        "lmk": lmk.check_value,
        "hash_key": aes_key_wrap(kek, keys.hash_key).hex(),
        "data_keys": {str(version): aes_key_wrap(kek, key).hex() for version, key in keys.data_keys.items()},
    }
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(document, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise JournalError(f"{path}: others may read these keys; set its mode to 0600")
        return path.read_text().strip()
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise JournalError(f"{path}: not a file of journal keys") from None


def _is_first_format(text: str) -> bool:
    return len(text) == KEY_BYTES * 2 and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _wrapping_key(lmk: Lmk) -> bytes:
    material = b"".join(lmk.pairs) if isinstance(lmk, VariantLmk) else lmk.key
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE).derive(material)
