"""How secrets are shown to people."""

PAN_HEAD, PAN_TAIL = 6, 4
"""Digits of a PAN that may be shown (PCI DSS 4.0, requirement 3.4.1: at most the BIN and the last four)."""


def mask_pan(pan: str) -> str:
    """`4000000000000002` as `400000******0002`; what is too short to hide anything that way is hidden whole."""
    hidden = len(pan) - PAN_HEAD - PAN_TAIL
    if hidden < 2:
        return "*" * len(pan)
    return pan[:PAN_HEAD] + "*" * hidden + pan[-PAN_TAIL:]


def mask(secret: str | None, value: str) -> str:
    """A value as its element's `secret` allows: "pan", "track" (its PAN masked, the rest hidden), "all", or None."""
    if secret is None:
        return value
    if secret == "pan":
        return mask_pan(value)
    if secret == "track":
        return mask_pan(value.partition("=")[0]) + "=*" if "=" in value else "*"
    return "*" * min(len(value), 16)
