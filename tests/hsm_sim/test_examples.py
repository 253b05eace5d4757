"""The examples in the docstrings of the algorithms: each public function has one, and it is true."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from saklar.hsm_sim import crypto

WITHOUT = {"blocks", "inputs"}
"""What the algorithms are made of, and what they refuse: nothing to try by itself."""

MODULES = sorted({module.name for module in pkgutil.iter_modules(crypto.__path__)} - WITHOUT)


def module_of(name):
    return importlib.import_module(f"{crypto.__name__}.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name):
    done = doctest.testmod(module_of(name))
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_each_public_function_has_an_example(name):
    module = module_of(name)
    functions = inspect.getmembers(module, inspect.isfunction)
    own = [function for called, function in functions if function.__module__ == module.__name__ and called[0] != "_"]
    assert own
    assert [function.__name__ for function in own if ">>> " not in function.__doc__] == []


def test_the_modules_that_testers_use_are_at_hand():
    import saklar.hsm_sim as room

    assert {"cvv", "dukpt_aes", "dukpt_tdes", "emv_keys", "mac", "pin_block", "pvv", "tr31"} <= set(room.__all__)
    assert room.mac.__name__ == "saklar.hsm_sim.crypto.mac"
