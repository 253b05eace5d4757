"""Many plays on the same links: whom of them a message is for, found without asking each."""

from __future__ import annotations

from collections.abc import Mapping

from saklar.codecs import Message
from saklar.codecs.mti import is_request, response_mti
from saklar.network_sim.scenario.seat import Seat

Key = tuple[str, str, str, str]
"""Party, type of the answer, STAN, terminal."""


class Crowd:
    """The plays of a stage. An answer is for the play that asked; all else, for the one of its reference number."""

    def __init__(self) -> None:
        self._by_request: dict[Key, Seat] = {}
        self._by_reference: dict[str, Mapping[str, Seat]] = {}
        self._plays: dict[Seat, tuple[Mapping[str, Seat], set[Key], set[str]]] = {}

    def join(self, seats: Mapping[str, Seat]) -> None:
        """A play begins; its seats by party."""
        member = (seats, set[Key](), set[str]())
        for seat in seats.values():
            self._plays[seat] = member

    def leave(self, seats: Mapping[str, Seat]) -> None:
        """It is over: what comes for it now is for nobody."""
        for seat in seats.values():
            _, keys, references = self._plays.pop(seat)
            for key in keys:
                if self._by_request.get(key) in seats.values():
                    del self._by_request[key]
            for reference in references:
                if self._by_reference.get(reference) is seats:
                    del self._by_reference[reference]
            keys.clear()
            references.clear()

    def sent(self, party: str, seat: Seat, message: Message) -> None:
        """A party sent something for a play."""
        seats, keys, references = self._plays[seat]
        reference = message.get(37)
        if reference:
            references.add(reference)
            self._by_reference[reference] = seats
        if is_request(message.mti):
            answer, stan = response_mti(message.mti), message.get(11) or ""
            for terminal in {message.get(41) or "", ""}:
                key = (party, answer, stan, terminal)
                keys.add(key)
                self._by_request[key] = seat

    def seat_for(self, party: str, message: Message) -> Seat | None:
        """Whom something that came to a party is for."""
        if not is_request(message.mti):
            stan = message.get(11) or ""
            for terminal in (message.get(41) or "", ""):
                seat = self._by_request.get((party, message.mti, stan, terminal))
                if seat is not None:
                    return seat
        return self._by_reference.get(message.get(37) or "", {}).get(party)
