"""How a PAN is kept: six and four digits for people, a keyed hash to find it by."""

import hmac
import os
from pathlib import Path

from saklar.switch.journal.interface import JournalError

KEY_BYTES = 32


def pan_hash(key: bytes, pan: str) -> str:
    """HMAC-SHA-256 of the PAN's digits, in hex.

    Keyed, because the hash alone of a number with so few unknown digits is undone by trying them all
    (PCI DSS 4.0, requirement 3.5.1.1).
    """
    return hmac.digest(key, pan.encode(), "sha256").hex()


def read_or_make_key(path: Path) -> bytes:
    """The key in the file, made on first use; the file is readable by its owner only.

    Raises:
        JournalError: the file cannot be read or made, holds no key, or others may read it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        key = os.urandom(KEY_BYTES)
        file.write(key.hex() + "\n")
    return key


def read_key(path: Path) -> bytes:
    """The key in the file.

    Raises:
        JournalError: the file cannot be read, holds no key, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise JournalError(f"{path}: others may read this key; set its mode to 0600")
        key = bytes.fromhex(path.read_text().strip())
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise JournalError(f"{path}: not a key: {KEY_BYTES * 2} hex digits are expected")
    return key
