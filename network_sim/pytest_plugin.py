"""The pytest plugin `saklar`: `pytest --saklar scenarios/`, and fixtures that start parts of a card network.

pytest imports this in every run, also where nothing of it is wanted: what it needs is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from saklar.network_sim.testing.collecting import Plays, ScenarioFile
    from saklar.network_sim.testing.parts import CardNetwork, HsmPart, IssuerPart, SwitchPart

SUFFIX = ".scenario"
PATHS = "saklar_paths"

_plays: pytest.StashKey[Plays] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("saklar", "scenarios of a card network")
    group.addoption(
        "--saklar",
        action="append",
        default=[],
        metavar="PATH",
        help="Play the scenarios of this file or folder as tests.",
    )
    group.addoption(
        "--saklar-var", action="append", default=[], metavar="NAME=VALUE", help="The value of a scenario variable."
    )
    group.addoption("--saklar-seed", type=int, metavar="N", help="Of all that scenarios draw; shown where one fails.")
    group.addoption(
        "--saklar-tag",
        action="append",
        default=[],
        metavar="TAG",
        help="Only cases with this tag; =-TAG for those without.",
    )
    group.addoption("--saklar-against", metavar="HOST:PORT", help="Your host, in place of saklar's own switch.")
    parser.addini(PATHS, "Files and folders of scenarios that are played where no paths are given.", "args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Add the scenarios to what pytest looks through; without any there is nothing else to do."""
    wanted = _roots(config)
    if not wanted:
        return
    from saklar.network_sim.testing.collecting import plays_of

    config.stash[_plays] = plays_of(config, wanted)


def _roots(config: pytest.Config) -> list[Path]:
    """The files and folders of scenarios."""
    start = config.invocation_params.dir
    given = [(start / path).resolve() for path in config.getoption("saklar")]
    for path in given:
        if not path.exists():
            raise pytest.UsageError(f"--saklar: no such file or folder: {path}")
    usual = [(config.rootpath / path).resolve() for path in config.getini(PATHS)]
    explicit = config.args_source is pytest.Config.ArgsSource.ARGS
    args = [(start / arg.partition("::")[0]).resolve() for arg in config.args] if explicit else []
    for added, always in ((given, True), (usual, False)):
        picked = any(arg.is_relative_to(root) for arg in args for root in added)
        if added and not picked and (always or not explicit):
            config.args += [str(path) for path in added]
    return [*given, *usual]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """A scenario file of those that are to be played."""
    plays = parent.config.stash.get(_plays, None)
    if plays is None or file_path.suffix != SUFFIX or not plays.holds(file_path):
        return None
    from saklar.network_sim.testing.collecting import ScenarioFile

    file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    file.plays = plays
    return file


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Let -m select by tag."""
    if config.stash.get(_plays, None) is None:
        return (yield)
    from saklar.network_sim.testing.collecting import mark, unmark

    foreign = mark(items, config)
    try:
        return (yield)
    finally:
        unmark(foreign)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse variables that no file declares."""
    plays = session.config.stash.get(_plays, None)
    if plays is not None and not session.testsfailed and (problems := plays.unknown_variables()):
        raise pytest.UsageError("\n".join(problems))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the seed of the run."""
    plays = node.config.stash.get(_plays, None)
    if plays is not None:
        from saklar.network_sim.testing.collecting import SEED

        node.workerinput[SEED] = plays.seed


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say the seed."""
    plays = config.stash.get(_plays, None)
    return f"saklar: seed {plays.seed}" if plays is not None else None


# Fixtures.


@pytest.fixture
def card_network_folder() -> Path | None:
    """The folder of the network's files (`switch.toml`, and `NAME.toml` for each link to be simulated).

    Override it; by default it is the network of `saklar demo`.
    """
    return None


@pytest.fixture
def _saklar_parts(card_network_folder: Path | None, tmp_path: Path) -> Iterator[CardNetwork]:
    """The parts of the network, none of them started: each fixture starts what it is for."""
    from saklar.network_sim.desk import DEMO, read_plan
    from saklar.network_sim.testing.parts import card_network_of

    with card_network_of(read_plan(card_network_folder or DEMO), tmp_path) as network:
        yield network


@pytest.fixture
def card_network(_saklar_parts: CardNetwork) -> CardNetwork:
    """A whole card network: HSM, issuers, switch and acquirers, on free ports of loopback."""
    _saklar_parts.start()
    return _saklar_parts


@pytest.fixture
def switch(_saklar_parts: CardNetwork) -> SwitchPart:
    """The switch, with its HSM and its issuers; acquirers are yours."""
    _saklar_parts.switch.start()
    return _saklar_parts.switch


@pytest.fixture
def issuer(_saklar_parts: CardNetwork) -> IssuerPart:
    """The first issuer, with its HSM; the switch is yours."""
    _saklar_parts.issuer.start()
    return _saklar_parts.issuer


@pytest.fixture
def hsm(_saklar_parts: CardNetwork) -> HsmPart:
    """An HSM under the test LMK."""
    _saklar_parts.hsm.start()
    return _saklar_parts.hsm
