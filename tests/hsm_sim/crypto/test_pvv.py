"""The Visa PIN verification value, on published vectors and against psec."""

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import pan12
from saklar.hsm_sim.crypto.inputs import KeyLengthError, NotDigitsError
from saklar.hsm_sim.crypto.pvv import visa_pvv

pans = st.text("0123456789", min_size=13, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)


@pytest.mark.vectors("pvv", "visa_pvv")
def test_a_pvv_is_the_published_one(vector):
    inputs = vector["inputs"]
    pvv = visa_pvv(bytes.fromhex(inputs["pvk"]), pan12(inputs["pan"]), inputs["pvki"], inputs["pin"])
    assert pvv == vector["expected"]["pvv"]


@given(pans, pins, st.binary(min_size=16, max_size=16), st.sampled_from("123456789"))
def test_a_pvv_is_psecs(pan, pin, pvk, pvki):
    assert visa_pvv(pvk, pan12(pan), pvki, pin) == psec.pin.generate_visa_pvv(pvk, pvki, pin[:4], pan)


@pytest.mark.parametrize(
    ("account_number", "pvki", "pin"),
    [("1234567890", "1", "1234"), ("1" * 12, "A", "1234"), ("1" * 12, "1", "123"), ("1" * 12, "1", "12E4")],
)
def test_what_is_not_made_of_digits_is_refused(account_number, pvki, pin):
    with pytest.raises(NotDigitsError):
        visa_pvv(bytes(16), account_number, pvki, pin)


@pytest.mark.parametrize("size", [8, 24])
def test_the_key_is_a_pair(size):
    with pytest.raises(KeyLengthError):
        visa_pvv(bytes(size), "1" * 12, "1", "1234")
