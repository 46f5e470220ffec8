"""Groups of fewer than ten: their figures are judged and leave the product nowhere."""

from telemetry.rules.computations import SMALLEST_GROUP

FEW = f"fewer than {SMALLEST_GROUP}, not shown"


def is_small(*, segment: str, n: int | None, sensitive: bool) -> bool:
    """Say whether a figure of a segment tells of fewer than ten.

    Where nobody said how many, a segment is small if its attribute is a sensitive one: unknown is
    never good. A figure of the whole is of no group.
    """
    if not segment:
        return False
    return sensitive if n is None else n < SMALLEST_GROUP
