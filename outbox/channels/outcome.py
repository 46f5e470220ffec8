"""What came of one attempt to deliver."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`permanent` stops all retries: the receiver refused for good, or the time has passed.

    `delivered`: the reader's own server took it, which says more than that it was sent.
    """

    ok: bool
    status: int | None = None
    response: str = ""
    permanent: bool = False
    delivered: bool = False
