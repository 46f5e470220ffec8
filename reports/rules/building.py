"""The steps of building a pack, as a person is told."""

PACKING = "Packing"
CHECKING = "Checking it as an auditor does"
STEPS = (
    "Sealing the record",
    "Reading the systems, their people and rules",
    "Reading the measurements",
    "Reading incidents and decisions",
    "Copying the ledger lines",
    "Writing lists and records",
    "Writing the folders of the frameworks",
    "Drawing the report",
    "Writing contents and manifests",
    "Having it signed",
    PACKING,
    CHECKING,
)


def share(place: int, part: float = 0) -> int:
    """Return how much is done, 0 to 100, at the step at `place`, of which `part` (0 to 1) is."""
    return int((place + part) * 100 / len(STEPS))
