"""What governance does about families: a vote on what goes with another case now is void."""

from datetime import datetime

from governance.services.resolutions import void_rounds
from incidents.models import Incident, Transition


def void_round_of_merged(incident: Incident, transition: Transition, at: datetime) -> None:
    """Void what is voted on an incident that is merged: its parent's decision is its own now."""
    if transition.payload.get("step") != "agreed":
        return
    into = transition.payload.get("into")
    words = f"{incident.number} was merged into {into}: {transition.reason}"
    void_rounds(incident=incident, words=words, at=at)
