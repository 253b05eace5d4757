"""What a verb has found out: a line each for people, or JSON."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping

Result = str | bytes | bool

NOT_VERIFIED = 1
"""Exit code where what is to be verified is not right."""


def show(results: Mapping[str, Result], *, as_json: bool) -> None:
    """Print results; bytes as hex digits."""
    if as_json:
        print(json.dumps({name: value if isinstance(value, bool) else _text(value) for name, value in results.items()}))  # noqa: T201
        return
    width = max(map(len, results)) + 2
    for name, value in results.items():
        print(f"{name.replace('_', ' '):<{width}}{_text(value)}")  # noqa: T201


def answer(
    name: str,
    computed: str | bytes,
    expected: str | bytes | None,
    steps: Mapping[str, Result],
    *,
    as_json: bool,
    then: Mapping[str, Result] | None = None,
) -> None:
    """Print what was computed and, where something is expected, whether it is that.

    Args:
        name: of the result.
        computed: the result.
        expected: what it is to be compared with, in constant time; or None.
        steps: what to show on the way to it.
        as_json: print JSON.
        then: what to show after it, if it is right.

    Raises:
        SystemExit: it is not what is expected.
    """
    same = expected is None or hmac.compare_digest(_text(computed), _text(expected))
    verdict = {} if expected is None else {"verified": same}
    show({**steps, name: computed, **verdict, **((then or {}) if same else {})}, as_json=as_json)
    if not same:
        raise SystemExit(NOT_VERIFIED)


def _text(value: Result) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.hex().upper() if isinstance(value, bytes) else value
