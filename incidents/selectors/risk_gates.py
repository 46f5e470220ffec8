"""What the gates of a system's life ask about its accepted risks."""

from collections.abc import Sequence
from datetime import datetime

from incidents.selectors.acceptances import of_system
from ledger.rules.worded import term, worded
from registry.gates import Gap
from registry.models import System

ENVIRONMENT = "production"


def acceptances_valid(system: System, at: datetime) -> Sequence[Gap]:
    """No risk of production was accepted and is not any more: that waits for a decision first."""
    return [
        Gap(
            worded(
                "The acceptance {acceptance} of {number} is not valid: {why}. Its risk waits for "
                "a decision.",
                acceptance=one.acceptance.number,
                number=one.acceptance.incident.number,
                why=term(one.validity.words),
            ),
            f"/acceptances/{one.acceptance.number}/",
        )
        for one in of_system(system, ENVIRONMENT, at)
        if not one.validity.valid
    ]
