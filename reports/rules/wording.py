"""Counts as a person says them."""

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def count(number: int, one: str, many: str = "") -> str:
    """Say '1 breach', '12 breaches'."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def spelt(number: int) -> str:
    """Say a small number as a word: 'two', '12'."""
    return WORDS[number] if number < len(WORDS) else str(number)


def sentence(*parts: str) -> str:
    """Join clauses into sentences that begin large and end in a point; empty ones go."""
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts if part)
