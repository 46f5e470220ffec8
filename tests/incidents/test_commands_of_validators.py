"""Validation by one line or two, dismissal, small cases."""

import datetime as dt

import psycopg
import pytest

from incidents.models import Validation
from incidents.rules.plan import SegregationProfile
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    VALIDATION,
)
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Timer
from registry.models import Signature
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    bring,
    do,
    opened,
    plan,
)

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def armed(incident, stage=""):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed", payload__stage__gt="")
    return sorted(
        (row.kind, row.payload.get("stage"), row.due_at)
        for row in rows
        if stage in ("", row.payload.get("stage"))
    )


def refused(kind, *arguments, **changes):
    with pytest.raises(kind) as caught:
        do(*arguments, **changes)
    return caught.value


def test_t06_other_tiers_need_one_validator(house):
    incident = bring(house, VALIDATION)

    done = do(incident, "validate", house.risk)

    assert done.incident.state == DECISION
    assert done.incident.severity_validated
    assert Validation.objects.get(incident=incident).line == "risk"


@pytest.mark.django_db
@pytest.mark.parametrize("order_", [("compliance", "risk"), ("risk", "compliance")])
def test_t06_high_tier_needs_compliance_and_risk_on_the_same_hash(order_):
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)

    first = do(incident, "validate", getattr(of, order_[0]))
    second = do(incident, "validate", getattr(of, order_[1]))

    assert (first.incident.state, second.incident.state) == (VALIDATION, DECISION)
    hashes = Validation.objects.filter(incident=incident).values_list("findings_sha256", flat=True)
    assert len(hashes) == 2
    assert len(set(hashes)) == 1
    assert first.transition.code == second.transition.code == "T06"


@pytest.mark.django_db
def test_at_high_tier_one_person_does_not_sign_for_both_lines():
    of = factory.house(risk_tier="high")
    factory.grant(of.compliance, "risk", unit=of.unit)
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.compliance)

    refusal = refused(Forbidden, incident, "validate", of.compliance)

    assert refusal.reason == "You cannot validate this: you signed for compliance."
    assert refusal.who_can == (of.risk.name,)


@pytest.mark.django_db
def test_at_high_tier_a_line_signs_once():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.compliance)

    refusal = refused(Conflict, incident, "validate", of.verifier)

    assert refusal.code == "already_validated"
    assert "risk is still to sign" in refusal.reason


@pytest.mark.django_db
def test_changed_findings_void_the_reviews_that_were_signed():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.compliance)
    do(incident, "return_to_owner", of.risk)
    do(incident, "submit_findings", of.owner, narrative="Another cause.")

    done = do(incident, "validate", of.risk)

    assert done.incident.state == VALIDATION


@pytest.mark.django_db
def test_two_validators_settle_on_the_higher_severity():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)

    do(incident, "validate", of.compliance, severity="major", severity_reason="Many people.")
    done = do(incident, "validate", of.risk)

    assert done.incident.severity == "major"


def test_another_severity_needs_its_reason(house):
    incident = bring(house, VALIDATION)

    refusal = refused(Invalid, incident, "validate", house.compliance, severity="minor")

    assert set(refusal.fields) == {"severity_reason"}


def test_a_validator_may_lower_the_severity_with_a_reason(house):
    incident = bring(house, VALIDATION)

    done = do(
        incident, "validate", house.compliance, severity="minor", severity_reason="One claim."
    )

    assert done.incident.severity == "minor"


def test_not_reportable_needs_a_signed_reason(house):
    incident = bring(house, VALIDATION)

    refusal = refused(Invalid, incident, "validate", house.compliance, implication_reason="")

    assert set(refusal.fields) == {"implication_reason"}


def test_findings_that_changed_since_signing_cannot_be_validated(own_database, server):
    of = factory.house()
    incident = bring(of, VALIDATION)
    owner = own_database.replace("countersign_app", "countersign_owner")
    with psycopg.connect(owner) as direct:
        direct.execute("ALTER TABLE incidents_findings DISABLE TRIGGER USER")
        direct.execute("UPDATE incidents_findings SET harm = 'none at all'")

    refusal = refused(Conflict, incident, "validate", of.compliance)

    assert refusal.code == "record_changed"


def test_t07_a_validator_proposes_and_a_second_person_dismisses(house):
    incident = bring(house, VALIDATION, severity="minor")

    first = do(incident, "dismiss", house.compliance)
    second = do(incident, "dismiss", house.executive)

    assert (first.incident.state, second.incident.state) == (VALIDATION, CLOSED)
    assert second.incident.resolution == "dismissed"
    assert [stage for _, stage, _ in armed(incident) if stage] == []


def test_the_second_person_of_a_dismissal_is_another_one(house):
    incident = bring(house, VALIDATION, severity="minor")
    do(incident, "dismiss", house.compliance)

    refusal = refused(Forbidden, incident, "dismiss", house.compliance)

    assert refusal.reason == "You cannot dismiss this: you proposed to dismiss it."


def test_a_second_person_waits_for_a_validator_s_proposal(house):
    incident = bring(house, VALIDATION, severity="minor")

    assert refused(Forbidden, incident, "dismiss", house.executive).code == "validator_first"


def test_seg_11_a_policy_may_let_one_validator_dismiss(house):
    one = plan(segregation=SegregationProfile(dismiss_persons=1))
    incident = bring(house, VALIDATION, severity="minor", plan=one)

    assert do(incident, "dismiss", house.compliance).incident.state == CLOSED


def test_a_proposal_to_dismiss_does_not_survive_a_return(house):
    incident = bring(house, VALIDATION, severity="minor")
    do(incident, "dismiss", house.compliance)
    do(incident, "return_to_owner", house.risk)
    do(incident, "submit_findings", house.owner)

    assert refused(Forbidden, incident, "dismiss", house.executive).code == "validator_first"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"severity": "moderate"}, "too_severe_to_dismiss"),
        ({"severity": "minor", "category": "trust_compliance"}, "goes_to_committee"),
        ({"severity": "minor", "kind": "fairness"}, "goes_to_committee"),
    ],
)
def test_what_may_not_be_dismissed_goes_to_the_decision(house, changes, code):
    incident = bring(house, VALIDATION, **changes)

    assert refused(Conflict, incident, "dismiss", house.compliance).code == code


@pytest.mark.parametrize("answer", ["yes", "unknown"])
@pytest.mark.parametrize("command", ["dismiss", "close_small"])
def test_clk_17_a_question_that_is_yes_or_open_stands_against_a_short_way(house, command, answer):
    incident = opened(house, severity="minor")
    do(incident, "acknowledge", house.owner, rights_affected=answer)
    do(incident, "submit_findings", house.owner)
    do(incident, "note_recovery", EVALUATOR)

    code = None
    try:
        do(incident, command, house.compliance, at=AT + 2 * DAY)
    except Conflict as refusal:
        code = refusal.code

    dismissed_on_doubt = (command, answer) == ("dismiss", "unknown")
    assert code == (None if dismissed_on_doubt else "question_open")


def test_t25_a_recovered_minor_case_is_closed_by_one_signature(house):
    incident = bring(house, VALIDATION, severity="minor")
    do(incident, "note_recovery", EVALUATOR)

    early = refused(Conflict, incident, "close_small", house.compliance, at=AT + 23 * HOUR)
    done = do(incident, "close_small", house.compliance, at=AT + 24 * HOUR)

    assert early.code == "not_recovered"
    assert (done.incident.state, done.incident.resolution) == (CLOSED, "small_case")
    assert Signature.objects.filter(subject_id=incident.pk, meaning="review").count() == 1


@pytest.mark.django_db
def test_t25_is_not_for_the_high_tier():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION, severity="minor")

    assert refused(Conflict, incident, "close_small", of.compliance).code == "not_small"


def test_a_relapse_ends_the_recovery(house):
    incident = bring(house, VALIDATION, severity="minor")
    do(incident, "note_recovery", EVALUATOR)
    do(incident, "note_recovery", EVALUATOR, since=None)

    refusal = refused(Conflict, incident, "close_small", house.compliance, at=AT + 9 * DAY)

    assert refusal.code == "not_recovered"
