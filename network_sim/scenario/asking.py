"""What parts of the network can be asked, and the names of what they say."""

from __future__ import annotations

from collections.abc import Mapping

from saklar.switch.engine import TransactionRecord

_SEALED = frozenset({"pan", "kept", "answer", "request_key", "fingerprint", "id"})

JOURNAL_NAMES = tuple(name for name in TransactionRecord._fields if name not in _SEALED)
SAF_NAMES = ("queued", "parked")
ACCOUNT_NAMES = ("balance", "status", "wrong_pins")
LINK_NAMES = ("connections",)

NAMES: Mapping[str, tuple[str, ...]] = {
    "journal": JOURNAL_NAMES,
    "saf": SAF_NAMES,
    "account": ACCOUNT_NAMES,
    "link": LINK_NAMES,
    "counters": (),
}
"""By part: its names. Counters are named by the switch as it counts."""

NEEDS_SUBJECT = {"journal": "a message, as in: journal of acq1's 0200", "account": "a card, as in: account of gold"}

PARTY_VERBS = frozenset(
    {"connects", "disconnects", "reconnects", "aborts", "signs on", "signs off", "freezes", "resumes", "goes half-open"}
    | {"refuses", "accepts", "dies", "starts", "restarts", "heals"}
)
