"""How the beginning of a thing is told, where somebody asks for it at an instant before that."""

from ledger.rules.worded import shortened, worded


def opened(number: str) -> str:
    """Return how the beginning of a case is told: 'INC-2026-0001 was opened'."""
    return shortened(f"{number} was opened", worded("the opening of {number}", number=number))


def accepted(number: str) -> str:
    """Return how the beginning of an accepted risk is told."""
    said = worded("the acceptance of {number}", number=number)
    return shortened(f"{number} was accepted", said)


def convened(number: str) -> str:
    """Return how the beginning of a meeting is told."""
    return shortened(f"{number} was convened", worded("the convening of {number}", number=number))


def put(number: str) -> str:
    """Return how the beginning of a standing order is told."""
    return shortened(f"{number} was put", worded("the putting of {number}", number=number))


def registered(name: str) -> str:
    """Return how the beginning of a system is told."""
    return shortened(f"{name} was registered", worded("the registration of {name}", name=name))
