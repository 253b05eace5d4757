"""The host of an issuer, standing in for yours: it takes connections, keeps balances, and has no code of saklar.

Run it with `python host.py 9000`.
"""

import random
import socketserver
import sys
import threading
import time
from contextlib import suppress

from wire import receive, send

BALANCES = {"4000000000000002": 100_000, "4000000000000010": 2_500}  # in minor units, by card number
LIMIT = 50_000
booked = {}  # what was booked, by STAN and time of the request: card number, amount, answer
one_at_a_time = threading.Lock()


def reverse(request):
    """Give the money of the original back: DE 90 has its type, STAN and time."""
    original = request.get(90, "")[4:20]
    if original not in booked:
        return "25"
    pan, amount, _ = booked[original]
    BALANCES[pan] += amount
    return "00"


def authorise(request, answer):
    """Decide about a purchase or a balance inquiry; the same request again gets the same answer."""
    pan, amount, key = request.get(2, ""), int(request.get(4, "0")), request[11] + request[7]
    if key in booked:
        return booked[key][2]
    if pan not in BALANCES:
        return answer | {39: "14"}
    if request.get(14, "9999") < time.strftime("%y%m"):
        return answer | {39: "54"}
    if request[3][:2] == "31":
        return answer | {39: "00", 54: f"0002{request[49]}C{BALANCES[pan]:012d}"}
    if amount > LIMIT or amount > BALANCES[pan]:
        return answer | {39: "61" if amount > LIMIT else "51"}
    BALANCES[pan] -= amount
    answer |= {38: f"{random.randrange(10**6):06d}", 39: "00", 63: "NODE 1"}
    booked[key] = [pan, amount, answer]
    return answer


def decide(mti, request):
    """The answer to a request."""
    answer = {number: request[number] for number in (2, 3, 4, 7, 11, 37, 41, 49, 70, 90) if number in request}
    if mti[1] == "8":
        return answer | {39: "00"}
    return answer | {39: reverse(request)} if mti[1] == "4" else authorise(request, answer)


class Connection(socketserver.StreamRequestHandler):
    """A connection, until its other side ends it."""

    def handle(self):
        while message := receive(self.rfile):
            mti, request = message
            with one_at_a_time:
                answer = decide(mti, request)
            send(self.wfile, f"{mti[:2]}{int(mti[2]) + 1}0", answer)


class Host(socketserver.ThreadingTCPServer):
    """Takes connections."""

    allow_reuse_address = daemon_threads = True


if __name__ == "__main__":
    with Host(("127.0.0.1", int(sys.argv[1])), Connection) as host, suppress(KeyboardInterrupt):
        print(f"the host listens on 127.0.0.1:{host.server_address[1]}", flush=True)
        host.serve_forever()
