"""The transaction engine, sans-I/O: events in, effects out, time and randomness passed in.

It holds the whole life of a transaction and nothing else does. Drive it with `Engine.handle` and
`Engine.tick`, and do what the effects say, in their order.
"""

from saklar.switch.engine.effects import Close, Effect, HsmCall, Note, Send, Store
from saklar.switch.engine.engine import Engine
from saklar.switch.engine.events import (
    Committed,
    Connected,
    Disconnected,
    Draining,
    Event,
    HsmDone,
    JournalDown,
    JournalUp,
    Malformed,
    Received,
)
from saklar.switch.engine.model import Link, PinKey, Role
from saklar.switch.engine.record import NOTHING, Record, Recovered, SafRecord, TransactionChange, TransactionRecord
from saklar.switch.engine.routing import BinRange, Facts, Route, RouteError, RoutingTable, mti_prefix

__all__ = [
    "NOTHING",
    "BinRange",
    "Close",
    "Committed",
    "Connected",
    "Disconnected",
    "Draining",
    "Effect",
    "Engine",
    "Event",
    "Facts",
    "HsmCall",
    "HsmDone",
    "JournalDown",
    "JournalUp",
    "Link",
    "Malformed",
    "Note",
    "PinKey",
    "Received",
    "Record",
    "Recovered",
    "Role",
    "Route",
    "RouteError",
    "RoutingTable",
    "SafRecord",
    "Send",
    "Store",
    "TransactionChange",
    "TransactionRecord",
    "mti_prefix",
]
