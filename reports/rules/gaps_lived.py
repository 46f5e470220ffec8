"""What is missing in how things were lived with: unratified stops, overdue conditions … Pure."""

from collections.abc import Iterator
from datetime import datetime

from reports.rules.conduct import Conduct
from reports.rules.shared import Shared

# section, what, state, who mends it, until when
Found = tuple[str, str, str, str, datetime | None]


def of_conduct(conduct: Conduct, as_of: datetime) -> Iterator[Found]:
    """Yield what is missing of one system at an instant."""
    yield from _of_stops(conduct, as_of)
    yield from _of_conditions(conduct, as_of)
    yield from _of_acceptances(conduct, as_of)
    yield from _of_programmes(conduct)
    for order in conduct.orders:
        if order.state == "adopted" and not any(drill.passed for drill in order.drills):
            words = f"{order.number}: the standing order was never tried with success"
            yield "orders", words, "warning", order.put_by, order.valid_until


def of_shared(shared: Shared, as_of: datetime) -> Iterator[Found]:
    """Yield what is missing of what no one system owns."""
    for request in shared.requests:
        if request.sent_at is None and request.due_at < as_of:
            due = f"{request.due_at:%Y-%m-%d}"
            words = f"{request.number}: {request.authority} has no answer, due was {due}"
            yield "requests", words, "critical", request.received_by, request.due_at
    for meeting in shared.meetings:
        approved = any(item.state == "approved" for item in meeting.minutes)
        if meeting.ended_at is not None and not approved:
            words = f"{meeting.number}: the minutes are not approved"
            yield "meetings", words, "warning", meeting.convened_by, None
    yield from _of_glasses(shared)


def _of_glasses(shared: Shared) -> Iterator[Found]:
    for glass in shared.glasses:
        if glass.reviewed_at is None:
            words = f"Access taken in an emergency over {glass.over} was not reviewed"
            yield "people", words, "warning", "Compliance", None


def _of_stops(conduct: Conduct, as_of: datetime) -> Iterator[Found]:
    for stop in conduct.containments:
        if stop.ratified_at is None and stop.ratify_by < as_of:
            words = f"{stop.incident}: the stop of {stop.at:%Y-%m-%d %H:%M} UTC is not ratified"
            yield "incidents", words, "critical", "The committee", stop.ratify_by


def _of_conditions(conduct: Conduct, as_of: datetime) -> Iterator[Found]:
    for item in conduct.conditions:
        if item.settled_at is None and item.due_at is not None and item.due_at < as_of:
            words = f"{item.decision}: condition {item.number} is overdue: {item.text}"
            yield "decisions", words, "critical", item.owner, item.due_at


def _of_acceptances(conduct: Conduct, as_of: datetime) -> Iterator[Found]:
    for risk in conduct.acceptances:
        if risk.state == "active" and risk.reviewed_at is None and risk.review_at < as_of:
            words = f"{risk.number}: the accepted risk was not reviewed in time"
            yield "acceptances", words, "warning", risk.owner, risk.review_at


def _of_programmes(conduct: Conduct) -> Iterator[Found]:
    for item in conduct.programmes:
        sides = {one.side for one in item.reconciliations}
        if item.state != "reconciled" or len(sides) < 2:
            settled = sum(batch.settled for batch in item.batches)
            counted = f"{settled} of {item.population} people put right"
            words = f"{item.incident}: {counted}, not reconciled"
            yield "programmes", words, "warning", item.planned_by, None
