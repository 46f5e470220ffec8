"""Classifications, tiers and assessments as tests need them: written by one, agreed by another."""

import datetime as dt

from registry.models import Classification, ImpactAssessment, System
from registry.rules.questionnaires import Answer, questions_of
from registry.selectors.questionnaires import shipped_form
from registry.services import assessments, classification
from registry.services.signatures import Ceremony
from tests.registry.answers import answers
from tests.registry.factories import AT, call, person_as_actor, role, user

NEXT_YEAR = dt.date(2027, 11, 20)


def proof(at=AT):
    """Return the proof that the signer is there now."""
    return Ceremony("password", at, "", "")


def officer(thing, name="compliance", at=AT):
    """Return a person of the second line for a system's unit."""
    person = user(of=thing.unit)
    role(person, name, unit=thing.unit, at=at)
    return person


def fresh(row):
    """Return a row as it is in the database."""
    return type(row).objects.get(pk=row.pk)


def draft(thing, by=None, at=AT, **changes):
    """Begin a draft and answer it; by the owner unless told otherwise."""
    actor = person_as_actor(by or thing.owner)
    row = call(classification.start_classification, system_id=thing.pk, actor=actor, at=at)
    return call(
        classification.save_answers, classification_id=row.pk, expected_version=row.version,
        answers=answers(**changes), actor=actor, at=at,
    )  # fmt: skip


def submit(row, by=None, at=AT, **changes):
    """Submit a draft, signed."""
    row = fresh(row)
    arguments = {"expected_version": row.version, "ceremony": proof(at)} | changes
    person = by or row.system.owner
    return call(
        classification.submit_classification, classification_id=row.pk, **arguments,
        actor=person_as_actor(person), at=at,
    )  # fmt: skip


def confirm(row, by=None, at=AT, **changes):
    """Confirm a submitted one, by a new compliance officer unless told otherwise."""
    row = fresh(row)
    arguments = {"expected_version": row.version, "ceremony": proof(at), "reason": "agreed"}
    return call(
        classification.confirm_classification, classification_id=row.pk,
        **(arguments | changes), actor=person_as_actor(by or officer(row.system, at=at)), at=at,
    )  # fmt: skip


def send_back(row, by=None, at=AT, reason="look again"):
    """Send a submitted one back."""
    row = fresh(row)
    return call(
        classification.send_back_classification, classification_id=row.pk,
        expected_version=row.version, reason=reason,
        actor=person_as_actor(by or officer(row.system, at=at)), at=at,
    )  # fmt: skip


def classified(thing, at=AT, **changes):
    """Classify a system by two persons; return the confirmed classification."""
    return confirm(submit(draft(thing, at=at, **changes), at=at), at=at)


def in_state(state, thing, **changes):
    """Return a classification of a system in a state, come to by its own steps."""
    row = draft(thing, **changes)
    if state == "draft":
        return row
    row = submit(row)
    if state == "submitted":
        return row
    row = confirm(row)
    if state == "reopened":
        row = call(
            classification.reopen_classification, system_id=thing.pk, reason="a doubt",
            actor=person_as_actor(thing.owner),
        )  # fmt: skip
    if state == "superseded":
        classified(thing)
    return Classification.objects.get(pk=row.pk)


def filled(kind="fria", **changes):
    """Return a filled form."""
    said = {}
    for question in questions_of(shipped_form(kind).document):
        value = question["options"][0]["value"] if question["kind"] == "choice" else "as it is"
        said[question["id"]] = Answer(changes.get(question["id"], value))
    return said


def assessment_draft(thing, kind="fria", by=None, at=AT, **changes):
    """Begin an assessment and fill it in."""
    actor = person_as_actor(by or thing.owner)
    row = call(assessments.start_assessment, system_id=thing.pk, kind=kind, actor=actor, at=at)
    return call(
        assessments.save_assessment, assessment_id=row.pk, expected_version=row.version,
        answers=filled(kind, **changes), actor=actor, at=at,
    )  # fmt: skip


def assessment_submitted(thing, kind="fria", at=AT, expires_on=NEXT_YEAR, **changes):
    """Fill in an assessment and submit it."""
    row = assessment_draft(thing, kind, at=at, **changes)
    return call(
        assessments.submit_assessment, assessment_id=row.pk, expected_version=row.version,
        expires_on=expires_on, ceremony=proof(at), actor=person_as_actor(thing.owner), at=at,
    )  # fmt: skip


def approve(row, by=None, at=AT, **changes):
    """Put an assessment into force."""
    row = fresh(row)
    arguments = {"expected_version": row.version, "ceremony": proof(at), "reason": "sound"}
    return call(
        assessments.approve_assessment, assessment_id=row.pk, **(arguments | changes),
        actor=person_as_actor(by or officer(row.system, at=at)), at=at,
    )  # fmt: skip


def assessed(thing, kind="fria", at=AT, **changes):
    """Return an assessment in force."""
    return approve(assessment_submitted(thing, kind, at=at, **changes), at=at)


def assessment_in(state, thing):
    """Return an assessment in a state, come to by its own steps."""
    if state == "draft":
        return assessment_draft(thing)
    row = assessment_submitted(thing)
    if state == "in_review":
        return row
    row = approve(row)
    if state == "replaced":
        assessed(thing)
    return ImpactAssessment.objects.get(pk=row.pk)


def again(thing):
    """Return a system as it is in the database."""
    return System.objects.get(pk=thing.pk)
