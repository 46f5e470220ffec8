"""An organisation's own KPIs: drafted by one, approved by another, every definition kept; KPI-1."""

import dataclasses
import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.lines import lines_of_object
from ledger.selectors.past import as_it_was
from telemetry.models import Kpi, KpiDefinition
from telemetry.rules.kpi_checks import Meaning, key_fault, meaning_faults
from telemetry.selectors.catalogue import kpi_seen, units_of_reader
from telemetry.services.own_kpis import approve_kpi, decline_kpi, draft_kpi
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user
from tests.telemetry.factory import catalogue, row, take

pytestmark = pytest.mark.django_db
KEY = "own_accepted_offers"
BAND = {
    "profile": "example", "mode": "absolute", "direction": "below", "warning": 0.5,
    "critical": 0.4, "fires": "2:3", "least_n": 50,
}  # fmt: skip
MEANING = Meaning(
    name="Accepted offers",
    category="sales",
    unit="ratio",
    better="higher",
    formula="offers accepted / offers made",
    window="weekly",
    timing="lagging",
    cadence_seconds=604_800,
    owner_role="owner",
    perspective="adoption",
    explanation="How many of our offers were taken.",
    counter_metric_id="complaint_rate",
    lowest=0.0,
    highest=1.0,
    bands=(BAND,),
)


@pytest.fixture
def place():
    """A unit with an officer who drafts and one who approves."""
    catalogue()
    found = unit()
    author, other = user(of=found), user(of=found)
    for person in (author, other):
        role(person, "compliance", unit=found)
    return found, author, other


def drafted(place, *, by=None, key=KEY, meaning=MEANING, reason="we steer by it", **changes):
    actor = person_as_actor(by or place[1])
    arguments = {"key": key, "unit_id": place[0].pk, "meaning": meaning, "reason": reason}
    return call(draft_kpi, **(arguments | changes), actor=actor)


def approved(place, draft, *, by=None, at=AT):
    actor = person_as_actor(by or place[2])
    return call(approve_kpi, definition_id=draft.pk, actor=actor, at=at)


def test_an_approved_draft_is_a_kpi_that_readings_may_name(place):
    kpi = approved(place, drafted(place))
    of = system(of=unit(parent=place[0]))

    taken = take([row(of, 0.6, kpi=KEY)])

    assert (kpi.own, kpi.definition_number, kpi.author_id) == (True, 1, place[1].pk)
    assert kpi.approved_by_id == place[2].pk
    assert kpi.bands == [BAND]
    assert taken.accepted == 1


def test_a_draft_is_nothing_that_readings_may_name(place):
    drafted(place)

    with pytest.raises(Invalid, match="no KPI"):
        take([row(system(of=place[0]), 0.6, kpi=KEY)])

    assert not Kpi.objects.filter(pk=KEY).exists()


def test_systems_of_another_unit_are_not_measured_by_it(place):
    approved(place, drafted(place))
    near, far = system(of=place[0]), system(of=unit())

    taken = take([row(near, 0.6, kpi=KEY), row(far, 0.6, kpi=KEY), row(far, 0.6)])

    assert [one.row for one in taken.rejected] == [2]
    assert taken.accepted == 2


def test_draft_and_approval_are_on_record_with_what_was_before(place):
    approved(place, drafted(place))
    approved(place, drafted(place, meaning=dataclasses.replace(MEANING, formula="another")))

    newest, drafting, *_ = lines_of_object(object_type="kpi", object_id=KEY)

    assert (newest.verb, drafting.verb) == ("kpi.approved", "kpi.drafted")
    assert newest.body["before"]["formula"] == MEANING.formula
    assert newest.body["after"]["formula"] == "another"


def test_whoever_drafted_it_cannot_approve_it(place):
    draft = drafted(place)

    with pytest.raises(Forbidden, match="you drafted it"):
        approved(place, draft, by=place[1])

    assert not Kpi.objects.filter(pk=KEY).exists()


def test_the_database_refuses_an_author_who_approves(place):
    draft = drafted(place)
    draft.state, draft.decided_by_id = "active", draft.author_id

    with pytest.raises(IntegrityError, match="kpi_approved_by_another"), transaction.atomic():
        call(lambda actor, at: draft.save(at=at))


def test_the_next_definition_leaves_the_former_as_it_was(place):
    approved(place, drafted(place))
    changed = dataclasses.replace(MEANING, formula="offers accepted / offers seen")

    kpi = approved(place, drafted(place, meaning=changed))

    kept = list(KpiDefinition.objects.filter(key=KEY).order_by("number"))
    assert [(one.number, one.state) for one in kept] == [(1, "superseded"), (2, "active")]
    assert kept[0].formula == MEANING.formula
    assert (kpi.formula, kpi.definition_number) == ("offers accepted / offers seen", 2)


def test_what_was_decided_is_fixed(place):
    draft = drafted(place)
    approved(place, draft)
    stored = KpiDefinition.objects.get(pk=draft.pk)
    stored.formula = "something else"

    with pytest.raises(IntegrityError, match="is decided"), transaction.atomic():
        call(lambda actor, at: stored.save(at=at))


def test_there_is_one_draft_at_a_time(place):
    drafted(place)

    with pytest.raises(Conflict, match="waits"):
        drafted(place)


def test_a_declined_draft_makes_room_for_another(place):
    draft = drafted(place)
    call(decline_kpi, definition_id=draft.pk, note="too vague", actor=person_as_actor(place[2]))

    again = drafted(place)

    assert again.number == 2
    assert KpiDefinition.objects.get(pk=draft.pk).note == "too vague"


def test_its_author_may_withdraw_a_draft(place):
    draft = drafted(place)

    found = call(
        decline_kpi, definition_id=draft.pk, note="not needed", actor=person_as_actor(place[1])
    )

    assert found.state == "declined"


def test_declining_takes_a_reason(place):
    draft = drafted(place)

    with pytest.raises(Invalid):
        call(decline_kpi, definition_id=draft.pk, note=" ", actor=person_as_actor(place[2]))


def test_a_decision_is_taken_once(place):
    draft = drafted(place)
    approved(place, draft)

    with pytest.raises(Conflict, match="in force"):
        approved(place, draft)


def test_the_owner_of_a_system_of_the_unit_may_draft(place):
    of = system(of=place[0])

    draft = drafted(place, by=of.owner)

    assert draft.author_id == of.owner_id


def test_others_may_neither_draft_nor_approve(place):
    stranger, draft = user(), drafted(place)

    with pytest.raises(Forbidden):
        drafted(place, by=stranger, key="own_other")
    with pytest.raises(Forbidden):
        approved(place, draft, by=stranger)


def test_a_machine_drafts_nothing(place):
    with pytest.raises(Forbidden, match="a person"):
        call(draft_kpi, key=KEY, unit_id=place[0].pk, meaning=MEANING, reason="x")


def test_an_id_of_another_unit_is_taken(place):
    approved(place, drafted(place))
    other = unit()
    officer = user(of=other)
    role(officer, "compliance", unit=other)

    with pytest.raises(Conflict, match="taken"):
        drafted(place, by=officer, unit_id=other.pk)


def test_a_kpi_of_another_unit_is_not_there(place):
    approved(place, drafted(place))
    of = system(of=unit())

    units = units_of_reader(systems=type(of).objects.filter(pk=of.pk), user=of.owner, at=AT)

    with pytest.raises(Missing):
        kpi_seen(KEY, units=units)


def test_a_unit_below_sees_the_kpis_of_those_above(place):
    approved(place, drafted(place))
    of = system(of=unit(parent=place[0]))

    units = units_of_reader(systems=type(of).objects.filter(pk=of.pk), at=AT)

    assert kpi_seen(KEY, units=units).pk == KEY


def test_before_its_approval_it_was_not_there(place):
    approved(place, drafted(place), at=AT + dt.timedelta(days=1))

    with as_it_was(AT + dt.timedelta(hours=1)):
        before = Kpi.objects.filter(pk=KEY).exists()
    with as_it_was(AT + dt.timedelta(days=2)):
        after = Kpi.objects.filter(pk=KEY).exists()

    assert (before, after) == (False, True)


def test_what_is_not_right_is_told_at_its_field(place):
    wrong = dataclasses.replace(
        MEANING, explanation=" ", cadence_seconds=1, counter_metric_id=None, bands=({},)
    )

    with pytest.raises(Invalid) as caught:
        drafted(place, meaning=wrong, key="accuracy", reason="")

    named = {"id", "explanation", "cadence_seconds", "counter_metric", "bands", "reason"}
    assert set(caught.value.fields) == named


@pytest.mark.parametrize(
    "key", ["accuracy", "own_", "own_A", "own__a", "own_a_", "own_a b", "own_" + "a" * 60, "own_ä"]
)
def test_an_own_id_begins_with_own(key):
    assert key_fault(KEY) is None
    assert key_fault(key) is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"formula": "x" * 2001}, "formula"),
        ({"unit": "a\x00b"}, "unit"),
        ({"category": "other"}, "category"),
        ({"better": "more"}, "better"),
        ({"timing": "never"}, "timing"),
        ({"owner_role": "nobody"}, "owner_role"),
        ({"perspective": "beauty"}, "perspective"),
        ({"cadence_seconds": 10**9}, "cadence_seconds"),
        ({"lowest": float("nan")}, "lowest"),
        ({"lowest": 1.0, "highest": 1.0}, "highest"),
        ({"counter_metric_id": KEY}, "counter_metric"),
        ({"counter_metric_id": "unheard"}, "counter_metric"),
        ({"counter_metric_id": None}, "counter_metric"),
        ({"category": "technical", "counter_metric_id": None}, "counter_metric"),
        ({"bands": ({**BAND, "direction": "above", "critical": 0.6},)}, "bands"),
        ({"bands": (BAND,) * 7}, "bands"),
    ],
)
def test_a_definition_that_is_not_whole_is_refused(changes, field):
    wrong = dataclasses.replace(MEANING, **changes)

    assert meaning_faults(MEANING, key=KEY, kpis={"complaint_rate"}) == {}
    assert list(meaning_faults(wrong, key=KEY, kpis={"complaint_rate", KEY})) == [field]
