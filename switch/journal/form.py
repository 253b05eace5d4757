"""How records stand in a batch of the log, before it is sealed: a stable form, which later versions add to.

A byte says the version, 1. A Zstandard frame (RFC 8878) follows; in it, in MessagePack, a map from a kind to what the
batch has of it, in order:

- 0: transactions that begin, each an array of the fields of `TransactionRecord` by their position;
- 1: changes, each an array of an id and a map from the name of a field to its new value;
- 2: transactions written again, as 0, whole as they stood: nothing in an earlier batch counts any more for them;
- 3: a map from an id to an array of masked PAN and hash, for transactions of schema 1, whose PAN nobody has.

Within a batch what begins comes before what changes it. A field that an array is too short for has its default, so
that fields may be appended; a kind that is not known is an error.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgpack
import zstandard

from saklar.switch.engine.record import TransactionChange, TransactionRecord
from saklar.switch.journal.interface import JournalError

VERSION = 1

BEGUN, CHANGES, AGAIN, MASKED = range(4)
_KINDS = {BEGUN, CHANGES, AGAIN, MASKED}

LEVEL = 1
"""Of Zstandard: to a fifth of the size, and the disk saves what it costs; higher ones cost more and save nothing."""

_FIELDS = len(TransactionRecord._fields)
_FIRST = bytes([VERSION])


class Content(NamedTuple):
    """What a batch has in it, without what stands in tables of its own."""

    begun: Sequence[TransactionRecord] = ()
    changes: Sequence[TransactionChange] = ()
    again: Sequence[TransactionRecord] = ()
    masked: Mapping[str, tuple[str, str | None]] = {}


class Form:
    """Packs and unpacks. One thread at a time may use it: the compressor keeps its tables."""

    def __init__(self) -> None:
        # What a `TransactionChange` maps with need not be a dict.
        self._pack: Callable[[object], bytes] = msgpack.Packer(default=dict).pack
        self._compress = zstandard.ZstdCompressor(level=LEVEL).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def pack(self, content: Content) -> bytes:
        """The bytes to be sealed."""
        kinds = {kind: each for kind, each in enumerate(content) if each}
        return _FIRST + self._compress(self._pack(kinds))

    def unpack(self, packed: bytes, about: str) -> Content:
        """What was packed.

        Raises:
            JournalError: a later version packed it, or it is damaged; `about` is named.
        """
        if packed[:1] != _FIRST:
            raise JournalError(f"{about}: of form {packed[:1].hex()}; this saklar reads {VERSION}")
        try:
            kinds = msgpack.unpackb(self._decompress(packed[1:]), use_list=False, strict_map_key=False)
            return _content(kinds)
        except (zstandard.ZstdError, msgpack.UnpackException, ValueError, TypeError, IndexError) as error:
            raise JournalError(f"{about}: not what a batch is ({error})") from None


def _content(kinds: Any) -> Content:
    if not isinstance(kinds, dict) or not kinds.keys() <= _KINDS:
        raise ValueError("of other kinds than are known")
    return Content(
        _transactions(kinds.get(BEGUN, ())),
        [TransactionChange(id_, changes) for id_, changes in kinds.get(CHANGES, ())],
        _transactions(kinds.get(AGAIN, ())),
        kinds.get(MASKED, {}),
    )


def _transactions(arrays: Sequence[tuple[Any, ...]]) -> list[TransactionRecord]:
    if all(len(array) == _FIELDS for array in arrays):
        return list(map(TransactionRecord._make, arrays))
    return [TransactionRecord(*array) for array in arrays]
