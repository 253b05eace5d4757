"""Response codes in words."""

_MEANINGS = {
    "00": "approved", "01": "refer to card issuer", "03": "invalid merchant", "04": "pick up card",
    "05": "do not honour",
    "06": "error", "08": "honour with identification", "10": "approved for a part", "11": "approved (VIP)",
    "12": "invalid transaction", "13": "invalid amount", "14": "no such card", "15": "no such issuer",
    "19": "enter again", "25": "original not found", "30": "format error", "33": "expired card, pick up",
    "34": "suspected fraud, pick up", "36": "restricted card, pick up", "38": "PIN tries exceeded, pick up",
    "41": "lost card", "43": "stolen card", "51": "insufficient funds", "54": "expired card", "55": "wrong PIN",
    "57": "not permitted to cardholder", "58": "not permitted to terminal", "59": "suspected fraud",
    "61": "amount over limit", "62": "restricted card", "63": "security violation",
    "65": "frequency limit or PIN required",
    "68": "answer came too late", "75": "PIN tries exceeded", "81": "PIN cannot be read", "90": "cut-over in process",
    "91": "issuer or switch inoperative", "92": "no route to issuer", "94": "duplicate", "96": "system malfunction",
}  # fmt: skip


def meaning_of(code: str | None) -> str:
    """DE 39 (in 1987 terms) in a few words (after ISO 8583-1:1987 annex A)."""
    return _MEANINGS.get(code or "", "unknown code" if code else "no response code")
