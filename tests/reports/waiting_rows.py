"""Rows of the registry that wait for somebody, one a kind, on the system of tests.reports.story."""

import datetime as dt
import functools
import itertools

from governance.models import NoticeCase
from ledger.context import acting_as
from registry import models
from telemetry.models import AnswerReview
from tests.net import told as telling
from tests.registry import factories as make
from tests.reports import story

numbers = itertools.count(1)
SINCE = story.OPENED
DAY = dt.timedelta(days=1)


def waiting(factory):
    """Let a factory run as the test's machine, told of in one entry."""
    make_told = telling(factory)

    @functools.wraps(factory)
    def made(*arguments, **named):
        with acting_as(story.ENGINE):
            return make_told(*arguments, **named)

    return made


@waiting
def classification(told, state="submitted", **changes):
    """A round of the questionnaire, submitted by the owner."""
    people = told.people
    values = {
        "system": told.system,
        "number": next(numbers),
        "state": state,
        "questionnaire": "ai_act_classification/1",
        "writers": [people.jonas.pk],
        "started_at": SINCE,
        "submitted_by": people.jonas,
        "submitted_at": SINCE,
    }
    if state == "reopened":
        values |= {"confirmed_by": people.maren, "confirmed_at": SINCE}
        values |= {"reopened_at": SINCE, "reopened_because": "The law's data changed."}
    return models.Classification.objects.create(**(values | changes))


@waiting
def tier_change(told, **changes):
    """A lower tier, proposed by the owner."""
    values = {
        "system": told.system,
        "from_tier": "high",
        "to_tier": "medium",
        "reason": "It proposes less.",
        "proposed_by": told.people.jonas,
        "proposed_at": SINCE,
    }
    return models.TierChange.objects.create(**(values | changes))


@waiting
def statement(told, model=models.OperatingControls, **changes):
    """A draft of operating controls, a scope or a policy by the owner."""
    values = {
        "system": told.system,
        "version": next(numbers),
        "author": told.people.jonas,
        "drafted_at": SINCE,
        "reason": "first",
    }
    return model.objects.create(**(values | changes))


@waiting
def assessment(told, state="in_review", **changes):
    """An impact assessment that the owner wrote."""
    values = {
        "system": told.system,
        "kind": "fria",
        "number": next(numbers),
        "state": state,
        "form": "fria/1",
        "writers": [told.people.jonas.pk],
        "started_at": SINCE,
        "submitted_by": told.people.jonas,
        "submitted_at": SINCE,
    }
    if state == "in_force":
        values |= {"reviewed_by": told.people.maren, "reviewed_at": SINCE, "expires_at": SINCE}
    return models.ImpactAssessment.objects.create(**(values | changes))


@waiting
def plan(told, state="draft", **changes):
    """An evaluation plan by the engineer who is the deputy, too."""
    values = {
        "system": told.system,
        "number": next(numbers),
        "dataset_name": "held-out claims",
        "dataset_sha256": "0" * 64,
        "slices": [],
        "metrics": [],
        "sha256": "1" * 64,
        "state": state,
        "author": told.people.priya,
        "created_at": SINCE,
    }
    if state == "in_force":
        values |= {"approved_by": told.people.maren, "approved_at": SINCE}
    return models.EvaluationPlan.objects.create(**(values | changes))


@waiting
def run(told, *, signed_by=None, of_plan=None, **changes):
    """A run of the newer version, sent by the deputy; its authorship signed by who is named."""
    values = {
        "system": told.system,
        "version": told.versions["2.3"],
        "plan": of_plan or _plan_in_force(told),
        "identity_hash": "2" * 64,
        "dataset_sha256": "0" * 64,
        "started_at": SINCE,
        "ended_at": SINCE,
        "results": [],
        "judged": [],
        "outcome": "passed",
        "sent_by": told.people.priya,
        "recorded_at": SINCE,
        "entry_number": 1,
    }
    made = models.EvaluationRun.objects.create(**(values | changes))
    if signed_by is not None:
        models.Signature.objects.create(
            signer=signed_by,
            signer_name=signed_by.name,
            role="ran the evaluation",
            meaning="authorship",
            subject_type="evaluation_run",
            subject_id=made.pk,
            payload_sha256="3" * 64,
            method="password",
            authenticated_at=SINCE,
            session="s",
            signed_at=SINCE,
            zone="UTC",
        )
    return made


def _plan_in_force(told):
    held = models.EvaluationPlan.objects.filter(system=told.system, state="in_force").first()
    return held or plan(told, state="in_force")


@waiting
def document(told, state="draft", *, expires_on=None, **changes):
    """A document of the system, uploaded by the owner, to be reviewed by Maren."""
    values = {
        "system": told.system,
        "kind": "policy",
        "title": f"Manual {next(numbers)}",
        "owner": told.people.jonas,
        "reviewer": told.people.maren,
        "created_at": SINCE,
    }
    made = models.Document.objects.create(**(values | changes))
    models.DocumentVersion.objects.create(
        document=made,
        number=1,
        sha256="4" * 64,
        size=1,
        media_type="text/plain",
        name="manual.txt",
        uploaded_by=told.people.jonas,
        uploaded_at=SINCE,
        valid_from=SINCE.date() - 9 * DAY,
        expires_on=expires_on,
        state=state,
    )
    return made


@waiting
def exception(told, **changes):
    """Something that the owner approved alone while setting up."""
    values = {
        "kind": "evaluation_plan",
        "object_id": told.system.pk,
        "label": "Claims approval, evaluation plan 1",
        "unit": told.unit,
        "system": told.system,
        "person": told.people.jonas,
        "at": SINCE,
    }
    return models.SetupException.objects.create(**(values | changes))


@waiting
def concern(told, state="received", **changes):
    """A concern that nobody put a name to."""
    number = next(numbers)
    values = {
        "number": f"CON-2026-{number:04d}",
        "state": state,
        "where": "somewhere else",
        "what": "It refuses my friends.",
        "harm": "unknown",
        "receipt_sha256": f"{number:064d}",
        "form_key": f"{number:064d}",
        "received_at": SINCE,
    }
    if state != "received":
        values |= {"read_by": told.people.maren, "read_at": SINCE}
    return models.Concern.objects.create(**(values | changes))


@waiting
def notice(told, *, at=SINCE):
    """A supplier's notice that concerned the system; compliance keeps the supplier."""
    people = told.people
    supplier = models.Supplier.objects.create(
        slug="example-cloud", name="Example Cloud", keeper=people.maren, created_at=SINCE
    )
    told_us = models.SupplierNotice.objects.create(
        supplier=supplier,
        kind="change",
        title="A new snapshot",
        text="The old one ends.",
        received_at=at,
        received_by=people.maren,
        recorded_by=people.maren,
        recorded_at=at,
    )
    return NoticeCase.objects.create(
        notice=told_us, system=told.system, lifecycle="production", products="Model L", at=at
    )


@waiting
def delegation(principal, delegate):
    """That somebody acts for another in everything, put there by hand."""
    return models.Delegation.objects.create(
        principal=principal,
        delegate=delegate,
        reason="away",
        from_at=story.SINCE,
        until_at=story.AT,
    )


def token(told, *, days=9):
    """A token of a service account of the unit, that expires so many days after the story."""
    account = make.user(kind="service", of=told.unit)
    ends = SINCE + days * DAY
    return make.token(systems=[told.system], account=account, expires_at=ends, at=SINCE)


@waiting
def answer_review(told, event_id="ans/wer-é?1", **changes):
    """An answer that the owner sent to a compliance officer for a verdict."""
    values = {
        "system": told.system,
        "event_at": SINCE,
        "event_id": event_id,
        "reason": "The amount looks wrong.",
        "sent_by": told.people.jonas,
        "sent_at": SINCE,
        "reviewer": told.people.maren,
    }
    return AnswerReview.objects.create(**(values | changes))
