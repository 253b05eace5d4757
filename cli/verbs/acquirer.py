"""`saklar acquirer`: a simulated acquirer, as a terminal fleet would send."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import trio
import typer

from saklar.cli.service import address_option, fail, failing, reason_of
from saklar.codecs import CodecError, Message, mask_pan, meaning_of, response_code
from saklar.hsm_sim import HsmError
from saklar.network_sim import Acquirer, NoAnswer, TestCard, load_acquirer
from saklar.network_sim.terminal import ECHO
from saklar.switch import ConfigurationError

MINOR_UNITS = 100


@dataclass(frozen=True)
class _Plan:
    """What to send."""

    card: TestCard | None
    amount: int
    pin: str | None
    count: int
    reverse: bool
    echo: bool
    messages: list[dict[str, object]]
    as_json: bool


def acquirer(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="Who the acquirer is, and its cards, a TOML file.")],
    *,
    connect: Annotated[str | None, typer.Option(help="HOST:PORT instead of the file's.")] = None,
    card: Annotated[str | None, typer.Option(help="A card of the file by name; by default its first.")] = None,
    amount: Annotated[str, typer.Option(help="Amount of the purchase, as in 10.50.")] = "10.00",
    pin: Annotated[str | None, typer.Option(help="The PIN as typed; by default the card's.")] = None,
    count: Annotated[int, typer.Option(help="How many purchases, one after the other.", min=1)] = 1,
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse each purchase after its answer.")] = False,
    echo: Annotated[bool, typer.Option("--echo", help="Send an echo test instead of a purchase.")] = False,
    messages: Annotated[
        Path | None,
        typer.Option(
            help='JSON lines to send instead: {"mti": "0200", "fields": {"4": "…"}, "card": "…", "pin": "…"}.'
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each answer as a line of JSON, PANs masked.")] = False,
) -> None:
    """Send purchases (or given messages) as a terminal would, and print each answer.

    What nobody says is generated: STAN, RRN, dates, terminal, and the PIN block under the acquirer's key. Exit
    code 0 when every message was answered, 1 when one was not, 2 when something cannot be used.
    """
    try:
        configuration = load_acquirer(config)
        if connect is not None:
            configuration = configuration.model_copy(update={"connect": address_option("--connect", connect)})
        chosen = configuration.card_named(card) if card else next(iter(configuration.card), None)
        plan = _Plan(chosen, _minor(amount), pin, count, reverse, echo, _lines(messages), as_json)
        party = Acquirer(configuration)
    except (ConfigurationError, HsmError) as error:
        raise fail(str(error)) from None
    except KeyError as error:
        raise fail(f"{config}: {error.args[0]}") from None
    if chosen is None and not echo and not messages:
        raise fail(f"{config}: card: it has none, so give --messages or --echo")
    with (
        failing((NoAnswer, CodecError, ValueError, KeyError), reason_of),
        failing(OSError, lambda error: f"cannot connect to {configuration.connect}: {reason_of(error)}"),
    ):
        answered = trio.run(_send, party, plan)
    raise SystemExit(0 if answered else 1)


async def _send(party: Acquirer, plan: _Plan) -> bool:
    """Whether every message was answered."""
    answered = True
    async with trio.open_nursery() as nursery:
        await nursery.start(party.run)
        for message in _messages(party, plan):
            answer = await _exchange(party, message, plan)
            answered &= answer is not None
            if plan.reverse and answer is not None:
                answered &= await _exchange(party, party.fleet.reversal(message), plan) is not None
        nursery.cancel_scope.cancel()
    return answered


def _messages(party: Acquirer, plan: _Plan) -> Iterator[Message]:
    fleet = party.fleet
    if plan.messages:
        for line in plan.messages:
            yield _given(party, line)
    elif plan.echo:
        yield fleet.network(ECHO)
    else:
        assert plan.card is not None
        for _ in range(plan.count):
            yield fleet.purchase(plan.card, plan.amount, pin=plan.pin)


def _given(party: Acquirer, line: dict[str, object]) -> Message:
    fields = line.get("fields", {})
    card = party.configuration.card_named(str(line["card"])) if "card" in line else None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise ValueError("fields: an object of texts in quotes is expected")
    elements = {int(key): value for key, value in fields.items()}
    pin = str(line["pin"]) if "pin" in line else None
    return party.fleet.message(str(line.get("mti", "0200")), elements, card=card, pin=pin)


async def _exchange(party: Acquirer, message: Message, plan: _Plan) -> Message | None:
    began = time.perf_counter()
    try:
        answer: Message | None = await party.request(message)
    except NoAnswer:
        answer = None
    _print(message, answer, (time.perf_counter() - began) * 1000, as_json=plan.as_json)
    return answer


def _print(message: Message, answer: Message | None, elapsed_ms: float, *, as_json: bool) -> None:
    code = response_code(answer) if answer else None
    if as_json:
        shown = answer.describe() if answer else None
        print(json.dumps({"sent": message.describe(), "answer": shown, "rc": code, "ms": round(elapsed_ms, 2)}))  # noqa: T201
        return
    amount = f"{int(message[4]) / MINOR_UNITS:.2f}" if 4 in message else ""
    said = f"{answer.mti} {code} {meaning_of(code)}" if answer else "no answer"
    approval = f" ({answer[38]})" if answer and 38 in answer else ""
    pan = mask_pan(message.get(2) or "")
    print(f"{message.mti} {pan:19} {amount:>12}  ->  {said}{approval}  {elapsed_ms:.1f} ms")  # noqa: T201


def _minor(amount: str) -> int:
    try:
        minor = Decimal(amount) * MINOR_UNITS
    except InvalidOperation:
        minor = Decimal("NaN")
    if not (minor.is_finite() and minor == int(minor) and 0 <= minor < 10**12):
        raise fail(f"--amount: {amount!r} is no amount: 10.50 is one")
    return int(minor)


def _lines(path: Path | None) -> list[dict[str, object]]:
    if path is None:
        return []
    try:
        text = path.read_text()
    except OSError as error:
        raise fail(f"{path}: {error.strerror}") from None
    parsed = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError as error:
            raise fail(f"{path}: line {number}: not JSON: {error}") from None
        if not isinstance(document, dict):
            raise fail(f"{path}: line {number}: a JSON object is expected")
        parsed.append(document)
    return parsed
