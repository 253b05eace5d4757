"""Where bytes become messages: listening, dialling, framing, and the bounds that keep one peer from hurting another."""

from saklar.switch.links.address import Address
from saklar.switch.links.backoff import backoff
from saklar.switch.links.connection import LinkConnection
from saklar.switch.links.ear import Ear
from saklar.switch.links.outbox import Outbox, Outboxes
from saklar.switch.links.stream import FramedStream, FrameTimeout

__all__ = ["Address", "Ear", "FrameTimeout", "FramedStream", "LinkConnection", "Outbox", "Outboxes", "backoff"]
