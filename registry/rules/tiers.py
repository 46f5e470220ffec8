"""The organisation's risk tier: its order, and the floor below which it never lies (REG-12)."""

from collections.abc import Iterable

ORDER = ("low", "medium", "high")


def highest(tiers: Iterable[str]) -> str:
    """Return the highest of these tiers; low for none, and for '' among them."""
    return max((tier for tier in tiers if tier), key=ORDER.index, default=ORDER[0])


def is_below(tier: str, floor: str) -> bool:
    """Whether a tier lies below a floor."""
    return ORDER.index(tier) < ORDER.index(floor)
