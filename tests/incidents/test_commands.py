"""What each command writes: state, deadlines, timers, record, participation."""

import datetime as dt

import psycopg
import pytest
from django.db import connection

from incidents.models import Findings, Incident, Participation, Validation
from incidents.rules.plan import SegregationProfile, digest, to_text
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from incidents.services.commands import open_incident
from incidents.services.participation import record_participation
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors import lines_of_incident
from ledger.services import ActorMismatch
from outbox.models import Timer
from registry.models import Signature
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    acting,
    bring,
    do,
    evidence,
    fresh,
    opened,
    order,
    plan,
)

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def armed(incident, stage=""):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed")
    return sorted(
        (row.kind, row.payload.get("stage"), row.due_at)
        for row in rows
        if stage in ("", row.payload.get("stage"))
    )


def refused(kind, *arguments, **changes):
    with pytest.raises(kind) as caught:
        do(*arguments, **changes)
    return caught.value


# ------------------------------------------------------------------ T01


def test_t01_freezes_the_plan_and_names_who_answers(house):
    incident = fresh(opened(house, severity="major"))

    assert (incident.state, incident.version, incident.owner) == (OPEN, 1, house.owner)
    assert incident.plan == to_text(plan())
    assert incident.plan_sha256 == digest(plan())
    assert incident.number.startswith("INC-2026-")
    connection.check_constraints()


def test_t01_takes_owner_deputy_and_author_into_the_history(house):
    incident = opened(house)

    acts = set(Participation.objects.filter(incident=incident).values_list("person_id", "act"))
    assert acts == {
        (house.owner.pk, "owned"), (house.deputy.pk, "deputised"), (house.author.pk, "authored"),
    }


def test_t01_arms_three_deadlines_from_the_opening_and_their_ladders(house):
    incident = opened(house, severity="major")

    deadlines = {
        stage: due for kind, stage, due in armed(incident) if kind == "incident.stage_deadline"
    }
    assert deadlines == {
        "acknowledge": AT + 4 * HOUR,
        "first_assessment": AT + 8 * HOUR,
        "findings": AT + 2 * DAY + 8 * HOUR,
    }
    steps = [due for kind, _, due in armed(incident, "acknowledge") if kind == "escalation.step"]
    assert steps == [AT + 2 * HOUR, AT + 4 * HOUR]
    assert fresh(incident).stage_due_at == AT + 4 * HOUR


def test_a_timer_s_key_names_incident_cycle_plan_stage_step_and_repeat(house):
    incident = opened(house)

    keys = Timer.objects.filter(subject_id=incident.pk, kind="escalation.step")
    assert f"{incident.pk}:1:{incident.plan_sha256}:findings@1:0:0" in keys.values_list(
        "key", flat=True
    )


def test_one_open_incident_a_cause(house):
    first = opened(house, dedup_key="same")

    with pytest.raises(Conflict) as caught:
        opened(house, dedup_key="same")

    assert caught.value.code == "open_already"
    assert Incident.objects.filter(dedup_key="same").get() == first


def test_a_suppressed_incident_is_recorded_and_has_no_timer(house):
    incident = opened(house, suppressed=True)

    assert armed(incident) == []
    assert lines_of_incident(incident_id=incident.pk)[0].verb == "incident.opened"


def test_open_incident_is_refused_outside_any_actor(house):
    with acting_as(acting(house.owner)), pytest.raises(ActorMismatch):
        open_incident(**arguments_of(house))


def arguments_of(of):
    return {
        "kind": "breach", "dedup_key": factory.unique("key"), "title": "t", "summary": "s",
        "category": "technical", "system": of.system, "environment": "production",
        "live_version": of.bad, "severity": "minor", "plan": plan(), "onset_at": None,
        "onset_method": "", "detected_at": AT, "actor": EVALUATOR, "at": AT,
    }


# ------------------------------------------------------------------ T02, T02a


def test_t02_cancels_the_acknowledgement_and_lets_the_findings_run_from_the_opening(house):
    incident = opened(house, severity="major")

    done = do(incident, "acknowledge", house.owner, at=AT + 3 * HOUR)

    assert done.incident.state == INVESTIGATING
    assert done.incident.stage_due_at == AT + 2 * DAY + 8 * HOUR
    assert {stage for _, stage, _ in armed(incident)} == {"first_assessment", "findings"}


def test_t02_keeps_who_became_aware_when(house):
    incident = opened(house)

    done = do(incident, "acknowledge", house.deputy, at=AT + HOUR)

    assert (done.incident.aware_at, done.incident.aware_by) == (AT + HOUR, house.deputy.name)


def test_clk_05_an_alarm_unopened_for_a_day_is_deemed_known(house):
    incident = opened(house)

    done = do(incident, "acknowledge", house.owner, at=AT + 3 * DAY)

    assert done.incident.aware_at == AT + DAY
    assert done.incident.aware_by.startswith("deemed")


def test_a_report_by_hand_is_known_since_it_was_received(house):
    incident = opened(house, kind="reported")

    assert do(incident, "acknowledge", house.owner, at=AT + 2 * HOUR).incident.aware_at == AT


def test_t02a_meets_its_own_deadline_and_no_other(house):
    incident = bring(house, INVESTIGATING)

    done = do(incident, "first_assessment", house.owner, contained=True)

    assert done.incident.contained
    assert done.incident.first_assessment_due_at is None
    assert {stage for _, stage, _ in armed(incident)} == {"findings"}
    assert incident.assessments.get().affected == 120


# ------------------------------------------------------------------ T04, T05


def test_t04_signs_one_hash_of_the_findings(house):
    incident = bring(house, INVESTIGATING)
    evidence(incident, house.owner)

    done = do(incident, "submit_findings", house.owner)

    findings = Findings.objects.get(incident=incident)
    assert done.incident.state == VALIDATION
    assert findings.signature.meaning == "authorship"
    assert findings.signature.payload_sha256 == findings.record_sha256
    assert findings.entry_number == done.transition.entry_number
    assert {stage for _, stage, _ in armed(incident)} == {"validation"}


def test_a_small_case_needs_a_cause_a_sentence_and_an_action(house):
    incident = bring(house, INVESTIGATING, severity="minor")

    done = do(incident, "submit_findings", house.owner, fields={
        "cause": "use", "narrative": "A test run.", "proposed_action": "None.",
    })

    assert done.incident.state == VALIDATION
    assert Findings.objects.get(incident=incident).proposed_severity == "minor"


def test_t05_gives_the_owner_what_was_left_not_fresh_time(house):
    incident = bring(house, VALIDATION, severity="major")
    submitted = fresh(incident).stage_entered_at

    done = do(incident, "return_to_owner", house.compliance, at=submitted + DAY)

    assert done.incident.state == INVESTIGATING
    assert done.incident.stage_due_at == submitted + DAY + 2 * DAY + 8 * HOUR
    assert done.incident.returns == 1


def test_inc_a_a_return_leaves_at_least_the_floor(house):
    incident = opened(house, severity="severe")
    do(incident, "acknowledge", house.owner)
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner, at=AT + 48 * HOUR)

    done = do(incident, "return_to_owner", house.compliance, at=AT + 50 * HOUR)

    assert done.incident.stage_due_at == AT + 58 * HOUR


def test_inc_b_the_third_return_goes_up_a_level(house):
    incident = bring(house, VALIDATION)

    levels = []
    for _ in range(3):
        levels.append(do(incident, "return_to_owner", house.compliance).incident.level)
        do(incident, "submit_findings", house.owner)

    assert levels == [0, 0, 1]


def test_f37_returns_add_no_time_beyond_budget_and_floors(house):
    incident = bring(house, VALIDATION, severity="severe")
    at, owner_had = AT, dt.timedelta()

    for _ in range(5):
        due = do(incident, "return_to_owner", house.compliance, at=at).incident.stage_due_at
        owner_had += due - at
        at = due
        do(incident, "submit_findings", house.owner, at=at)
        at += HOUR

    assert owner_had <= 48 * HOUR + 4 * 8 * HOUR


def test_a_stage_entered_twice_has_timers_of_its_own(house):
    incident = bring(house, VALIDATION)
    do(incident, "return_to_owner", house.compliance)

    do(incident, "submit_findings", house.owner)

    rules = Timer.objects.filter(subject_id=incident.pk, payload__stage="validation")
    assert len(set(rules.values_list("payload__rule", flat=True))) == 2
    assert {row.payload["rule"] for row in rules.filter(state="armed")} == {
        f"validation@{fresh(incident).version}"
    }


# ------------------------------------------------------------------ T06


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


# ------------------------------------------------------------------ T07, T25


def test_t07_a_validator_proposes_and_a_second_person_dismisses(house):
    incident = bring(house, VALIDATION, severity="minor")

    first = do(incident, "dismiss", house.compliance)
    second = do(incident, "dismiss", house.executive)

    assert (first.incident.state, second.incident.state) == (VALIDATION, CLOSED)
    assert second.incident.resolution == "dismissed"
    assert armed(incident) == []


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


@pytest.mark.parametrize(("changes", "code"), [
    ({"severity": "moderate"}, "too_severe_to_dismiss"),
    ({"severity": "minor", "category": "trust_compliance"}, "goes_to_committee"),
    ({"severity": "minor", "kind": "fairness"}, "goes_to_committee"),
])
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


# ------------------------------------------------------------------ T09, T12, T24


def test_t09_orders_every_action_with_executor_due_proof_and_nonce(house):
    incident = bring(house, DECISION)

    done = do(incident, "adopt", EVALUATOR, actions=[
        order(incident, position=1),
        order(incident, type="compensate", position=2, due_at=AT + 90 * DAY),
    ])

    first, second = incident.actions.order_by("position")
    assert done.incident.state == EXECUTION
    assert (first.stopping, second.stopping) == (True, False)
    assert first.nonce != second.nonce
    assert done.incident.stage_due_at == AT + 2 * DAY
    assert Participation.objects.filter(incident=incident, act="executes").count() == 2


def test_inc_d_without_a_stopping_action_the_verification_begins_at_once(house):
    incident = bring(house, DECISION)

    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="compensate")])

    after = fresh(incident)
    assert after.state == VERIFICATION
    assert list(incident.transitions.order_by("-version").values_list("code", flat=True))[:2] == [
        "T13", "T09",
    ]
    assert after.stage_due_at == AT + 2 * DAY
    connection.check_constraints()


@pytest.mark.parametrize(("changes", "kind", "code"), [
    ({"target_version_id": None}, Invalid, "target_missing"),
    ({"executor_id": "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"}, Invalid, "unknown_executor"),
    ({"type": "continue"}, Invalid, "not_an_action"),
    ({"proof": "measured"}, Invalid, "proof_cannot_be_judged"),
    ({"proof": "measured", "verification": [{"above": 1.0}]}, Invalid, "proof_cannot_be_judged"),
])
def test_an_order_that_cannot_be_carried_out_is_refused_whole(house, changes, kind, code):
    incident = bring(house, DECISION)

    refusal = refused(kind, incident, "adopt", EVALUATOR, actions=[
        order(incident, position=1), order(incident, position=2, **changes),
    ])

    assert refusal.code == code
    assert incident.actions.count() == 0


def test_f36_a_target_that_is_not_approved_or_is_the_cause_is_refused(house):
    incident = bring(house, DECISION)
    bad = order(incident, target_version_id=house.bad.pk)

    assert refused(Conflict, incident, "adopt", EVALUATOR, actions=[bad]).code == (
        "target_is_the_cause"
    )


def test_an_executor_who_voted_is_refused(house):
    incident = bring(house, DECISION)
    record_participation(incident=incident, person_id=house.engineer.pk, act="voted", at=AT)

    refusal = refused(Conflict, incident, "adopt", EVALUATOR)

    assert refusal.reason.endswith("voted on it.")


def test_t12_a_lapse_approves_nothing_and_may_go_up_a_level(house):
    incident = bring(house, DECISION)

    done = do(incident, "lapse", EVALUATOR)

    assert (done.incident.state, done.incident.level) == (DECISION, 1)


def test_t24_observes_at_once(house):
    incident = bring(house, DECISION)

    done = do(incident, "keep_running", EVALUATOR)

    window = incident.windows.get()
    assert done.incident.state == VERIFICATION
    assert (window.starts_at, window.outcome) == (AT, "RUNNING")
    assert done.incident.stage_due_at == window.ends_at


@pytest.mark.django_db
@pytest.mark.parametrize("severity", ["major", "severe"])
def test_kom_24_at_high_tier_a_grave_case_does_not_simply_go_on(severity):
    of = factory.house(risk_tier="high")
    incident = bring(of, DECISION, severity=severity)

    refusal = refused(Conflict, incident, "keep_running", EVALUATOR)

    assert refusal.code == "too_severe_to_keep_running"
    assert "suspend, restrict or retire" in refusal.reason


# ------------------------------------------------------------------ T22, join


def test_t22_raising_makes_running_deadlines_shorter(house):
    incident = opened(house, severity="moderate")

    done = do(incident, "raise_severity", house.deputy, severity="severe")

    assert done.incident.stage_due_at == AT + HOUR
    assert {stage: due for kind, stage, due in armed(incident) if "deadline" in kind} == {
        "acknowledge": AT + HOUR, "first_assessment": AT + 8 * HOUR, "findings": AT + 48 * HOUR,
    }


def test_raising_never_gives_more_time(house):
    incident = opened(house, severity="major", at=AT)
    late = fresh(incident).stage_due_at - dt.timedelta(minutes=1)

    done = do(incident, "raise_severity", house.owner, severity="severe", at=late)

    assert done.incident.stage_due_at <= AT + HOUR


@pytest.mark.parametrize("severity", ["minor", "moderate"])
def test_a_severity_is_not_lowered_by_raising(house, severity):
    incident = opened(house, severity="moderate")

    assert refused(
        Conflict, incident, "raise_severity", house.compliance, severity=severity
    ).code == "not_raised"


def test_a_worse_breach_joins_and_raises(house):
    incident = opened(house, severity="minor")

    milder = do(incident, "join_breach", EVALUATOR, severity="minor")
    worse = do(incident, "join_breach", EVALUATOR, severity="major")

    assert (milder.incident.severity, worse.incident.severity) == ("minor", "major")
    assert worse.transition.code == "T01a"


# ------------------------------------------------------------------ record


def test_every_transition_has_its_ledger_entry_with_who_in_which_role(house):
    incident = bring(house, DECISION)

    lines = lines_of_incident(incident_id=incident.pk)
    validated = next(line for line in lines if line.verb == "incident.validated")

    numbers = {row.entry_number for row in incident.transitions.all()}
    assert numbers <= {line.number for line in lines}
    assert validated.body["who"]["role"] == "compliance"
    assert validated.body["before"]["state"] == "VALIDATION"
    assert validated.body["after"]["state"] == "DECISION"
    assert validated.body["details"]["fields"]["implication"] == "none"


def test_the_history_of_an_incident_names_who_changed_it(house):
    incident = bring(house, INVESTIGATING)

    newest = incident.history.first()

    assert newest.state == INVESTIGATING
    assert newest.history_actor == house.owner.name
