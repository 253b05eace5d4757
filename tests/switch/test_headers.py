"""Links whose messages have a header."""

from saklar.codecs import load_dialect
from saklar.switch.engine.messages import answer_to


def test_an_answer_goes_back_to_the_address_that_the_request_came_from():
    dialect = load_dialect("pos-generic")
    header = {"destination": "0123", "source": "8001"}
    request = dialect.decode(dialect.encode({"mti": "0800", "header": header, "3": "920000", "11": "000042"}))
    answer = dialect.decode(bytes(answer_to(request, "00")))
    assert answer.header == {"protocol": "60", "destination": "8001", "source": "0123"}
    assert (answer.mti, answer[39]) == ("0810", "00")


def test_an_answer_of_a_network_counts_its_lengths_anew():
    dialect = load_dialect("visa-base1-like")
    request = dialect.decode(
        dialect.encode({"mti": "0800", "header": {"H06_source": "123456"}, "7": "1123101500", "11": "000042"})
    )
    answer = bytes(answer_to(request, "00"))
    header = dialect.decode(answer).header
    assert header["H05_destination"] == "123456"
    assert int(header["H04_total_length"], 16) == len(answer) - 2
