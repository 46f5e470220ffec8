"""The steps of building a pack, as a person is told."""

PACKING = "Packing"
CHECKING = "Checking it as an auditor does"
STEPS = (
    "Sealing the record",
    "Reading the system, its people and rules",
    "Reading the measurements",
    "Reading incidents and decisions",
    "Copying the ledger lines",
    "Writing lists and records",
    "Drawing the report",
    "Writing contents and manifests",
    "Having it signed",
    PACKING,
    CHECKING,
)


def share(place: int) -> int:
    """Return how much is done, 0 to 100, when the step at `place` begins."""
    return place * 100 // len(STEPS)
