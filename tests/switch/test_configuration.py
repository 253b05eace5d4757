import pytest

from saklar.switch import ConfigurationError, load_configuration
from saklar.switch.engine import Facts


def test_a_good_file_is_read(good, write):
    path = write(good)
    configuration = load_configuration(path)
    assert configuration.link["north"].listen == ("127.0.0.1", 0)
    assert configuration.routes.find("5400000000000000", PURCHASE).issuers == ("bank-a",)
    assert configuration.links["bank-a"].sign_on
    assert not configuration.links["north"].sign_on


def test_relative_paths_count_from_the_files_folder(good, write):
    path = write(good)
    configuration = load_configuration(path)
    assert configuration.journal_path == path.parent / "journal.db"
    assert configuration.journal_key_file == path.parent / "journal.db.key"


# fmt: off
BAD = {
    "unknown key": ('dialect = "iso87-ascii"', 'dialekt = "iso87-ascii"', ["link.north.dialekt", "did you mean dialect"]),
    "unknown section": ("[journal]", "[jurnal]", ["jurnal", "did you mean journal"]),
    "missing key": ('role = "issuer"\n', "", ["link.bank-a.role", "required"]),
    "wrong role": ('role = "issuer"', 'role = "bank"', ["link.bank-a.role", "acquirer"]),
    "unknown dialect": ('"iso87-binary"', '"iso88-binary"', ["link.bank-a.dialect", "iso88-binary", "iso87-binary"]),
    "edition that is not switched": ('"iso87-binary"', '"iso2003-ascii"', ["link.bank-a.dialect", "2003", "1987 or 1993"]),
    "framing that the dialect lacks": ('role = "issuer"', 'role = "issuer"\nframing = "dialect"', ["link.bank-a", "framing"]),
    "bad address": ("127.0.0.1:9", "127.0.0.1", ["link.bank-a.connect", "host:port"]),
    "listen and connect": ('connect = "127.0.0.1:9"', 'connect = "a:9"\nlisten = "b:1"', ["link.bank-a", "either listen"]),
    "neither": ('connect = "127.0.0.1:9"', "", ["link.bank-a", "either listen"]),
    "bad BIN": ('"400000"', '"40000"', ["route.0.bins", "40000", "6 to 11 digits"]),
    "overlapping routes": ('"400000"', '"520000"', ["route", "overlap", "520000", "510000-559999"]),
    "route to nobody": ('issuer = "bank-a"', 'issuer = "bank-z"', ["route.0.issuer", "bank-z", "bank-a"]),
    "route to an acquirer": ('issuer = "bank-a"', 'issuer = "north"', ["route.0.issuer", "north"]),
    "PIN key without HSM": ('[hsm]\nembedded = "test"', "", ["link.north.zpk", "[hsm]"]),
    "two ways to the HSM": ('embedded = "test"', 'embedded = "test"\nconnect = "a:1"', ["hsm", "either connect or embedded"]),
    "bad address of an HSM": ('embedded = "test"', 'connect = ["a:1", "b"]', ["hsm.connect", "'b'", "host:port"]),
    "one HSM twice": ('embedded = "test"', 'connect = ["a:1", "a:1"]', ["hsm.connect", "a:1 is there twice"]),
    "no HSM": ('embedded = "test"', "connect = []", ["hsm.connect", "at least 1"]),
    "too many connections": ('embedded = "test"', 'embedded = "test"\nconnections = 17', ["hsm.connections", "16"]),
    "LMK check value": ('embedded = "test"', 'embedded = "test"\nlmk_check_value = "26860"', ["hsm.lmk_check_value", "{6,16}"]),
    "certificate without ca": ('embedded = "test"', 'connect = "a:1"\ncertificate = "ours.pem"', ["hsm", "certificate needs ca"]),
    "ca that is none": ('embedded = "test"', 'connect = "a:1"\nca = "switch.toml"', ["hsm.ca", "switch.toml", "a PEM file with a certificate"]),
    "issuer slower than acquirer": (
        'role = "issuer"', 'role = "issuer"\ntimeout_ms = 30000', ["link.bank-a.timeout_ms", "30000", "north"],
    ),
    "weak key of duplicates": (
        'role = "acquirer"', 'role = "acquirer"\nduplicate_key = ["stan", "rrn"]', ["link.north", "duplicate_key is too weak"],
    ),
    "part of a key that there is not": (
        'role = "acquirer"', 'role = "acquirer"\nduplicate_key = ["pan"]', ["link.north.duplicate_key", "terminal"],
    ),
    "an issuer's setting for an acquirer": (
        'role = "acquirer"', 'role = "acquirer"\nsaf_window = 2', ["link.north", "saf_window is for an issuer's link"],
    ),
    "an acquirer's setting for an issuer": (
        'role = "issuer"', 'role = "issuer"\non_doubt = "reverse"', ["link.bank-a", "on_doubt is for an acquirer's link"],
    ),
    "pauses the wrong way round": (
        'role = "issuer"', 'role = "issuer"\nsaf_retry_max_ms = 10', ["link.bank-a", "saf_retry_max_ms is below"],
    ),
    "durability": ("[journal]", '[journal]\ndurability = "fast"', ["journal.durability", "strict", "relaxed"]),
    "LMK of the journal": ("[journal]", '[journal]\nlmk = "nowhere.lmk"', ["journal.lmk", "nowhere.lmk"]),
    "number in quotes": ('role = "issuer"', 'role = "issuer"\ntimeout_ms = "soon"', ["link.bank-a.timeout_ms", "integer"]),
    "no acquirer": ('role = "acquirer"', 'role = "issuer"', ["link", "acquirer"]),
    "not TOML": ("[journal]", "[journal", ["not valid TOML", "line"]),
}
# fmt: on


@pytest.mark.parametrize(("old", "new", "words"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_named_with_file_and_key(good, write, old, new, words):
    assert old in good
    path = write(good.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('embedded = "test"', 'embedded = "lmk.toml"', "hsm.embedded: {folder}/lmk.toml: No such file"),
        ('embedded = "test"', 'connect = "a:1"\nca = "ca.pem"', "hsm.ca: {folder}/ca.pem: No such file"),
        ('"iso87-binary"', '"mine.toml"', "link.bank-a.dialect: {folder}/mine.toml: No such file"),
    ],
)
def test_files_that_it_names_count_from_its_folder(good, write, old, new, said):
    path = write(good.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    assert said.format(folder=path.parent) in str(caught.value)


def test_every_problem_is_told_at_once(good, write):
    path = write(good.replace('"iso87-ascii"', '"iso99"').replace('"iso87-binary"', '"iso98"'))
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nothing\.toml: No such file"):
        load_configuration(tmp_path / "nothing.toml")


def test_a_key_does_not_show_in_the_configurations_repr(good, write):
    assert "1EF828AA8F6B80EB83E19FBC373F3A85" not in repr(load_configuration(write(good)))


PURCHASE = Facts("0200", "00", "840", "north")

SECOND_BANK = """
[link.bank-b]
role = "issuer"
connect = "127.0.0.1:9"
dialect = "iso87-ascii"
"""


def test_a_route_may_have_alternates_and_conditions(good, write):
    text = (
        good
        + SECOND_BANK
        + """
[[route]]
issuers = ["bank-b", "bank-a"]
bins = ["400000"]
mti = "02xx"
processing = ["00", "01"]
currency = "840"
acquirer = "north"
"""
    )
    routes = load_configuration(write(text)).routes
    assert routes.find("4000000000000002", PURCHASE).issuers == ("bank-b", "bank-a")
    assert routes.find("4000000000000002", Facts("0400", "00", "840", "north")).issuers == ("bank-a",)


def test_more_routes_come_from_a_file(good, write, tmp_path):
    (tmp_path / "bins.csv").write_text("bin,issuers\n41111111,bank-b bank-a\n600000-600009,bank-a\n")
    text = '[switch]\nroutes_file = "bins.csv"\n' + good + SECOND_BANK
    routes = load_configuration(write(text)).routes
    assert routes.find("4111111100000000", PURCHASE).issuers == ("bank-b", "bank-a")
    assert len(routes) == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("4000,bank-a", "bins.csv:3: '4000' is no BIN"),
        ("400001", "bins.csv:3: a range and its issuers are expected"),
        ("400001, ", "bins.csv:3: a range and its issuers are expected"),
        ("400001,nobody", "switch.routes_file: 'nobody' is no issuer link; there are: bank-a"),
        ("400000,bank-a", "routes contradict each other: 400000"),
    ],
)
def test_a_bad_line_of_the_routes_file_is_named(good, write, tmp_path, line, said):
    (tmp_path / "bins.csv").write_text(f"bin,issuers\n600000,bank-a\n{line}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(write('[switch]\nroutes_file = "bins.csv"\n' + good))
    assert said in str(caught.value)


@pytest.mark.parametrize(("content", "said"), [("", "bins.csv:1: bin,issuers is expected"), (None, "No such file")])
def test_a_routes_file_that_is_none_is_refused(good, write, tmp_path, content, said):
    if content is not None:
        (tmp_path / "bins.csv").write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        load_configuration(write('[switch]\nroutes_file = "bins.csv"\n' + good))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('issuers = ["bank-a", "bank-x"]', "route.0.issuer: 'bank-x' is no issuer link; there are: bank-a"),
        ('issuer = "bank-a"\nacquirer = "nobody"', "route.0.acquirer: 'nobody' is no acquirer link; there are: north"),
        ('issuer = "bank-a"\nmti = "2"', "route.0.mti: '2' is no MTI"),
        ('issuer = "bank-a"\ncurrency = "USD"', "route.0.currency: 'USD': 3 digits are expected"),
        ('issuer = "bank-a"\nprocessing = "000000"', "route.0.processing: '000000': 2 digits are expected"),
        ('issuer = "bank-a"\nissuers = ["bank-a"]', "give either issuer, or issuers"),
        ("", "give either issuer, or issuers"),
    ],
)
def test_a_route_that_cannot_be_names_its_key(good, write, change, said):
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(write(good.replace('issuer = "bank-a"', change)))
    assert said in str(caught.value)


@pytest.mark.parametrize(("dialect", "code"), [("iso87-ascii", "91"), ("iso93-ascii", "68")])
def test_a_silent_issuer_is_told_apart_from_one_that_is_gone_where_the_dialect_can(good, write, dialect, code):
    links = load_configuration(write(good.replace('dialect = "iso87-ascii"', f'dialect = "{dialect}"'))).links
    assert links["north"].timeout_code == code


def test_what_is_said_of_a_link_reaches_the_engine(good, write):
    text = good.replace('role = "acquirer"', 'role = "acquirer"\ntimeout_code = "68"\non_doubt = "reverse"').replace(
        'role = "issuer"', 'role = "issuer"\nsaf_window = 5\nsaf_retry_min_ms = 500\nsaf_days = 0.5'
    )
    links = load_configuration(write(text)).links
    assert (links["north"].timeout_code, links["north"].on_doubt) == ("68", "reverse")
    assert (links["bank-a"].saf_window, links["bank-a"].saf_retry_s, links["bank-a"].saf_days) == (5, (0.5, 60.0), 0.5)
