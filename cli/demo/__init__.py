"""The network of `saklar demo`: an HSM, two issuers, the switch and two acquirers, and the cases to put it through.

The TOML files here are the parties' configurations, with fixed ports; the demo moves them to free ones.
Their keys are under the published test LMK, so they protect nothing.
"""
