"""Cases turned towards somebody else's host: its address in the place of saklar's own switch."""

from __future__ import annotations

from dataclasses import replace

from saklar.network_sim.scenario.checking import walk
from saklar.network_sim.scenario.facts import Case, PartyFacts, Setup
from saklar.network_sim.scenario.language.tree import Act, Ask
from saklar.network_sim.scenario.language.words import PART_VERBS
from saklar.switch.links import Address


def aimed(case: Case, host: Address) -> Case:
    """The case with its acquirers dialling the host. What only saklar's own network can do is not played then."""
    setup = case.setup
    parties = {name: _aimed(facts, host) for name, facts in setup.parties.items()}
    skip = case.skip or _only_ours(case, parties)
    return replace(case, setup=replace(setup, parties=parties, network=None), skip=skip)


def _aimed(facts: PartyFacts, host: Address) -> PartyFacts:
    if facts.role != "acquirer":
        return replace(facts, link="")
    return replace(facts, address=host, listens=False, link="")


def _only_ours(case: Case, parties: dict[str, PartyFacts]) -> str:
    for name, facts in parties.items():
        if facts.address is None:
            return f"{name} has no address of its own, so that the host cannot reach it"
    if case.setup.network is None:
        return ""
    for step in walk(case.steps):
        if isinstance(step, Ask) and step.subject != "account":
            return f"the {step.subject} of the host cannot be asked"
        if isinstance(step, Act) and step.subject in PART_VERBS:
            return f"the host's {step.subject} cannot be acted on"
    return ""


def is_self_contained(setup: Setup) -> bool:
    """Whether everybody whom the case talks to is played by it, so that it can be played in virtual time."""
    network = setup.network
    if network is not None:
        return not network.real_time
    listening = {facts.address for facts in setup.parties.values() if facts.listens and facts.address is not None}
    dialled = {facts.address for facts in setup.parties.values() if not facts.listens}
    dialled |= {facts.upstream for facts in setup.parties.values() if facts.upstream is not None}
    return bool(listening) and listening == dialled


def is_kept(setup: Setup) -> bool:
    """Whether one stage serves all cases of a file that declare the same: that of a host, or one said to be shared."""
    return setup.network.shared if setup.network is not None else not is_self_contained(setup)


def has_own_port(setup: Setup) -> bool:
    """Whether a party listens on a port that is said, so that two such cases cannot be played at once."""
    return any(facts.listens and facts.address is not None and facts.address.port for facts in setup.parties.values())
