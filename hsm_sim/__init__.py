"""The software HSM: crypto (pure functions), keys under an LMK, host commands, a TCP server and a client.

`Hsm(load_lmk("test")).execute(b"NC")` is the whole of it without a socket. `build_command` and `parse_response`
speak for a client, of the same descriptions that the HSM parses by. The algorithms are modules of functions that need
no HSM: `pin_block`, `pvv`, `cvv`, `mac`, `dukpt_tdes`, `emv_keys`, `tr31` and their likes.

`crypto` has pure functions, each named by its standard; `keys` the LMKs and what is under them; `commands` the host
commands, a file each, over what their `families` have in common; `server` and `client` the two ends over TCP. In
between `layout` describes requests and responses as data, `unit` is the HSM without a socket, `security` what it
refuses.
"""

from saklar.hsm_sim.client import Counters, HsmClient, HsmEndpoint, HsmUnavailable, client_tls, embedded_hsm, tcp_hsm
from saklar.hsm_sim.command import HsmResponse
from saklar.hsm_sim.crypto import (
    aes,
    cvv,
    decimalisation,
    dukpt_aes,
    dukpt_tdes,
    emv_cryptogram,
    emv_keys,
    emv_script,
    ibm3624,
    kcv,
    mac,
    pin_block,
    pin_block_aes,
    pvv,
    tdes,
    tr31,
    tr31_header,
)
from saklar.hsm_sim.crypto.pin_block import account_number as pan12
from saklar.hsm_sim.errors import HsmError, meaning
from saklar.hsm_sim.keys import ClearKey, decrypt_under_lmk, encrypt_under_lmk
from saklar.hsm_sim.keys.lmk import Lmk, LmkError
from saklar.hsm_sim.keys.lmk_file import load_lmk
from saklar.hsm_sim.server.listener import serve_hsm
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
    "aes",
    "build_command",
    "client_tls",
    "cvv",
    "decimalisation",
    "decrypt_under_lmk",
    "dukpt_aes",
    "dukpt_tdes",
    "embedded_hsm",
    "emv_cryptogram",
    "emv_keys",
    "emv_script",
    "encrypt_under_lmk",
    "ibm3624",
    "kcv",
    "load_lmk",
    "mac",
    "meaning",
    "pan12",
    "parse_response",
    "pin_block",
    "pin_block_aes",
    "pvv",
    "serve_hsm",
    "tcp_hsm",
    "tdes",
    "tr31",
    "tr31_header",
]
