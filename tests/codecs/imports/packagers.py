"""Small jPOS packagers, written by hand for the tests."""

from saklar.codecs import parse_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.jpos import from_jpos

HEAD = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE isopackager PUBLIC "-//jPOS/jPOS Generic Packager DTD 1.0//EN" "http://jpos.org/dtd/generic-packager-1.0.dtd">
"""


def attributes(more):
    return "".join(f' {key}="{value}"' for key, value in more.items())


def field(number, class_, length, **more):
    return f'<isofield id="{number}" length="{length}" name="a field" class="org.jpos.iso.{class_}"{attributes(more)}/>'


def divided(number, class_, length, *fields, packager="GenericSubFieldPackager", **more):
    name = packager if "." in packager else f"org.jpos.iso.packager.{packager}"
    return (
        f'<isofieldpackager id="{number}" length="{length}" name="parts" class="org.jpos.iso.{class_}" '
        f'packager="{name}"{attributes(more)}>{"".join(fields)}</isofieldpackager>'
    )


MTI = field(0, "IFA_NUMERIC", 4)
BITMAP = field(1, "IFA_BITMAP", 16)


def packager(*fields, mti=MTI, bitmap=BITMAP, **more):
    return f"{HEAD}<isopackager{attributes(more)}>{mti}{bitmap}{''.join(fields)}</isopackager>"


def dialect(text):
    return parse_dialect(to_toml(from_jpos(text)))


def rows(text):
    """Fields from lines of numbers (with ranges), class and length; with an L behind the length, pad is true."""
    return [row(number, *line.split()[1:]) for line in text.strip().splitlines() for number in numbers(line.split()[0])]


def numbers(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def row(number, class_, length):
    return field(number, class_, length.rstrip("L"), pad=str(length.endswith("L")).lower())


ISO87A = packager(
    *rows(
        """
        2 IFA_LLNUM 19
        3,11,12 IFA_NUMERIC 6
        4-6 IFA_NUMERIC 12
        7 IFA_NUMERIC 10
        8-10 IFA_NUMERIC 8
        13-18 IFA_NUMERIC 4
        19-24 IFA_NUMERIC 3
        25,26 IFA_NUMERIC 2
        27 IFA_NUMERIC 1
        28-31 IFA_AMOUNT 9
        32,33 IFA_LLNUM 11
        34 IFA_LLCHAR 28
        35 IFA_LLNUM 37
        36 IFA_LLLCHAR 104
        37 IF_CHAR 12
        38 IF_CHAR 6
        39 IF_CHAR 2
        40,49-51 IF_CHAR 3
        41 IF_CHAR 8
        42 IF_CHAR 15
        43 IF_CHAR 40
        44 IFA_LLCHAR 25
        45 IFA_LLCHAR 76
        46-48,54-63 IFA_LLLCHAR 999
        52,64 IFA_BINARY 8
        53 IFA_NUMERIC 16
        """
    )
)
ISO87B = packager(
    *rows(
        """
        2 IFB_LLNUM 19
        3,11,12 IFB_NUMERIC 6L
        4-6 IFB_NUMERIC 12L
        7 IFB_NUMERIC 10L
        8-10 IFB_NUMERIC 8L
        13-18 IFB_NUMERIC 4L
        19-24 IFB_NUMERIC 3L
        25,26 IFB_NUMERIC 2L
        27 IFB_NUMERIC 1L
        28-31 IFB_AMOUNT 9L
        32,33 IFB_LLNUM 11
        34 IFB_LLCHAR 28
        35 IFB_LLNUM 37
        36 IFB_LLLCHAR 104
        37 IF_CHAR 12
        38 IF_CHAR 6
        39 IF_CHAR 2
        40,49-51 IF_CHAR 3
        41 IF_CHAR 8
        42 IF_CHAR 15
        43 IF_CHAR 40
        44 IFB_LLCHAR 25
        45 IFB_LLCHAR 76
        46-48,54-63 IFB_LLLCHAR 999
        52,64 IFB_BINARY 8
        53 IFB_NUMERIC 16L
        90 IFB_NUMERIC 42L
        """
    ),
    mti=field(0, "IFB_NUMERIC", 4, pad="true"),
    bitmap=field(1, "IFB_BITMAP", 16),
)
ISO93A = packager(
    *rows(
        """
        2 IFA_LLNUM 19
        3,11,15,28 IFA_NUMERIC 6
        4-6,12 IFA_NUMERIC 12
        7,90 IFA_NUMERIC 10
        8-10 IFA_NUMERIC 8
        13,14,16-18,25,26 IFA_NUMERIC 4
        19-21,23,24,29,39,40,57 IFA_NUMERIC 3
        22,37 IF_CHAR 12
        27 IFA_NUMERIC 1
        30 IFA_NUMERIC 24
        31,43 IFA_LLCHAR 99
        32,33,58 IFA_LLNUM 11
        34 IFA_LLCHAR 28
        35 IFA_LLCHAR 37
        36 IFA_LLLCHAR 104
        38 IF_CHAR 6
        41 IF_CHAR 8
        42 IF_CHAR 15
        44 IFA_LLCHAR 25
        45 IFA_LLCHAR 76
        46-48,59-63 IFA_LLLCHAR 999
        49-51 IF_CHAR 3
        52,64 IFA_BINARY 8
        53 IFA_LLBINARY 48
        54 IFA_LLLCHAR 120
        55 IFA_LLLBINARY 255
        56 IFA_LLNUM 35
        """
    )
)
ISO93B = packager(
    *rows(
        """
        2 IFB_LLNUM 19
        3,11 IFB_NUMERIC 6
        15,28 IFB_NUMERIC 6L
        4-6 IFB_NUMERIC 12
        12 IFB_NUMERIC 12L
        7 IFB_NUMERIC 10
        90 IFB_NUMERIC 10L
        8-10 IFB_NUMERIC 8
        13,14,16-18 IFB_NUMERIC 4
        25,26 IFB_NUMERIC 4L
        19-21,23,24,29,39,40,57 IFB_NUMERIC 3
        22,37 IF_CHAR 12
        27 IFB_NUMERIC 1
        30 IFB_NUMERIC 24L
        31,43 IFB_LLCHAR 99
        32,33,58 IFB_LLNUM 11
        34 IFB_LLCHAR 28
        35 IFB_LLCHAR 37
        36 IFB_LLLCHAR 104
        38 IF_CHAR 6
        41 IF_CHAR 8
        42 IF_CHAR 15
        44 IFB_LLCHAR 25
        45 IFB_LLCHAR 76
        46-48,59-63 IFB_LLLCHAR 999
        49-51 IF_CHAR 3
        52,64 IFB_BINARY 8
        53 IFB_LLBINARY 48
        54 IFB_LLLCHAR 120
        55 IFB_LLLBINARY 255
        56 IFB_LLNUM 35
        """
    ),
    mti=field(0, "IFB_NUMERIC", 4, pad="true"),
    bitmap=field(1, "IFB_BITMAP", 16),
)
CHIP = rows(
    """
    1,14 IFB_BINARY 8
    2 IFB_BINARY 3
    3 IFB_BINARY 1
    4,8 IFB_BINARY 4
    5 IFB_BINARY 2
    6 IFB_BINARY 5
    9 IFE_NUMERIC 2
    10,12 IFE_NUMERIC 3
    13,18 IFE_NUMERIC 12
    17 IFE_NUMERIC 6
    20 IFE_NUMERIC 1
    22 IFE_LLBINARY 32
    """
)
ISO93E = packager(
    *rows(
        """
        2 IFE_LLNUM 19
        3,11 IFE_NUMERIC 6
        4,12 IFE_NUMERIC 12
        7 IFE_NUMERIC 10
        14,26 IFE_NUMERIC 4
        20,24 IFE_NUMERIC 3
        22,37 IFE_CHAR 12
        32 IFE_LLNUM 11
        41 IFE_CHAR 8
        42 IFE_CHAR 15
        49 IFE_CHAR 3
        """
    ),
    divided(
        *(55, "IFE_LLLBINARY", 256, field(0, "IFE_BITMAP", 4), *CHIP),
        packager="GenericPackager",
        bitmapField="0",
        firstField="0",
        headerLength="1",
    ),
    mti=field(0, "IFE_NUMERIC", 4),
    bitmap=field(1, "IFE_BITMAP", 16),
    headerLength="9",
)
