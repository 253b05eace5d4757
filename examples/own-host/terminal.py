"""A terminal, standing in for yours: it buys, and what it gets no answer to it reverses until that is answered.

Run it with `python terminal.py PORT AMOUNT`, the amount in minor units.
"""

import random
import socket
import sys
import time

from wire import receive, send

ANSWER_S = 1.0  # for an answer; a real terminal waits longer
TRIES = 5


def purchase(amount):
    """The fields of a purchase with the card that is always in this terminal."""
    now = time.gmtime()
    return {
        2: "4000000000000002", 3: "000000", 4: f"{amount:012d}", 7: time.strftime("%m%d%H%M%S", now),
        11: f"{random.randrange(1, 10**6):06d}", 12: time.strftime("%H%M%S", now), 13: time.strftime("%m%d", now),
        14: "4912", 22: "012", 32: "100001", 37: f"{random.randrange(10**12):012d}", 41: "MYTERM01",
        42: "MY SHOP".ljust(15), 49: "360",
    }  # fmt: skip


def reversal(bought):
    """The fields of a reversal: in DE 90 type, STAN, time and acquirer of what was bought."""
    kept = {number: value for number, value in bought.items() if number not in (11, 14)}
    original = f"0200{bought[11]}{bought[7]}{bought[32]:0>11}{'0' * 11}"
    return kept | {11: f"{random.randrange(1, 10**6):06d}", 90: original}


def ask(connection, file, mti, fields):
    """Send a request, and wait for its answer; None if there is none in time."""
    print(f"{mti} for {int(fields[4]) / 100:.2f}", end=": ", flush=True)
    send(file, mti, fields)
    connection.settimeout(ANSWER_S)
    try:
        answer = receive(file)
    except TimeoutError:
        print("no answer")
        return None
    print("answered", answer[1][39])
    return answer


def run(port, amount):
    """Buy, and reverse if that has no answer. Each try after a time-out has a new connection, as terminals often do."""
    bought = purchase(amount)
    back = reversal(bought)
    for mti, fields in [("0200", bought), ("0420", back)] + [("0421", back)] * TRIES:
        with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as file:
            if ask(connection, file, mti, fields):
                return


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
