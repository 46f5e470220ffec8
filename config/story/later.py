"""What was found out later about the demo's answers: labels, canaries, silences, a review."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config.story.measured import WINDOWS, Told
from config.story.measuring import FILE
from config.story.readiness import told_in
from demo.client import events
from demo.programs.assistant import HANDED_OVER
from demo.stories.support_assistant import Bench
from governance.services.canaries import take_in_canary_run
from governance.services.labels import take_in_labels
from governance.services.mutes import Cover, approve_mute, ask_mute
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models import System
from telemetry.models import CanarySet, DecisionEvent
from telemetry.rules.answers import key_of
from telemetry.rules.rows import Delivery, LabelRow
from telemetry.services.answers import send_to_review

DESK = machine("demo", kind="command", channel="command")


def find_out_later(told: Told) -> None:
    """Label some answers, ask the canaries, silence two figures, send one answer to review."""
    data = told_in(FILE)
    _labels(told, data["labels"])
    _canary_run(told, data["canary"])
    for one in data["silences"]:
        _silence(told, one)
    _review(told, data["review"])


def _labels(told: Told, data: Mapping[str, Any]) -> None:
    """Say of the first answers of a window whether they made something up, a week later.

    Made up is what quotes a figure that its passage does not hold for this customer.
    """
    begins = told.end - (WINDOWS - data["window"] + 1) * told.window
    length = int(told.window.total_seconds())
    rows = [
        LabelRow(
            system=data["system"], event_id=row["event_id"], kind="hallucinated",
            value=not row["grounded"], labelled_at=told.at, reviewer=data["reviewer"],
        )
        for row in events(data["system"], "before", [data["window"]], begins, length)
        if row["grounded"] is not None
    ][: data["first"]]  # fmt: skip
    delivery = Delivery(
        rows=rows, numbers=range(1, len(rows) + 1), source="sample of the service desk (simulated)"
    )
    reach = System.objects.filter(slug=data["system"])
    with acting_as(DESK):
        take_in_labels(delivery=delivery, reach=reach, actor=DESK, at=told.at)


def _canary_run(told: Told, data: Mapping[str, Any]) -> None:
    """Ask the program itself; what it answers is what it answers."""
    row = CanarySet.objects.get(system__slug=data["system"], state=CanarySet.State.ACTIVE)
    assistant = Bench().assistants[data["version"]]
    answers = {}
    for item in row.items:
        passage = assistant.answer(item["question"]).passage
        answers[item["id"]] = passage.id if passage else HANDED_OVER
    with acting_as(DESK):
        take_in_canary_run(set_id=row.pk, answers=answers, ran_at=told.end, actor=DESK, at=told.at)


def _silence(told: Told, data: Mapping[str, Any]) -> None:
    by = told.person(data["asked_by"])
    with acting_as(by):
        mute = ask_mute(
            system_id=told.system(data["system"]).pk, cover=Cover(kpi_id=data["kpi"]),
            reason=data["reason"], from_at=told.at,
            until_at=told.at + timedelta(hours=data["hours"]), actor=by, at=told.at,
        )  # fmt: skip
    if "agreed_by" in data:
        other = told.person(data["agreed_by"])
        with acting_as(other):
            approve_mute(mute_id=mute.pk, actor=other, at=told.at)


def _review(told: Told, data: Mapping[str, Any]) -> None:
    """Send the newest answer that quoted an old figure and got a thumb down to somebody else."""
    rows = DecisionEvent.objects.filter(
        system__slug=data["system"], topic=data["topic"], grounded=False, feedback="down"
    ).order_by("-at")
    found, by = rows.values_list("at", "event_id")[0], told.person(data["sent_by"])
    reviewer = told.person(data["reviewer"]).person
    assert reviewer is not None
    with acting_as(by):
        send_to_review(
            system=told.system(data["system"]), key=key_of(*found), reason=data["reason"],
            reviewer_id=reviewer, actor=by, at=told.at,
        )  # fmt: skip
