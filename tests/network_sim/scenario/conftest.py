"""Scenarios as texts, and what comes of playing them."""

import pytest

from saklar.network_sim.scenario import Options, ScenarioError, load_cases, play

NETWORK = """
network saklar
card gold 4000000000000002 expiry 4912 pin 3991 balance 1000.00
acquirer acq1 dialect iso87-ascii zpk U2A3181DC9BC9EE48134E8DCFB4A97045
issuer   bank dialect iso87-binary zpk U8CBA4A503005143A81BAFC3300333F48 bins 400000
  keeps accounts
issuer   iss1 dialect iso87-ascii
  bins 510000-559999
card blue 5100000000000008 expiry 4912
defaults card gold, amount 10.00 IDR
"""
"""An acquirer, an issuer that answers by itself, and one whose answers are steps."""


@pytest.fixture
def cases_of(tmp_path):
    """Write a file (and others beside it) and load its cases."""

    def load(text, variables=None, environment=None, name="x.scenario", **others):
        for other, content in others.items():
            (tmp_path / other.replace("_", ".")).write_text(content)
        path = tmp_path / name
        path.write_text(text)
        return load_cases([path], variables or {}, environment=environment or {})

    return load


@pytest.fixture
def problems_of(cases_of):
    """Write a file and say what is wrong with it."""

    def load(text, **more):
        with pytest.raises(ScenarioError) as caught:
            cases_of(text, **more)
        return caught.value.problems

    return load


@pytest.fixture
def played(cases_of):
    """Play the steps of one scenario on the usual network, in virtual time, and give its result."""

    def run(steps, *, network=NETWORK, seed=1, **more):
        (case,) = cases_of(f'{network}\nscenario "x"\n{steps}\n', **more)
        (result,) = play([case], Options(seed=seed)).cases
        return result

    return run
