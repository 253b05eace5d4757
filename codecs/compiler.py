"""Straight-line code for the messages that a dialect really sees.

For a bitmap, a `Plan` finds where each element ends, with no loop and no test that the bitmap has already answered.
A compiled plan knows good messages only: whatever is not exactly as it should be is left to `walk`, which says what
is wrong, or takes it all the same. So compiled code is fast and never a second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from saklar.codecs.charsets import Charset
from saklar.codecs.content import Binary, Content, Hex, Packed, SignedAmount, Text
from saklar.codecs.fault import Fault
from saklar.codecs.layout import Layout, Read, check_parts
from saklar.codecs.quick import length_bytes
from saklar.codecs.wire import Coder

if TYPE_CHECKING:
    from saklar.codecs.plan import Plan, Splice

Subject = bytes | str
"""What a plan looks at: a message's bytes or, where it is one character set throughout, its text."""

Anchors = tuple[int, ...]
"""Where the bitmaps end, and then every element whose end the bitmap alone does not tell."""

Scan = Callable[[Any], Anchors | None]
Values = Callable[[Any, Anchors], dict[Any, str]]
Same = Callable[[Any, Anchors, Any, Anchors], bool]
Change = Callable[[str, Any, Anchors, Mapping[int, str | None]], bytes | None]

Place = tuple[int, int, int, int, Read | None]
"""Where an element is: (first, start, last, end, read).

It goes from `start` bytes after the anchor `first` to `end` bytes after the anchor `last`. Of a text `start` is where
its data begins, and without `read` the slice is its value; of bytes it is where its length begins. A plain tuple
unpacks twice as fast as anything with names.
"""


def compile_scan(plan: Plan, coders: list[Coder], head: int, *, strict: bool) -> Scan:
    """The scan function of a plan.

    It is made as text, since a loop over elements costs more than the work on them: the same scan as a loop
    reads about a quarter as many messages.
    """
    lines = ["def scan(d):", "  try:"]
    namespace: dict[str, object] = {"Fault": Fault}
    for number, coder in zip(plan.numbers, coders, strict=True):
        lines += [f"    {line}" for line in _element_lines(plan, head, number, coder, namespace)]
    last, rest = plan.begins[0]
    anchors = ", ".join(_at(head, index, 0) for index in range(last + 1))
    if strict:
        namespace["check"] = _strict_check(plan, coders)
        lines.append(f"    if {_at(head, last, rest)} > len(d) or not check(d, ({anchors},)): return None")
    lines.append(f"    return ({anchors},) if {_at(head, last, rest)} == len(d) else None")
    lines += ["  except (LookupError, Fault):", "    return None"]
    exec("\n".join(lines), namespace)  # noqa: S102 (of numbers and names made here)
    scan: Scan = namespace["scan"]  # type: ignore[assignment]
    return scan


def _at(head: int, anchor: int, offset: int, name: str = "a") -> str:
    """Code for a place: the first anchor is known when the code is made."""
    if anchor == 0:
        return str(head + offset)
    return f"{name}{anchor} + {offset}" if offset else f"{name}{anchor}"


def _element_lines(plan: Plan, head: int, number: int, coder: Coder, namespace: dict[str, object]) -> Iterator[str]:
    """Code that finds the end of an element, if the bitmap does not tell it, and checks what the bytes can be wrong in.

    Where there is no such code for a kind of element, the code calls its coder.
    """
    anchor, offset = plan.begins[number]
    _, _, last, after, _ = plan.places[number]
    content, prefix = coder.content, coder.prefix
    begin, data, end = (_at(head, *where) for where in ((anchor, offset), (anchor, offset + prefix), (last, after)))
    table = _table(coder, plan.text)
    varies = last != anchor
    if varies and (table is None or type(content) not in (Text, Binary, Hex, Packed)):
        namespace |= {f"end{number}": coder.end, f"read{number}": coder.read}
        yield f"a{last} = end{number}(d, {begin})"
        yield f"read{number}(d, {begin}, a{last})"
        return
    if varies:
        namespace[f"t{number}"] = table
        size = _size(content, f"t{number}[d[{begin}:{data}]]")
        if size.startswith("t"):
            yield f"a{last} = {data} + {size}"
        else:
            yield f"n = t{number}[d[{begin}:{data}]]"
            yield f"a{last} = {data} + {_size(content, 'n')}"
    if plan.text is None:
        yield from _content_lines(number, coder, data, end, namespace)


def _size(content: Content, units: str) -> str:
    """Code for the bytes of so many units."""
    if isinstance(content, Packed) and content.unit_is_digit:
        return f"({units} + 1) // 2"
    return f"2 * {units}" if isinstance(content, Hex) and content.unit == "bytes" else units


def _content_lines(number: int, coder: Coder, begin: str, end: str, namespace: dict[str, object]) -> Iterator[str]:
    """Code that looks at data which may be wrong in itself."""
    content = coder.content
    if isinstance(content, Packed) and content.unit_is_digit:
        if coder.prefix:
            yield f"if n & 1 and {_wrong_fill(content, begin, end)}: return None"
        elif coder.most % 2:
            yield f"if {_wrong_fill(content, begin, end)}: return None"
    elif isinstance(content, SignedAmount):
        namespace[f"read{number}"] = coder.read
        yield f"read{number}(d, {begin}, {end})"
    elif isinstance(content, Text | Hex) and content.charset.name == "ascii":
        yield f"if not d[{begin}:{end}].isascii(): return None"
    elif isinstance(content, Text | Hex) and not content.charset.total:
        namespace[f"read{number}"] = coder.content.read
        yield f"read{number}(d[{begin}:{end}], 0)"


def _wrong_fill(content: Packed, begin: str, end: str) -> str:
    """A test for the half byte that completes an odd number of digits."""
    if content.odd is None:
        return "True"
    expected = int(content.odd.character, 16)
    return f"d[{begin}] >> 4 != {expected}" if content.odd.side == "left" else f"d[{end} - 1] & 15 != {expected}"


def _table(coder: Coder, text: Charset | None) -> Mapping[Any, int] | None:
    """The table of the lengths that an element may have, if its lengths have one."""
    if coder.length is not None and text is not None:
        return _length_texts(coder.length.size, coder.most)
    return length_bytes(coder)


@cache
def _length_texts(size: int, most: int) -> dict[str, int]:
    """Lengths by their characters."""
    return {f"{value:0{size}d}": value for value in range(most + 1)}


def _strict_check(plan: Plan, coders: list[Coder]) -> Callable[[Any, Anchors], bool]:
    """Whether every value is what its format allows."""
    elements = [coder.element for coder in coders]

    def check(subject: Subject, anchors: Anchors) -> bool:
        for element, value in zip(elements, plan.values(subject, anchors).values(), strict=True):
            if element.problem(value) is not None:
                return False
            if element.parts is not None:
                check_parts(element.parts.split(element.parts.content(value)))
        return True

    return check


def compile_values(head: int, places: Mapping[int, Place], key: str) -> Values:
    """What makes a dict of all values of a text; straight-line code for the same reason as the scan."""
    slices = ", ".join(
        f"{key.format(number)}: d[{_at(head, first, start)}:{_at(head, last, end)}]"
        for number, (first, start, last, end, _) in places.items()
    )
    anchors = ", ".join(f"a{index}" for index in range(max((place[2] for place in places.values()), default=0) + 1))
    namespace: dict[str, object] = {}
    exec(f"def values(d, a):\n  {anchors}, = a\n  return {{{slices}}}", namespace)  # noqa: S102 (as above)
    values: Values = namespace["values"]  # type: ignore[assignment]
    return values


def compile_same(one: Plan, other: Plan, numbers: Collection[int]) -> Same:
    """What tells whether two messages of one dialect have the same bytes for elements that both have.

    Elements that stand one after the other in both are one comparison.
    """
    follows, follows_there = dict(pairwise(one.numbers)), dict(pairwise(other.numbers))
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and follows.get(runs[-1][1]) == follows_there.get(runs[-1][1]) == number:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    compared = [f"d[{_span(one, *run, 'a')}] == e[{_span(other, *run, 'b')}]" for run in runs]
    unpacked = [
        f"{', '.join(f'{name}{index}' for index in range(plan.begins[0][0] + 1))}, = {name}"
        for plan, name in ((one, "a"), (other, "b"))
    ]
    namespace: dict[str, object] = {}
    code = ["def same(d, a, e, b):", *unpacked, f"return {' and '.join(compared) or True}"]
    exec("\n  ".join(code), namespace)  # noqa: S102 (as above)
    same: Same = namespace["same"]  # type: ignore[assignment]
    return same


def _span(plan: Plan, first: int, last: int, name: str) -> str:
    """Code for where elements that follow one another begin and end."""
    (begin, start, _, _, _), (_, _, anchor, end, _) = plan.places[first], plan.places[last]
    return f"{_at(plan.head, begin, start, name)}:{_at(plan.head, anchor, end, name)}"


def values_of(places: Mapping[int, Place], key: type = int) -> Values:
    """What makes a dict of all values by their readers."""
    reads = [(key(number), *place) for number, place in places.items()]
    return lambda subject, anchors: {
        number: read(subject, anchors[first] + start, anchors[last] + end)
        for number, first, start, last, end, read in reads
        if read is not None
    }


def compile_byte_values(plan: Plan, coders: list[Coder], head: int) -> Values:
    """The same of bytes: they are made text once, as hex and by each character set, and values are slices of these."""
    texts: dict[str, str] = {}
    namespace: dict[str, object] = {}
    lines: list[str] = []
    values: list[str] = []
    for number, coder in zip(plan.numbers, coders, strict=True):
        anchor, offset = plan.begins[number]
        _, _, last, after, read = plan.places[number]
        begin, data, end = (
            _at(head, *where) for where in ((anchor, offset), (anchor, offset + coder.prefix), (last, after))
        )
        content = coder.content
        whole = _whole_text(content)
        if whole is not None:
            name = texts.setdefault(whole, f"x{len(texts)}")
            values.append(f"{number}: {name}[{data}:{end}]")
        elif type(content) is Binary:
            name = texts.setdefault("d.hex().upper()", f"x{len(texts)}")
            values.append(f"{number}: {name}[2 * ({data}):2 * ({end})]")
        elif type(content) is Packed and content.unit_is_digit and (coder.length is None or length_bytes(coder)):
            name = texts.setdefault("d.hex().upper()", f"x{len(texts)}")
            first = 1 if content.odd is not None and content.odd.side == "left" else 0
            track = ".replace('D', '=')" if content.is_track else ""
            if coder.length is None:
                start = f"2 * ({begin}) + {first if coder.most % 2 else 0}"
                values.append(f"{number}: {name}[{start}:{start} + {coder.most}]{track}")
            else:
                namespace[f"t{number}"] = length_bytes(coder)
                lines.append(f"n{number} = t{number}[d[{begin}:{data}]]")
                lines.append(f"s{number} = 2 * ({data}) + (n{number} & {first})")
                values.append(f"{number}: {name}[s{number}:s{number} + n{number}]{track}")
        else:
            namespace[f"r{number}"] = read
            values.append(f"{number}: r{number}(d, {begin}, {end})")
    anchors = ", ".join(f"a{index}" for index in range(plan.begins[0][0] + 1))
    lines = [f"{anchors}, = a", *(f"{name} = {text}" for text, name in texts.items()), *lines]
    source = ["def values(d, a):", *(f"  {line}" for line in lines), f"  return {{{', '.join(values)}}}"]
    exec("\n".join(source), namespace)  # noqa: S102 (as above)
    made: Values = namespace["values"]  # type: ignore[assignment]
    return made


def _whole_text(content: Content) -> str | None:
    """Code that makes text of all of a message at once, each byte a character; None where that cannot be done."""
    if type(content) is not Text or content.charset.codec is None:
        return None
    if content.charset.codec == "ascii":  # what is none has been refused where ASCII is due
        return "d.decode('latin-1')"
    return f"d.decode({content.charset.codec!r})" if content.charset.total else None


def compile_splice(splice: Splice, plan: Plan, layout: Layout, text: Charset) -> Change:
    """What writes a changed text."""
    head = layout.mti_size + len(plan.bitmap)
    anchors = ", ".join(f"a{index}" for index in range(plan.begins[0][0] + 1))
    lines, pieces = ["if len(mti) != 4: return None", f"{anchors}, = a"], ["mti", repr(text.decode(splice.bitmap))]
    for first, start, last, end, number in splice.steps:
        if (first, start) != (last, end):
            pieces.append(f"d[{_at(head, first, start)}:{_at(head, last, end)}]")
        if number:
            coder = layout.coders[number]
            lines += value_lines(coder, f"v[{number}]", str(number))
            pieces += [f"n{number}"] if coder.prefix else []
            pieces.append(f"v{number}")
    return compile_write("mti, d, a, v", lines, pieces, text)


def compile_byte_splice(splice: Splice, plan: Plan, layout: Layout) -> Change:
    """What writes changed bytes."""
    head = layout.mti_size + len(plan.bitmap)
    anchors = ", ".join(f"a{index}" for index in range(plan.begins[0][0] + 1))
    namespace: dict[str, object] = {"mti_bytes": layout.write_mti, "Fault": Fault, "bitmap": splice.bitmap}
    pieces = ["mti_bytes(mti)", "bitmap"]
    for first, start, last, end, number in splice.steps:
        if (first, start) != (last, end):
            pieces.append(f"d[{_at(head, first, start)}:{_at(head, last, end)}]")
        if number:
            namespace[f"w{number}"] = layout.writers[number]
            pieces.append(f"w{number}(v[{number}])")
    source = ["def write(mti, d, a, v):", f"  {anchors}, = a", "  try:"]
    source += [f"    return b''.join(({', '.join(pieces)}))"]
    source += ["  except (Fault, TypeError, AttributeError, KeyError):", "    return None"]
    exec("\n".join(source), namespace)  # noqa: S102 (as above)
    write: Change = namespace["write"]  # type: ignore[assignment]
    return write


def value_lines(coder: Coder, value: str, name: str) -> Iterator[str]:
    """Code that takes a value, and its length in front of it, where they are as they should be."""
    yield f"v{name} = {value}; n = len(v{name})"
    yield f"if n {'>' if coder.prefix else '!='} {coder.most}: return None"
    if coder.prefix:
        yield f"n{name} = l{coder.prefix}[n]"


def compile_write(arguments: str, lines: list[str], pieces: list[str], text: Charset) -> Callable[..., bytes | None]:
    """A function that joins texts, or gives None where one of them is none or cannot be encoded.

    Made as text, as a plan's scan is: one join of names is some five times as fast as a loop over elements.
    """
    source = [f"def write({arguments}):", "  try:"]
    source += [f"    {line}" for line in lines]
    source += [f"    return encode(''.join(({', '.join(pieces)})))"]
    source += ["  except (TypeError, KeyError, UnicodeEncodeError):", "    return None"]
    namespace: dict[str, object] = {f"l{size}": stated_lengths(size) for size in (1, 2, 3, 4)}
    namespace["encode"] = text.encode
    exec("\n".join(source), namespace)  # noqa: S102 (as above)
    write: Callable[..., bytes | None] = namespace["write"]  # type: ignore[assignment]
    return write


@cache
def stated_lengths(size: int) -> list[str]:
    """Every length that so many digits can state."""
    return [f"{length:0{size}d}" for length in range(10**size)]
