"""What a switch in Python could do at most, and what the obvious one does: relays to measure a switch against.

Each is a program: `python -m saklar.bench.baselines.raw LISTEN_PORT ISSUER_PORT`.
"""
