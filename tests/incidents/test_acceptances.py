"""Accepting a risk until a date: T10, T20, T21, computed validity, renewals. Workflow section 6.

F27 (valid after the expiry because a job is down), F28 (without an end), KOM-24, SEG-10.
"""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from incidents.models import Evidence, RiskAcceptance, VerificationWindow
from incidents.rules.transitions import DECISION, RISK_ACCEPTED, VERIFICATION
from incidents.selectors.acceptances import proposal_faults, renewals_of, shown, standing_of
from incidents.selectors.risk_gates import acceptances_valid
from incidents.selectors.serving import serving_state
from incidents.services.acceptances import hand_over_acceptance, note_ended, void_acceptance
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Invalid
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from registry.models import Classification, Deployment, System, User
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    SETUP,
    acting,
    bring,
    do,
    evidence,
    forced,
    fresh,
    person,
    plan,
    terms,
    took_part,
    version,
)
from tests.net import told

DAY = dt.timedelta(days=1)
UNTIL = AT + 20 * DAY


@pytest.fixture
def accepted(house):
    return bring(house, RISK_ACCEPTED)


def the(incident):
    return RiskAcceptance.objects.filter(incident=incident).latest("from_at")


def fired(at):
    with acting_as(SWEEP):
        fire_timers(at=at, batch=200, report=SweepReport())


def now(incident, at):
    return standing_of(fresh(incident), at)


def accept(incident, *, at=AT, **changes):
    said = terms(incident, at=at, **changes)
    return do(incident, "accept_risk", EVALUATOR, at=at, acceptance=said)


def test_an_adopted_acceptance_runs_from_the_decision_to_its_instant(house, accepted):
    row = the(accepted)

    assert (accepted.state, accepted.stage_due_at) == (RISK_ACCEPTED, UNTIL)
    assert (row.from_at, row.until_at, row.review_at) == (AT, UNTIL, AT + 10 * DAY)
    assert (row.state, row.renewals, row.limit_value) == ("active", 0, 0.8)
    assert row.number.startswith("RA-2026-")


def test_validity_ends_at_the_instant_although_nothing_ran(accepted):
    assert now(accepted, UNTIL - dt.timedelta(microseconds=1)).validity.valid
    over = now(accepted, UNTIL)

    assert (over.validity.valid, over.validity.ground, over.validity.since) == (
        False,
        "expired",
        UNTIL,
    )
    assert the(accepted).state == "active"
    assert over.word == "Expired"


def test_the_state_api_and_the_gate_say_expired_without_any_worker(house, accepted):
    before = serving_state(system=house.system, environment="production", version=None, at=AT)
    after = serving_state(system=house.system, environment="production", version=None, at=UNTIL)

    assert [one["valid"] for one in before.acceptances] == [True]
    assert [(one["valid"], one["state"]) for one in after.acceptances] == [(False, "expired")]
    assert after.may_serve
    assert acceptances_valid(house.system, AT) == []
    (gap,) = acceptances_valid(house.system, UNTIL)
    assert "not valid: its time is over" in gap.words


def test_where_the_policy_says_so_an_expired_risk_stops_the_serving(house):
    incident = bring(house, RISK_ACCEPTED, plan=plan(limits={"acceptance_stops": "yes"}))

    def state(at):
        return serving_state(system=house.system, environment="production", version=None, at=at)

    assert state(UNTIL - DAY).may_serve
    assert not state(UNTIL).may_serve
    assert the(incident).number in state(UNTIL).reason


def test_an_expired_risk_stops_the_serving_until_another_decision_is_carried_out(house):
    incident = bring(house, RISK_ACCEPTED, plan=plan(limits={"acceptance_stops": "yes"}))
    note_ended(UNTIL)
    do(incident, "adopt", EVALUATOR, at=UNTIL + DAY)
    ordered = serves(house, UNTIL + DAY)

    do(incident, "confirm_action", house.executive, at=UNTIL + 2 * DAY)

    assert fresh(incident).state == VERIFICATION
    assert (ordered, serves(house, UNTIL + 2 * DAY)) == (False, True)


def serves(of, at):
    """Whether the state API lets the house's system serve."""
    state = serving_state(system=of.system, environment="production", version=None, at=at)
    return state.may_serve


def test_the_sweep_writes_the_expiry_down_at_its_instant_and_leads_back(house, accepted):
    noted = note_ended(UNTIL + 3 * DAY)

    row, incident = the(accepted), fresh(accepted)
    assert noted == 1
    assert (row.state, row.ended_at, row.recorded_at) == ("expired", UNTIL, UNTIL + 3 * DAY)
    assert (incident.state, incident.severity) == (DECISION, "moderate")
    assert incident.stage_due_at > UNTIL + 3 * DAY
    assert note_ended(UNTIL + 4 * DAY) == 0


def test_its_timers_tell_before_it_ends_call_for_the_review_and_note_the_end(house, accepted):
    keys = Timer.objects.filter(subject_id=accepted.pk, kind="incident.acceptance")
    due = sorted(keys.values_list("due_at", "payload__which"))

    assert due == [
        (AT + 6 * DAY, "notice:14d"),
        (AT + 10 * DAY, "review"),
        (AT + 13 * DAY, "notice:7d"),
        (AT + 19 * DAY, "notice:1d"),
        (UNTIL, "expiry"),
    ]


def test_each_notice_names_what_is_to_be_done_and_until_when(house, accepted):
    fired(AT + 6 * DAY)

    told_to = Message.objects.filter(subject__startswith="Renew or remove the accepted risk")
    assert set(told_to.values_list("person_id", flat=True)) >= {
        house.executive.pk,
        house.owner.pk,
        house.compliance.pk,
    }


def test_at_half_term_who_may_review_is_called_once(house, accepted):
    fired(AT + 10 * DAY)
    calls = Message.objects.filter(subject__startswith="Review the accepted risk")

    assert house.compliance.pk in set(calls.values_list("person_id", flat=True))


def test_a_review_that_was_done_before_half_term_calls_nobody(house, accepted):
    do(accepted, "review_acceptance", house.compliance, at=AT + 9 * DAY)

    fired(AT + 10 * DAY)

    assert not Message.objects.filter(subject__startswith="Review the accepted risk").exists()
    assert the(accepted).reviewed_by == house.compliance
    assert fresh(accepted).state == RISK_ACCEPTED


def test_the_expiry_timer_notes_the_end_once(house, accepted):
    fired(UNTIL)
    fired(UNTIL)

    assert the(accepted).state == "expired"
    assert fresh(accepted).state == DECISION
    assert accepted.transitions.filter(command="end_acceptance").count() == 1


def test_the_end_calls_off_what_was_still_to_be_told(house, accepted):
    void(accepted, AT + DAY)

    waiting = Timer.objects.filter(subject_id=accepted.pk, kind="incident.acceptance")
    assert not waiting.filter(cancelled_at__isnull=True).exists()


def void(incident, at, ground="law_change"):
    with acting_as(EVALUATOR):
        return void_acceptance(
            incident_id=incident.pk, ground=ground, since=at, words="It has changed.", at=at
        )


def test_a_version_outside_the_scope_voids_from_the_instant_it_is_live(house, accepted):
    go_live(house, "2.4", AT + 5 * DAY)

    found = now(accepted, AT + 6 * DAY)

    assert now(accepted, AT + 4 * DAY).validity.valid
    assert (found.validity.ground, found.validity.since) == ("new_version", AT + 5 * DAY)
    assert "2.4" in found.validity.words
    note_ended(AT + 6 * DAY)
    assert (the(accepted).state, the(accepted).ended_at) == ("revoked", AT + 5 * DAY)


def test_a_version_within_the_scope_leaves_it_standing(house, accepted):
    go_live(house, None, AT + 5 * DAY)

    assert now(accepted, AT + 6 * DAY).validity.valid


@told
def go_live(of, label, at):
    with acting_as(SETUP):
        made = of.good if label is None else version(of.system, label, of.author, of.deputy)
        live = Deployment.objects.get(system=of.system, until_at__isnull=True)
        live.until_at = at
        live.save(at=at)
        Deployment(system=of.system, version=made, from_at=at).save(force_insert=True, at=at)


def test_an_owner_who_left_without_a_successor_voids_it(house, accepted):
    leave(house.executive, AT + 3 * DAY)

    found = now(accepted, AT + 4 * DAY)

    assert (found.validity.ground, found.validity.since) == ("owner_left", AT + 3 * DAY)


def test_a_successor_keeps_it_standing_and_is_no_voter(house, accepted):
    successor = person(unit=house.unit, role="executive")
    voter = person(unit=house.unit)
    took_part(accepted, voter, "voted")

    with pytest.raises(Conflict) as caught:
        hand_over(house, accepted, voter)
    hand_over(house, accepted, successor)
    leave(house.executive, AT + 3 * DAY)

    assert caught.value.code == "conflicted_successor"
    assert now(accepted, AT + 4 * DAY).validity.valid
    assert the(accepted).owner == successor


def hand_over(of, incident, successor):
    with acting_as(acting(of.compliance)):
        hand_over_acceptance(
            duty_id=str(the(incident).pk),
            from_id=of.executive.pk,
            to_id=successor.pk,
            reason="Leaves.",
            actor=acting(of.compliance),
            at=AT + DAY,
        )


@told
def leave(who, at):
    with acting_as(SETUP):
        row = User.objects.get(pk=who.pk)
        row.is_active, row.deactivated_at = False, at
        row.save(at=at)


def test_a_severity_above_the_accepted_one_voids_it_since_it_was_raised(house, accepted):
    do(accepted, "raise_severity", house.compliance, at=AT + 2 * DAY, severity="major")

    found = now(accepted, AT + 3 * DAY)

    assert (found.validity.ground, found.validity.since) == ("worse_band", AT + 2 * DAY)
    note_ended(AT + 3 * DAY)
    assert (fresh(accepted).state, fresh(accepted).severity) == (DECISION, "major")


def test_the_end_never_leaves_a_lower_severity_than_the_accepted_one(house, accepted):
    RiskAcceptance.objects.filter(pk=the(accepted).pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET severity = 'minor' WHERE id = %s", [accepted.pk]
        )

    note_ended(UNTIL)

    assert fresh(accepted).severity == "moderate"


def test_voiding_twice_does_nothing_the_second_time(house, accepted):
    assert void(accepted, AT + DAY)
    assert not void(accepted, AT + 2 * DAY)


def test_what_would_void_it_after_its_expiry_is_an_expiry(house, accepted):
    assert not void(accepted, UNTIL)

    note_ended(UNTIL)

    assert the(accepted).state == "expired"


def test_a_renewal_keeps_the_first_dates_and_supersedes(house, accepted):
    first = the(accepted)
    evidence(accepted, house.owner, at=AT + 15 * DAY)
    do(accepted, "review_acceptance", house.compliance, at=AT + 16 * DAY, outcome="renew")
    assert now(accepted, AT + 16 * DAY).validity.valid
    accept(accepted, at=AT + 17 * DAY)

    first.refresh_from_db()
    second = the(accepted)
    assert (first.state, first.ground, first.ended_at) == ("superseded", "renewed", AT + 17 * DAY)
    assert (second.renewals, second.renewal_of) == (1, first)
    assert (second.original_from, second.original_until) == (AT, UNTIL)
    assert (second.from_at, second.until_at) == (AT + 17 * DAY, AT + 37 * DAY)


def test_a_renewal_needs_fresh_evidence(house, accepted):
    do(accepted, "review_acceptance", house.compliance, at=AT + 16 * DAY, outcome="renew")

    with pytest.raises(Invalid) as caught:
        accept(accepted, at=AT + 17 * DAY)

    assert "fresh evidence" in caught.value.fields["controls"]


def test_renewals_are_counted_through_expiry_and_removal_within_a_cycle(house, accepted):
    note_ended(UNTIL)
    assert renewals_of(fresh(accepted)) == 1
    evidence(accepted, house.owner, at=UNTIL + DAY)
    accept(accepted, at=UNTIL + DAY)
    do(accepted, "risk_removed", house.compliance, at=UNTIL + 2 * DAY)

    assert renewals_of(fresh(accepted)) == 2


def test_while_it_is_decided_anew_the_acceptance_runs_and_expires_by_itself(house, accepted):
    do(accepted, "review_acceptance", house.compliance, at=AT + 16 * DAY, outcome="decide_again")

    assert fresh(accepted).state == DECISION
    assert not now(accepted, UNTIL).validity.valid
    note_ended(UNTIL)
    assert (the(accepted).state, fresh(accepted).state) == ("expired", DECISION)


def test_another_decision_ends_an_acceptance_that_still_runs(house, accepted):
    do(accepted, "review_acceptance", house.compliance, at=AT + DAY, outcome="decide_again")

    do(accepted, "adopt", EVALUATOR, at=AT + 2 * DAY)

    assert (the(accepted).state, the(accepted).ground) == ("revoked", "decided_otherwise")
    assert (
        serving_state(
            system=house.system, environment="production", version=None, at=AT + 3 * DAY
        ).acceptances
        == []
    )


def test_a_removed_risk_has_to_be_shown(house, accepted):
    do(accepted, "risk_removed", house.compliance, at=AT + DAY)

    incident = fresh(accepted)
    window = VerificationWindow.objects.get(incident=incident)
    assert (incident.state, the(incident).state) == (VERIFICATION, "fulfilled")
    assert window.outcome == "RUNNING"
    assert Evidence.objects.filter(incident=incident, purpose="risk_removed").exists()


def test_the_owner_neither_reviews_nor_finds_it_removed(house, accepted):
    for command in ("review_acceptance", "risk_removed"):
        with pytest.raises(Exception, match="You cannot"):
            do(accepted, command, house.owner)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until_at": None}, "until_at"),
        ({"until_at": "never"}, "until_at"),
        ({"until_at": (AT + 91 * DAY).isoformat()}, "until_at"),
        ({"until_at": AT.isoformat()}, "until_at"),
        ({"versions": []}, "versions"),
        ({"versions": ["9.9", "2.3"]}, "versions"),
        ({"versions": ["2.2"]}, "versions"),
        ({"limit_value": "nan"}, "limit_value"),
        ({"limit_value": ""}, "limit_value"),
        ({"kpi": "", "limit_value": ""}, "limit_words"),
        ({"owner_id": str(uuid.uuid4())}, "owner_id"),
        ({"treatment": "hope"}, "treatment"),
        ({"residual_risk": "\x00"}, "residual_risk"),
        ({"forever": "yes"}, "forever"),
    ],
)
def test_what_is_missing_or_wrong_is_named_by_its_field(house, changes, field):
    incident = bring(house, DECISION)

    with pytest.raises(Invalid) as caught:
        accept(incident, **changes)

    assert field in caught.value.fields
    assert not RiskAcceptance.objects.filter(incident=incident).exists()


def test_who_owns_the_risk_never_approves_it(house):
    incident = bring(house, DECISION)
    took_part(incident, house.executive, "voted")

    faults = proposal_faults(incident=incident, values=terms(incident), at=AT)

    assert "never approves" in faults["owner_id"]


@pytest.mark.parametrize("change", [{"kind": "boundary"}, {"legal_class": "prohibited"}])
def test_what_is_never_accepted_is_refused_in_words(db, change):
    kind = change.pop("kind", "breach")
    of = factory.house()
    incident = bring(of, DECISION, kind=kind)
    if change:
        prohibit(of.system)

    with pytest.raises(Conflict) as caught:
        accept(fresh(incident))

    assert caught.value.code == "never_accepted"
    assert "never accepted" in caught.value.reason


@told
def prohibit(system):
    with acting_as(SETUP):
        row = System.objects.get(pk=system.pk)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_system SET legal_class = 'prohibited', lifecycle = 'suspended'"
                " WHERE id = %s",
                [system.pk],
            )
        row.refresh_from_db(fields=["legal_class"])
        row.save(update_fields=["legal_class"], at=AT)


def test_the_database_refuses_an_acceptance_without_an_end(accepted):
    for change in ("until_at = NULL", "until_at = 'infinity'", "until_at = from_at"):
        with pytest.raises(IntegrityError), transaction.atomic():
            raw(accepted, change)


def test_the_database_refuses_to_move_what_was_decided(accepted):
    for change in (
        "until_at = until_at + interval '1 day'",
        "original_from = original_from - interval '1 day'",
        "limit_value = 0.1",
        "versions = '[]'",
    ):
        with pytest.raises(IntegrityError, match="is fixed"), transaction.atomic():
            raw(accepted, change)


def raw(incident, change):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE incidents_riskacceptance SET {change} WHERE incident_id = %s",  # noqa: S608
            [incident.pk],
        )


def test_validity_of_many_takes_a_constant_number_of_queries(db, django_assert_num_queries):
    rows = [the(bring(factory.house(), RISK_ACCEPTED)) for _ in range(3)]

    with django_assert_num_queries(2):
        found = shown(
            RiskAcceptance.objects.filter(pk__in=[row.pk for row in rows]).select_related(
                "incident"
            ),
            AT,
        )

    assert len(found) == 3


@pytest.mark.parametrize("command", ["review_acceptance", "risk_removed"])
def test_what_is_over_is_neither_reviewed_nor_found_removed(house, accepted, command):
    with pytest.raises(Conflict) as caught:
        do(accepted, command, house.compliance, at=UNTIL)

    assert caught.value.code == "acceptance_over"
    assert "goes back to the decision" in caught.value.reason


def test_the_law_s_data_that_opened_the_classification_again_voids_it(house, accepted):
    classified(house, reopened_at=AT + 4 * DAY, state="reopened")

    found = now(accepted, AT + 5 * DAY)

    assert now(accepted, AT + 3 * DAY).validity.valid
    assert (found.validity.ground, found.validity.since) == ("law_change", AT + 4 * DAY)


def test_a_classification_that_a_person_opened_again_leaves_it_standing(house, accepted):
    classified(
        house, reopened_at=AT + 4 * DAY, state="reopened", reopened_because="A typing error."
    )

    assert now(accepted, AT + 5 * DAY).validity.valid


def test_what_was_found_to_be_prohibited_is_accepted_no_longer(house, accepted):
    classified(house, legal_class="prohibited", confirmed_at=AT + 4 * DAY)

    found = now(accepted, AT + 5 * DAY)

    assert (found.validity.ground, found.validity.since) == ("law_change", AT + 4 * DAY)
    assert "prohibited practice" in found.validity.words


@told
def classified(of, **changes):
    arguments = {
        "system": of.system,
        "number": 1,
        "state": "confirmed",
        "questionnaire": "ai_act_classification@1",
        "legal_class": "minimal",
        "started_at": AT,
        "confirmed_at": AT,
        "reopened_because": "The law's data changed (r2): AIA-6.",
    }
    with acting_as(SETUP):
        Classification(**(arguments | changes)).save(force_insert=True, at=AT)


def test_an_incident_that_ended_in_another_way_takes_its_acceptance_along(house, accepted):
    do(accepted, "review_acceptance", house.compliance, at=AT + DAY, outcome="decide_again")
    forced(fresh(accepted), "CANCELLED", AT + 2 * DAY)

    assert now(accepted, AT + 3 * DAY).validity.ground == "withdrawn"
    note_ended(AT + 3 * DAY)
    assert the(accepted).state == "revoked"


def test_the_database_takes_one_acceptance_at_a_time_and_changes_none_that_ended(house, accepted):
    note_ended(UNTIL)

    for change in ("state = 'active', ended_at = NULL, recorded_at = NULL", "ended_at = from_at"):
        with pytest.raises(IntegrityError, match="is fixed"), transaction.atomic():
            raw(accepted, change)
