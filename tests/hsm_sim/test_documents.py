"""The HSM's pages say what the HSM does."""

import re
import tomllib
from pathlib import Path

from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.manual import as_markdown
from saklar.hsm_sim.security import SAFE, Security

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_all_commands_is_the_one_that_is_made_of_them():
    """`saklar hsm commands --markdown > docs/hsm-commands.md` makes it anew."""
    assert (DOCS / "hsm-commands.md").read_text() == as_markdown()


def test_the_settings_shown_are_the_defaults():
    shown = re.search(r"```toml\n(.*?)```", (DOCS / "hsm.md").read_text(), re.DOTALL)[1]
    settings = Security.model_validate(tomllib.loads(shown))
    assert settings.model_copy(update={"disabled_commands": frozenset()}) == SAFE


def test_every_command_says_what_it_does():
    for command in COMMANDS.values():
        assert command.title[0].isupper()
        assert len(command.title) < 75
