"""What the TOML files of the switch and its simulators have in common."""

from typing import Annotated

from pydantic import BeforeValidator

from saklar.codecs.settings import ConfigurationError, Table, beside, read_toml
from saklar.switch.links.address import Address

__all__ = ["AddressField", "AddressesField", "ConfigurationError", "Table", "beside", "read_toml"]


def _parse_address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    if not isinstance(value, str):
        raise ValueError('an address in quotes is expected, as in "127.0.0.1:8583"')  # noqa: TRY004 (pydantic)
    return Address.parse(value)


def _parse_addresses(value: object) -> tuple[Address, ...]:
    addresses = tuple(map(_parse_address, value)) if isinstance(value, list) else (_parse_address(value),)
    for number, address in enumerate(addresses):
        if address in addresses[:number]:
            raise ValueError(f"{address} is there twice")
    return addresses


AddressField = Annotated[Address, BeforeValidator(_parse_address)]

AddressesField = Annotated[tuple[Address, ...], BeforeValidator(_parse_addresses)]
"""An address, or a list of different ones."""
