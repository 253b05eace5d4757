"""The answers of an issuer that approves everything: made once for each shape of request, and then by pattern."""

from __future__ import annotations

from dataclasses import dataclass

from saklar.bench.load.shape import Anatomy, Shape, Shapes, anatomy, frame_end
from saklar.codecs import Dialect, Framing, Message, native_response_code
from saklar.codecs.mti import is_request, message_class, response_mti
from saklar.switch.engine.messages import NOT_RETURNED, answer_to

NETWORK_MANAGEMENT = "8"


@dataclass(frozen=True, eq=False, slots=True)
class _Reply:
    """What answers requests of a shape: their own bytes, with what an answer has instead between them."""

    shape: Shape
    template: bytes


class Approver:
    """Approves what comes on one connection, and says it as the request did but for MTI, DE 39 and card secrets."""

    def __init__(self, dialect: Dialect, rule: Framing, *, learns: bool = True) -> None:
        self._dialect = dialect
        self._rule = rule
        self._learns = learns
        self._shapes = Shapes()
        self._templates: dict[Shape, bytes] = {}
        self._rest = b""

    def answers(self, data: bytes) -> bytes:
        """Framed answers to all requests that are whole now.

        Raises:
            CodecError: what came is no message.
            FrameError: what came is no frame.
        """
        data = self._rest + data
        if self._shapes:
            shape = self._shapes.latest
            found = shape.all(data)
            if found is not None:
                template = self._templates[shape]
                answers = b"".join([template % parts for parts in found])
                return answers + self._one_by_one(data[len(found) * shape.size :])
        return self._one_by_one(data)

    def _one_by_one(self, data: bytes) -> bytes:
        answers, at = [], 0
        while at < len(data):
            known = self._shapes.at(data, at)
            if known is not None:
                shape, match = known
                answers.append(self._templates[shape] % match.groups())
                at = match.end()
                continue
            end = frame_end(self._rule, data, at)
            if end is None:
                break
            answers.append(self._in_full(data[at:end]))
            at = end
        self._rest = data[at:]
        return b"".join(answers)

    def _in_full(self, frame: bytes) -> bytes:
        request = self._dialect.decode(frame[self._rule.size :])
        if not is_request(request.mti):
            return b""
        if message_class(request.mti) == NETWORK_MANAGEMENT:
            return self._rule.encode(bytes(answer_to(request, "00")))
        answer = approval(request)
        answered = self._rule.encode(bytes(answer))
        if self._learns and not self._shapes.full:
            reply = _learned(frame, request, answered, answer)
            if reply is not None:
                self._shapes.learn(reply.shape)
                self._templates[reply.shape] = reply.template
        return answered


def approval(request: Message) -> Message:
    """The answer to a request, made in full."""
    answer = request.without(NOT_RETURNED)
    answer.mti = response_mti(request.mti)
    answer[39] = native_response_code(request.dialect, "00", answer.mti)
    return answer


def _learned(frame: bytes, request: Message, answered: bytes, answer: Message) -> _Reply | None:
    """How requests of this one's shape are answered; None where that does not give this very answer."""
    asked = anatomy(frame, request)
    said = anatomy(answered, request.dialect.decode(bytes(answer)))
    if asked is None or said is None:
        return None
    reply = _Reply(Shape.of(asked, _parts(asked, said)), _template(asked, said))
    match = reply.shape.pattern.fullmatch(frame)
    return reply if match is not None and reply.template % match.groups() == answered else None


def _kept(asked: Anatomy, said: Anatomy) -> list[tuple[bool, list[int]]]:
    """The elements of the request in runs, each of which the answer repeats in a row, or leaves out."""
    numbers = [piece.number for piece in said.pieces]
    runs: list[tuple[bool, list[int]]] = []
    for piece in asked.pieces:
        is_said = piece.number in said and said[piece.number].whole == piece.whole
        if runs and runs[-1][0] is is_said and (not is_said or _follows(numbers, runs[-1][1][-1], piece.number)):
            runs[-1][1].append(piece.number)
        else:
            runs.append((is_said, [piece.number]))
    return runs


def _follows(numbers: list[int], first: int, second: int) -> bool:
    return numbers.index(second) == numbers.index(first) + 1


def _parts(asked: Anatomy, said: Anatomy) -> list[tuple[bytes, bool]]:
    parts = [(b"".join(asked[number].pattern for number in run), is_said) for is_said, run in _kept(asked, said)]
    # Two groups at least, as one alone is found as bytes and not as a tuple.
    return [*parts, (b"", True), (b"", True)]


def _template(asked: Anatomy, said: Anatomy) -> bytes:
    kept = [run for is_said, run in _kept(asked, said) if is_said]
    inside = {number for run in kept for number in run}
    begins = {run[0] for run in kept}
    pieces = [_escaped(said.head)]
    for piece in said.pieces:
        if piece.number in begins:
            pieces.append(b"%b")
        elif piece.number not in inside:
            pieces.append(_escaped(piece.whole))
    return b"".join([*pieces, b"%b%b"])


def _escaped(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")
