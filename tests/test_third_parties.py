"""Parties that share no code with saklar: a client of plain sockets, pyiso8583 and cryptography, and tshark."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import iso8583
import psec
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from iso8583.specs import default_ascii

SAKLAR = Path(sys.executable).parent / "saklar"

PAN, PIN = "4000000000000002", "3991"
NORTH_ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"

PURCHASE = {
    "t": "0200", "2": PAN, "3": "000000", "4": "000000012345", "7": "1123101500", "11": "314159", "12": "101500",
    "13": "1123", "14": "4912", "22": "051", "25": "00", "32": "100001", "35": f"{PAN}=4912101", "37": "632710314159",
    "41": "THIRD001", "42": "THIRDPARTY00001", "49": "360",
}  # fmt: skip


@pytest.fixture(scope="module")
def ports(tmp_path_factory) -> Iterator[dict[str, int]]:
    """The ports of a demo network that stays up, by party."""
    folder = tmp_path_factory.mktemp("network")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "COLUMNS": "200"}
    process = subprocess.Popen(
        [SAKLAR, "demo", "--keep"], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        headline = next(line for line in process.stdout if line.startswith("on 127.0.0.1:"))
        words = headline.split()[2:]
        found = {name: int(port.removeprefix(":")) for name, port in zip(words[::2], words[1::2], strict=True)}
        assert any("The network stays up" in line for line in process.stdout)
        yield found
    finally:
        process.terminate()
        process.communicate(timeout=20)


def ecb(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    cipher = Cipher(TripleDES(key + key[:8]), modes.ECB())
    return (cipher.decryptor() if decrypt else cipher.encryptor()).update(data)


def north_zpk() -> bytes:
    """The acquirer's key, from under LMK pair 06-07 with the variants of scheme U, worked out here."""
    lmk = bytearray.fromhex("61616161616161617070707070707070")
    parts = []
    for half, variant in enumerate((0xA6, 0x5A)):
        pair = bytes(lmk[:8]) + bytes([lmk[8] ^ variant]) + bytes(lmk[9:])
        parts.append(ecb(pair, bytes.fromhex(NORTH_ZPK[1 + 16 * half : 17 + 16 * half]), decrypt=True))
    return b"".join(parts)


def exchange(port: int, document: dict[str, str]) -> dict[str, str]:
    encoded, _ = iso8583.encode(dict(document), default_ascii)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(len(encoded).to_bytes(2, "big") + encoded)
        data = b""
        while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            chunk = connection.recv(4096)
            assert chunk, "the switch closed the connection"
            data += chunk
    return iso8583.decode(data[2:], default_ascii)[0]


def pin_block(pin: str) -> str:
    return ecb(north_zpk(), psec.pinblock.encode_pinblock_iso_0(pin, PAN)).hex().upper()


def test_a_third_party_gets_a_purchase_with_a_pin_approved(ports):
    answer = exchange(ports["north"], {**PURCHASE, "52": pin_block(PIN)})
    assert (answer["t"], answer["11"], answer["39"]) == ("0210", "314159", "00")
    assert "38" in answer


def test_a_third_party_with_a_wrong_pin_is_told_so(ports):
    answer = exchange(ports["north"], {**PURCHASE, "11": "314160", "52": pin_block("0000")})
    assert answer["39"] == "55"


def test_a_third_partys_pin_under_another_key_is_refused_untranslated(ports):
    answer = exchange(ports["north"], {**PURCHASE, "11": "314161", "52": "0123456789ABCDEF"})
    assert answer["39"] == "96"


def test_a_third_party_can_sign_on(ports):
    answer = exchange(ports["north"], {"t": "0800", "7": "1123101500", "11": "314162", "70": "001"})
    assert (answer["t"], answer["39"]) == ("0810", "00")


def test_the_tutorials_client_gets_its_purchase_approved(ports, tmp_path):
    tutorial = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text()
    (tmp_path / "client.py").write_text(tutorial.split("```python\n")[1].split("```")[0])
    run = subprocess.run(
        [sys.executable, "client.py", str(ports["north"])], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("0210 response code 00 approval code ")


@pytest.fixture
def tshark() -> str:
    """The program, if it is here and may capture on loopback."""
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")
    probe = subprocess.run([program, "-i", "lo", "-a", "duration:0"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"tshark may not capture here: {probe.stderr.strip().splitlines()[-1]}")
    return program


def test_tshark_sees_the_fields_that_were_sent(ports, tshark, tmp_path):
    port, file = ports["north"], tmp_path / "capture.pcapng"
    # Only frames with data are so long, and a purchase and its answer are two of them.
    condition = f"tcp port {port} and greater 180"
    capture = subprocess.Popen(
        [tshark, "-i", "lo", "-f", condition, "-c", "2", "-w", file], stderr=subprocess.PIPE, text=True
    )
    try:
        assert any("Capture started" in line for line in capture.stderr)
        sent = {**PURCHASE, "11": "314163", "52": pin_block(PIN)}
        answer = exchange(port, sent)
        capture.communicate(timeout=20)
    finally:
        capture.kill()
        capture.communicate()
    request, response = dissected(tshark, port, file)
    assert request == {"mti": "0200"} | {key: value for key, value in sent.items() if key != "t"}
    assert response == {"mti": "0210"} | {key: value for key, value in answer.items() if key not in ("t", "p", "1")}


def dissected(tshark, port, file):
    """What tshark reads of each captured message: the MTI, and element number to value."""
    options = ["-d", f"tcp.port=={port},iso8583", "-o", "iso8583.len_endian:Big endian", "-T", "json"]
    run = subprocess.run([tshark, "-r", file, *options], capture_output=True, text=True, check=True)
    layers = [packet["_source"]["layers"]["iso8583"] for packet in json.loads(run.stdout)]
    names = {"iso8583.mti": "mti"} | {f"iso8583.bit{number}": str(number) for number in range(2, 129)}
    return [{names[key]: value for key, value in layer.items() if key in names} for layer in layers]
