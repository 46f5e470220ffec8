"""The end of a rehearsal: what it armed is cancelled, and nothing of it counts anywhere."""

from collections.abc import Callable, Mapping

from incidents.models import RegulatoryClock, Transition
from incidents.rules.transitions import CANCELLED
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end
from ledger.services.entries import append_entry
from outbox.services.timers import cancel_timers

RESOLUTION = "rehearsed"
ENDED = "the rehearsal ended"


def end_rehearsal(given: Given) -> Outcome:
    """End it from any state: timers are cancelled, clocks that it armed on paper end with it."""
    incident = given.incident
    end(incident, given.at, resolution=RESOLUTION, lessons=given.values["words"])

    def stop(transition: Transition) -> None:
        cancel_timers(subject_id=incident.pk, reason=ENDED, at=given.at)
        _end_clocks(given)

    return Outcome(
        CANCELLED,
        reason=given.values["words"],
        after={"resolution": RESOLUTION},
        details={"drill": True},
        then=stop,
    )


def _end_clocks(given: Given) -> None:
    running = RegulatoryClock.objects.filter(incident=given.incident, ended_at__isnull=True)
    for clock in running:
        clock.state = RegulatoryClock.State.ENDED
        clock.ended_reason, clock.ended_at = ENDED, given.at
        clock.save(at=given.at)
        append_entry(
            verb="incident.clock_ended",
            actor=given.attempt.actor,
            at=given.at,
            subject=given.attempt.subject,
            incident_id=given.incident.pk,
            system_id=given.incident.system_id,
            details={"clock": str(clock.pk), "drill": True},
            reason=ENDED,
        )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {"end_rehearsal": end_rehearsal}
