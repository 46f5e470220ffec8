"""T22: a severity is lowered, an incident reassigned (SEG-08), and says whom it waits for."""

import datetime as dt

import pytest

from incidents.models import Participation
from incidents.rules.transitions import DECISION, INVESTIGATING, OPEN_STATES, VALIDATION
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from tests.incidents.factory import AT, bring, clock_rule, do, fresh, house, opened, person, plan

DAY = dt.timedelta(days=1)
FLOORS = {"least_harmed": "severe", "least_questioned": "major"}


@pytest.fixture
def of(db):
    return house()


def lowered(of, incident, severity, **changes):
    fields = {"severity": severity, "reason": "Nobody was affected."}
    return do(incident, "lower_severity", of.compliance, fields=fields, **changes).incident


def refused(of, incident, severity):
    with pytest.raises(Invalid) as caught:
        lowered(of, incident, severity)
    return caught.value.fields["severity"]


# ---------------------------------------------------------------- severity


def test_a_separate_validator_lowers_with_a_reason_and_the_record_says_so(of):
    incident = opened(of, severity="major")

    found = lowered(of, incident, "moderate")

    told = lines_of_incident(incident_id=incident.pk)[0]
    assert found.severity == "moderate"
    assert told.verb == "incident.severity_lowered"


@pytest.mark.parametrize("who", ["owner", "deputy", "executive", "engineer", "auditor"])
def test_nobody_else_lowers(of, who):
    incident = opened(of, severity="major")

    with pytest.raises(Forbidden):
        do(incident, "lower_severity", getattr(of, who))


def test_who_lowered_it_is_a_validator_of_it_and_does_not_own_it_later(of):
    incident = opened(of, severity="major")
    lowered(of, incident, "moderate")

    with pytest.raises(Conflict, match="lowered its severity"):
        do(incident, "reassign", of.owner, fields={
            "owner_id": str(of.compliance.pk), "reason": "Takes over.",
        })  # fmt: skip


def test_deadlines_become_later_as_new_rows_and_the_old_ones_are_kept(of):
    incident = opened(of, severity="major")
    before = Timer.objects.filter(subject_id=incident.pk, state="armed", payload__stage__gt="")
    keys = set(before.values_list("key", flat=True))

    found = lowered(of, incident, "moderate")

    rows = Timer.objects.filter(subject_id=incident.pk)
    assert found.stage_due_at > incident.stage_due_at
    assert set(rows.filter(state="cancelled").values_list("key", flat=True)) >= keys
    armed = rows.filter(state="armed", payload__stage="acknowledge").order_by("due_at")
    assert found.stage_due_at in set(armed.values_list("due_at", flat=True))


def test_lowering_makes_no_deadline_earlier(of):
    incident = opened(of, severity="moderate")

    found = lowered(of, incident, "minor")

    assert found.stage_due_at >= incident.stage_due_at


def test_it_is_not_lowered_to_what_it_is_or_above(of):
    incident = opened(of, severity="moderate")

    assert "not lower" in refused(of, incident, "moderate")
    assert "not lower" in refused(of, incident, "severe")


@pytest.mark.parametrize(
    ("question", "least"),
    [("critical_service", "severe"), ("rights_affected", "major"), ("personal_data", "major")],
)
def test_never_below_what_was_answered_with_yes(of, question, least):
    incident = opened(of, severity="severe", plan=plan(limits=FLOORS))
    do(incident, "acknowledge", of.owner, **{question: "yes"})

    with pytest.raises((Invalid, Conflict), match=f"lower than {least}|not right|cannot"):
        lowered(of, incident, "minor")


def test_harm_stands_against_it_before_anything_is_typed(of):
    incident = opened(of, severity="severe", plan=plan(limits=FLOORS))
    do(incident, "acknowledge", of.owner, person_harmed="yes")

    with pytest.raises(Conflict, match="a person could be harmed"):
        lowered(of, incident, "major")


def test_never_below_the_least_while_a_regulatory_clock_runs(of):
    clock_rule()
    incident = opened(of, severity="severe", plan=plan(limits=FLOORS))
    do(incident, "acknowledge", of.owner, personal_data="yes")

    assert lowered(of, incident, "major").severity == "major"
    with pytest.raises(Conflict, match="cannot be lower than major"):
        lowered(of, incident, "moderate")


def test_fairness_is_never_below_moderate(of):
    incident = opened(of, severity="major", kind="fairness", category="trust_compliance")

    assert "fairness" in refused(of, incident, "minor")


# ---------------------------------------------------------------- reassigned


def reassigned(of, incident, *, by=None, **people):
    fields = {name: str(one.pk) for name, one in people.items()} | {"reason": "Leaves the unit."}
    return do(incident, "reassign", by or of.owner, fields=fields).incident


@pytest.mark.parametrize("who", ["owner", "deputy", "compliance"])
def test_the_owners_side_or_a_validator_names_another_owner(of, who):
    incident, heir = opened(of), person(name="Heir", unit=of.unit)

    found = reassigned(of, incident, by=getattr(of, who), owner_id=heir)

    assert (found.owner, found.deputy) == (heir, of.deputy)
    part = Participation.objects.get(incident=incident, person=heir)
    assert part.act == "owned"


def test_owner_and_deputy_change_places(of):
    incident = opened(of)

    found = reassigned(of, incident, owner_id=of.deputy, deputy_id=of.owner)

    assert (found.owner, found.deputy) == (of.deputy, of.owner)


def test_owner_and_deputy_are_two_persons(of):
    with pytest.raises(Conflict, match="two persons"):
        reassigned(of, opened(of), owner_id=of.deputy)


def test_seg_08_who_validated_does_not_become_the_owner(of):
    incident = bring(of, DECISION)

    with pytest.raises(Conflict) as caught:
        reassigned(of, incident, owner_id=of.compliance)

    assert "signed for compliance" in caught.value.reason
    assert of.compliance.name not in caught.value.who_can


def test_seg_08_what_the_former_owner_did_stays_against_them(of):
    incident = bring(of, INVESTIGATING)
    heir = person(name="Heir", unit=of.unit)
    do(incident, "add_evidence", of.owner)
    do(incident, "submit_findings", of.owner)
    reassigned(of, incident, owner_id=heir)

    with pytest.raises(Forbidden):
        do(incident, "validate", of.owner)


def test_somebody_must_be_named_and_be_there(of):
    incident, gone = opened(of), person(name="Gone", unit=of.unit, active=False)

    with pytest.raises(Invalid, match="Name another owner"):
        do(incident, "reassign", of.owner, fields={"reason": "x"})
    with pytest.raises((Missing, Conflict, Invalid)):
        reassigned(of, incident, owner_id=gone)


def test_who_takes_over_is_told(of):
    incident, heir = opened(of), person(name="Heir", unit=of.unit)

    reassigned(of, incident, owner_id=heir)

    told = Message.objects.filter(subject_id=incident.pk, person_id=heir.pk)
    assert told.get().subject.startswith(f"See to {incident.number}")


# ---------------------------------------------------------------- whom it waits for


@pytest.mark.parametrize("state", [VALIDATION, DECISION])
def test_whom_it_waits_for_is_said_and_pauses_nothing(of, state):
    incident = bring(of, state)

    found = do(incident, "wait_for", of.owner).incident

    assert (found.waiting_for, found.waiting_since) == ("the supplier", AT)
    assert found.waiting_until == AT + 3 * DAY
    assert found.stage_due_at == incident.stage_due_at
    assert found.state in OPEN_STATES


def test_for_nobody_any_more(of):
    incident = opened(of)
    do(incident, "wait_for", of.owner)

    found = do(incident, "wait_for", of.owner, fields={}).incident

    assert (found.waiting_for, found.waiting_since, found.waiting_until) == ("", None, None)


def test_the_end_of_an_incident_ends_its_waiting(of):
    incident = opened(of)
    do(incident, "wait_for", of.owner)
    do(incident, "withdraw", of.owner)

    found = do(incident, "withdraw", of.executive).incident

    assert (found.waiting_for, fresh(incident).waiting_until) == ("", None)


def test_by_when_it_is_expected_is_said_and_lies_ahead(of):
    incident = opened(of)

    with pytest.raises(Invalid) as caught:
        do(incident, "wait_for", of.owner, fields={"party": "the supplier"})
    with pytest.raises(Invalid) as early:
        do(incident, "wait_for", of.owner, expected_at=(AT - DAY).isoformat())

    assert "expected_at" in caught.value.fields
    assert "expected_at" in early.value.fields
