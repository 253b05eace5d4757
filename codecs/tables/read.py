"""Reading the tables, each once and when it is first asked for."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table in the file of that name."""
    content = (resources.files("saklar.codecs.tables") / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(content)
