"""Scenarios: a tester's list of cases as files that drive a card network and say whether it did what it should."""
