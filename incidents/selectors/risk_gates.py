"""What the gates of a system's life ask about its accepted risks."""

from collections.abc import Sequence
from datetime import datetime

from incidents.selectors.acceptances import of_system
from registry.gates import Gap
from registry.models import System

ENVIRONMENT = "production"


def acceptances_valid(system: System, at: datetime) -> Sequence[Gap]:
    """No risk of production was accepted and is not any more: that waits for a decision first."""
    return [
        Gap(
            f"The acceptance {one.acceptance.number} of {one.acceptance.incident.number} is not "
            f"valid: {one.validity.words}. Its risk waits for a decision.",
            f"/acceptances/{one.acceptance.number}/",
        )
        for one in of_system(system, ENVIRONMENT, at)
        if not one.validity.valid
    ]
