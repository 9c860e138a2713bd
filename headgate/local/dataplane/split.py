"""Canary split: random per request, no stickiness (FACTS 5.12). Pure."""


def takes_canary(percent: float, draw: float) -> bool:
    """`draw` is in [0, 1): 0 % is never, 100 % is always, 25 % is every draw under 0.25."""
    return draw * 100 < percent
