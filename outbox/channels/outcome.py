"""What came of one attempt to deliver."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`permanent` stops all retries: the receiver refused for good, or the time has passed."""

    ok: bool
    status: int | None = None
    response: str = ""
    permanent: bool = False
