"""The software HSM: crypto (pure functions), keys under an LMK, host commands, a TCP server and a client.

`Hsm(load_lmk("test")).execute(b"NC")` is the whole of it without a socket. `build_command` and `parse_response`
speak for a client, of the same descriptions that the HSM parses by.
"""

from saklar.hsm_sim.client import Counters, HsmClient, HsmEndpoint, HsmUnavailable, client_tls, embedded_hsm, tcp_hsm
from saklar.hsm_sim.command import HsmResponse
from saklar.hsm_sim.crypto.pin_block import account_number as pan12
from saklar.hsm_sim.errors import HsmError, meaning
from saklar.hsm_sim.keys import ClearKey, decrypt_under_lmk, encrypt_under_lmk
from saklar.hsm_sim.listener import serve_hsm
from saklar.hsm_sim.lmk import Lmk, LmkError
from saklar.hsm_sim.lmk_file import load_lmk
from saklar.hsm_sim.unit import Hsm, build_command, parse_response

__all__ = [
    "ClearKey",
    "Counters",
    "Hsm",
    "HsmClient",
    "HsmEndpoint",
    "HsmError",
    "HsmResponse",
    "HsmUnavailable",
    "Lmk",
    "LmkError",
    "build_command",
    "client_tls",
    "decrypt_under_lmk",
    "embedded_hsm",
    "encrypt_under_lmk",
    "load_lmk",
    "meaning",
    "pan12",
    "parse_response",
    "serve_hsm",
    "tcp_hsm",
]
