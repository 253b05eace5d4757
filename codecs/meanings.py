"""Response codes in words."""

from saklar.codecs.tables.read import table


def meaning_of(code: str | None) -> str:
    """DE 39 (in 1987 terms) in a few words (after ISO 8583-1:1987 annex A)."""
    return str(table("codes")["response"].get(code, "unknown code")) if code else "no response code"
