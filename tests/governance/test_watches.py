"""Watches: one line from the owner, closed by recovery, an incident after a time or a return."""

import datetime as dt

import pytest

from governance.models import Watch
from governance.selectors.watches import open_watches
from governance.services.cases import note_recovery
from governance.services.watches import answer_watch
from incidents.models import Incident
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from registry.models import Delegation
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import SETUP, acting

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def of():
    """An organisation at medium tier, where a warning of accuracy is a watch."""
    return organised()


@pytest.fixture
def watch(of):
    """A watch."""
    read(of, to_state="WARNING", from_state="PENDING", value=0.92)
    return Watch.objects.get()


def answer(watch, by, line="The scanner is cleaned on Monday.", at=AT):
    """Answer a watch."""
    with acting_as(acting(by)):
        return answer_watch(watch_id=watch.pk, line=line, actor=acting(by), at=at)


def again(watch):
    """The watch as it is now."""
    return Watch.objects.get(pk=watch.pk)


def test_a_watch_says_what_happened_and_until_when_it_waits(of, watch):
    assert watch.title == "Accuracy fell to 92 %"
    assert watch.due_at == AT + 7 * DAY
    assert (watch.onset_at, watch.detected_at) == (AT - 2 * DAY, AT)


def test_the_owner_is_told_with_verb_and_deadline(of, watch):
    told = Message.objects.get(subject_id=watch.pk)

    assert told.address == of.house.owner.email
    assert told.subject.startswith("Answer in one line by 23 November 2026, 10:00 CET: ")


def test_further_readings_leave_one_watch(of, watch):
    read(of, to_state="WARNING", at=AT + DAY)

    assert Watch.objects.count() == 1


def test_the_owner_answers_in_one_line(of, watch):
    answered = answer(watch, of.house.owner)

    assert (answered.state, answered.answered_by) == ("answered", of.house.owner)


def test_a_delegate_of_the_owner_answers_too(of, watch):
    with acting_as(SETUP):
        Delegation(
            principal=of.house.owner,
            delegate=of.house.engineer,
            from_at=AT - DAY,
            until_at=AT + DAY,
            reason="Leave.",
        ).save(force_insert=True)

    assert answer(watch, of.house.engineer).state == "answered"


def test_nobody_else_answers_and_is_told_who_can(of, watch):
    with pytest.raises(Forbidden) as refusal:
        answer(watch, of.house.auditor)

    assert refusal.value.who_can == (of.house.owner.name, of.house.deputy.name)
    assert refusal.value.recorded


def test_an_empty_line_is_refused_with_its_field(of, watch):
    with pytest.raises(Invalid) as refusal:
        answer(watch, of.house.owner, line="  ")

    assert "line" in refusal.value.fields


def test_a_recovery_closes_the_watch_and_cancels_its_timer(of, watch):
    note_recovery(standing_ids=[of.standing.pk], at=AT + DAY)

    assert again(watch).state == "closed"
    assert Timer.objects.get(subject_id=watch.pk).state == "cancelled"


def test_an_ended_watch_is_not_answered(of, watch):
    note_recovery(standing_ids=[of.standing.pk], at=AT + DAY)

    with pytest.raises(Conflict) as refusal:
        answer(watch, of.house.owner)

    assert refusal.value.code == "watch_ended"


def test_eva_21_after_its_time_it_becomes_an_incident_that_keeps_onset_and_detection(of, watch):
    sweep(at=AT + 7 * DAY)

    incident = Incident.objects.get()
    assert (again(watch).state, again(watch).incident) == ("promoted", incident)
    assert (incident.onset_at, incident.detected_at) == (watch.onset_at, watch.detected_at)
    assert (incident.severity, incident.dedup_key) == ("minor", watch.dedup_key)


def test_before_its_time_nothing_happens(of, watch):
    sweep(at=AT + 7 * DAY - dt.timedelta(seconds=1))

    assert not Incident.objects.exists()


def test_an_answered_watch_becomes_an_incident_all_the_same(of, watch):
    answer(watch, of.house.owner)

    sweep(at=AT + 7 * DAY)

    assert Incident.objects.count() == 1


def test_the_third_watch_within_thirty_days_is_an_incident_at_once(of, watch):
    for day in (1, 3):
        note_recovery(standing_ids=[of.standing.pk], at=AT + day * DAY)
        opened = read(of, to_state="WARNING", at=AT + (day + 1) * DAY)

    assert len(opened) == 1
    assert sorted(Watch.objects.values_list("state", flat=True)) == ["closed", "closed", "promoted"]


def test_a_third_watch_after_thirty_days_stays_a_watch(of, watch):
    for day in (1, 31):
        note_recovery(standing_ids=[of.standing.pk], at=AT + day * DAY)
        opened = read(of, to_state="WARNING", at=AT + (day + 1) * DAY)

    assert opened == []


def test_a_critical_reading_makes_an_incident_of_the_watch(of, watch):
    (incident,) = read(of, to_state="CRITICAL", at=AT + DAY)

    assert again(watch).incident == incident
    assert incident.detected_at == watch.detected_at


def test_eva_19_a_point_estimate_alone_is_a_watch_whatever_the_tier(of):
    of.house.system.risk_tier = "high"
    with acting_as(SETUP):
        of.house.system.save()

    opened = read(of, category="trust_compliance", kind="fairness", watch_only=True)

    assert opened == []
    assert Watch.objects.get().kind == "fairness"


def test_silence_at_low_tier_is_a_watch_in_words(of):
    read(of, kind="silence", to_state="NO_DATA", value=None, n=None, watch_only=True)

    assert Watch.objects.get().title.startswith("No readings of Accuracy since 16 November 2026")


def test_inc_g_a_watch_on_fairness_goes_to_compliance_and_not_only_to_the_owner(of):
    read(of, category="trust_compliance", kind="fairness", watch_only=True)

    told = dict(Message.objects.values_list("address", "subject"))
    officers = {of.house.compliance.email, of.house.verifier.email}
    assert set(told) == {of.house.owner.email, *officers}
    assert all(told[one].startswith("Look at this watch by ") for one in officers)


def test_inc_g_compliance_reads_it_and_the_owner_answers(of):
    read(of, category="trust_compliance", kind="fairness", watch_only=True)
    (watch,) = open_watches(user=of.house.compliance, at=AT)

    with pytest.raises(Forbidden):
        answer(watch, of.house.compliance)

    assert answer(watch, of.house.owner).state == "answered"


def test_inc_g_any_other_watch_is_told_to_the_owner_alone(of, watch):
    assert Message.objects.values_list("address", flat=True).get() == of.house.owner.email
