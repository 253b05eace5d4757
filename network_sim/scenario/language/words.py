"""The words of the language, as tables: what a line may begin with, and what may follow."""

from __future__ import annotations

MANY = 99

DECLARATIONS = (
    *("include", "var", "secret", "card", "acquirer", "issuer", "proxy", "network", "defaults", "template"),
    "terminals",
)
"""First words of declarations."""

BLOCKS = ("meanwhile", "together", "repeat", "for", "only")
PLAIN_STEPS = ("save", "check", "wait", "note")
ASKS = ("journal", "saf", "counters", "account", "link")
"""Parts of the network that can be asked about themselves."""

PARTY_VERBS = ("sends", "answers", "expects", "allows", "now")

ACTS = {
    "connects": "opens its connection",
    "disconnects": "closes its connection",
    "reconnects": "closes its connection and opens it again",
    "aborts": "resets its connection",
    "signs on": "sends a sign-on and waits for its answer",
    "signs off": "sends a sign-off and waits for its answer",
    "freezes": "reads and writes nothing more, or holds up what is written to it",
    "resumes": "goes on with it",
    "goes half-open": "is gone, and its peer is not told",
    "refuses": "takes no connection",
    "accepts": "takes connections again",
    "dies": "ends at once, as if killed",
    "starts": "starts again",
    "restarts": "ends at once and starts again",
    "drains": "stops in order",
    "fails": "answers every command with an error, or takes no data",
    "recovers": "works again",
    "heals": "forgets the rules that steps gave it",
}
"""Verbs of steps that act on a part of the network, and what it then does."""

PART_VERBS = {
    "switch": frozenset({"dies", "starts", "restarts", "drains"}),
    "hsm": frozenset({"dies", "starts", "restarts", "freezes", "resumes", "fails", "recovers", "heals"}),
    "disk": frozenset({"fails", "recovers", "freezes", "resumes"}),
}
"""What can be done to a part of the network that is no party."""

SETTINGS = {"card": (1, 1), "amount": (1, 2), "partial": (1, 2), "pin": (1, 1), "of": (1, 1), "header": (1, MANY)}
"""Words of a message that are no elements, and how many values each has; `of` names the original by its label."""

MONEY_SETTINGS = ("amount", "partial")
"""Those whose second value is a currency."""

CARD_OPTIONS = {
    "expiry": (1, 1),
    "pin": (1, 1),
    "service": (1, 1),
    "sequence": (1, 1),
    "balance": (1, 2),
    "limit": (1, 2),
    "status": (1, 1),
    "pin-required": (0, 0),
    "cvk": (1, 1),
    "imk": (1, 1),
    "name": (1, 1),
}
"""Of a card; `cvk` and `imk` are keys under the test LMK, for its CVV and its cryptograms."""

PARTY_OPTIONS = {
    "dialect": (1, 1),
    "framing": (1, 1),
    "zpk": (1, 1),
    "tpk": (1, 1),
    "lmk": (1, 1),
    "pin-format": (1, 1),
    "mac": (1, 3),
    "bins": (1, MANY),
    "issuers": (1, MANY),
    "connections": (1, 1),
    "terminals": (1, MANY),
    "merchant": (1, 1),
    "merchant-type": (1, 1),
    "acquirer-id": (1, 1),
    "currency": (1, 1),
    "timeout": (1, 2),
    "cents": (0, 0),
    "by-hand": (0, 0),
}
"""Of a party. Two more are said in two words: `keeps accounts`, `signs on`."""

TERMINALS_OPTIONS = {"each": (1, 1), "cards": (1, MANY), "in": (1, 1)}
"""Of terminals: how often each begins a case, their cards in turn, a table of them."""

NETWORK_OPTIONS = {"shared": (0, 0), "real-time": (0, 0)}

TWO_WORD_OPTIONS = {("keeps", "accounts"): "accounts", ("signs", "on"): "signs-on"}

ACTIONS = (
    *("answer", "accounts", "silence", "disconnect", "abort"),
    *("change", "drop", "delay", "duplicate", "reorder", "corrupt", "truncate", "split", "glue"),
    *("bandwidth", "freeze", "half-open", "inject"),
)
"""What a rule may do."""

WITH_MESSAGE = frozenset({"answer", "change", "inject"})
"""Actions that say elements of a message."""

CALLS = {
    "echo": (0, 1),
    "original": (0, 1),
    "present": (0, 0),
    "absent": (0, 0),
    "any": (0, 0),
    "valid": (0, 0),
    "generated": (0, 0),
    "today": (0, 0),
    "now": (0, 0),
    "random": (0, 1),
    "set": (0, 0),
}
"""Values that are not meant literally, and how many arguments each may have; in quotes they are literal."""

UNITS_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}

CLAUSES = ("within", "for", "after", "as", "to", "and")
"""Words that end the elements of a message and say more about the step."""

RESERVED = frozenset(
    {*DECLARATIONS, *BLOCKS, *PLAIN_STEPS, *ASKS, *PARTY_VERBS, *CLAUSES, "scenario", "tags", "switch", "hsm", "disk"}
)
"""No party, template, label or variable can be called so."""
