"""The product: the message switch. Links carry bytes, the engine decides, the journal keeps, the runner joins them.

`load_configuration` reads and checks a file; `Switch(configuration).run()` runs it.
"""

from saklar.switch.configuration import Configuration, load_configuration
from saklar.switch.runner import Switch
from saklar.switch.toml import ConfigurationError

__all__ = ["Configuration", "ConfigurationError", "Switch", "load_configuration"]
