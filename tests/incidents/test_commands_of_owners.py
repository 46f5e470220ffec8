"""Opening, acknowledging, assessing, findings and their return; the record of it all."""

import datetime as dt

import pytest
from django.db import connection

from incidents.models import Findings, Incident, Participation
from incidents.rules.plan import digest, to_text
from incidents.rules.transitions import (
    DECISION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
)
from incidents.services.commands import open_incident
from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from ledger.selectors.lines import lines_of_incident
from ledger.services.entries import ActorMismatch
from outbox.models import Timer
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    acting,
    bring,
    do,
    evidence,
    fresh,
    goes_live,
    opened,
    person,
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
        (house.owner.pk, "owned"),
        (house.deputy.pk, "deputised"),
        (house.author.pk, "authored"),
    }


def test_seg_05_authors_of_all_that_was_live_since_the_onset_take_part(house):
    between, last = person(unit=house.unit), person(unit=house.unit)
    goes_live(house, "2.4", between, at=AT - 9 * HOUR)
    goes_live(house, "2.5", last, at=AT - 4 * HOUR)

    incident = opened(house, onset_at=AT - 5 * HOUR, live_version=None)

    rows = Participation.objects.filter(incident=incident, act="authored")
    assert set(rows.values_list("person_id", flat=True)) == {between.pk, last.pk}


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
        "kind": "breach",
        "dedup_key": factory.unique("key"),
        "title": "t",
        "summary": "s",
        "category": "technical",
        "system": of.system,
        "environment": "production",
        "live_version": of.bad,
        "severity": "minor",
        "plan": plan(),
        "onset_at": None,
        "onset_method": "",
        "detected_at": AT,
        "actor": EVALUATOR,
        "at": AT,
    }


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

    done = do(
        incident,
        "submit_findings",
        house.owner,
        fields={
            "cause": "use",
            "narrative": "A test run.",
            "proposed_action": "None.",
        },
    )

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
