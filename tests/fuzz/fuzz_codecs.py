"""Any bytes to every shipped dialect, guided by coverage: a message or a DecodeError, nothing else.

    pip install atheris
    python tests/fuzz/fuzz_codecs.py -max_total_time=1200 -timeout=5 -rss_limit_mb=1024 [CORPUS]

The first byte chooses the dialect, the others are the message; libFuzzer's own limits catch what hangs or grows. The
messages of tests/data/codecs start the corpus when the folder given is empty.
"""

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["saklar.codecs"]):
    from saklar.codecs import DecodeError, dialect_names, load_dialect, plan

DIALECTS = [load_dialect(name) for name in dialect_names()]
MESSAGES = Path(__file__).parent.parent / "data" / "codecs" / "messages.json"

plan.EARNED_AFTER = 2
"""So that the second reading of good bytes goes by compiled code."""


def one_input(data: bytes) -> None:
    """A message reads the same twice, gives its bytes back, and its values encode to a message equal to it."""
    if not data:
        return
    dialect, wire = DIALECTS[data[0] % len(DIALECTS)], data[1:]
    try:
        message = dialect.decode(wire)
    except DecodeError as error:
        if error.offset is None or not 0 <= error.offset <= len(wire):
            raise AssertionError(f"{dialect.name}: offset {error.offset} of {len(wire)}") from error
        repr(error.partial)
        return
    again = dialect.decode(wire)
    document = message.to_dict()
    message.to_dict(nested=True)
    dialect.check(message)
    repr(message)
    if not bytes(message) == bytes(again) == wire or again.to_dict() != document:
        raise AssertionError(f"{dialect.name}: read twice, not the same")
    if dialect.decode(dialect.encode(document)) != message:
        raise AssertionError(f"{dialect.name}: its values encode to another message")


def seed(folder: Path) -> None:
    """Every published message, for every dialect."""
    for record in json.loads(MESSAGES.read_text())["records"]:
        for index, dialect in enumerate(DIALECTS):
            name = f"{record['id']}-{dialect.name}"
            (folder / name).write_bytes(bytes([index]) + bytes.fromhex(record["hex"]))


if __name__ == "__main__":
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    for corpus in folders:
        if corpus.is_dir() and not any(corpus.iterdir()):
            seed(corpus)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
