"""Characters that XML and HTML cannot hold."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is outside of Char in XML 1.0 (fifth edition), section 2.2: controls, surrogates, U+FFFE and U+FFFF."""


def storable(text: str) -> str:
    """The text, U+FFFD in the place of each character that XML cannot hold, not even as a reference."""
    return _NO_CHARACTER.sub(REPLACEMENT, text)
