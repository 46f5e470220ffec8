"""Every state against every step; roles, versions, gates; and what the database refuses."""

import uuid

import pytest
from django.db import ProgrammingError, transaction
from django_fsm import TransitionNotAllowed

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry import services
from registry.models import LifecycleChange, System
from registry.rules.lifecycle import EDGES
from tests.registry.factories import (
    AT,
    PATHS,
    call,
    live,
    person_as_actor,
    role,
    step,
    system,
    system_in,
    unit,
    user,
    version,
)

pytestmark = pytest.mark.django_db

# The machine of requirement REG-3, written down a second time on purpose.
TABLE = {
    ("proposed", "assess"): "assessed",
    ("proposed", "retire"): "retired",
    ("assessed", "approve"): "approved",
    ("assessed", "retire"): "retired",
    ("approved", "start_pilot"): "pilot",
    ("approved", "go_live"): "production",
    ("approved", "retire"): "retired",
    ("pilot", "go_live"): "production",
    ("pilot", "suspend"): "suspended",
    ("pilot", "retire"): "retired",
    ("production", "suspend"): "suspended",
    ("suspended", "resume"): "production",
    ("suspended", "retire"): "retired",
}
EVERY = [(state, edge) for state in System.Lifecycle.values for edge in EDGES]
REFUSED = [pair for pair in EVERY if pair not in TABLE]


@pytest.mark.parametrize(("state", "edge"), sorted(TABLE))
def test_every_step_of_the_table_leads_where_it_says(state, edge):
    thing = system_in(state)
    if state == "approved":
        live(thing)

    step(thing, edge)

    assert System.objects.get(pk=thing.pk).lifecycle == TABLE[state, edge]


@pytest.mark.parametrize(("state", "edge"), REFUSED)
def test_every_other_step_is_refused_with_the_present_state(state, edge):
    thing = system_in(state)

    with pytest.raises(Conflict) as refusal:
        step(thing, edge)

    assert refusal.value.code == "state_does_not_allow"
    assert refusal.value.extra["present"] == {"lifecycle": state, "version": thing.version}
    assert System.objects.get(pk=thing.pk).lifecycle == state


@pytest.mark.parametrize(("state", "edge"), REFUSED)
def test_the_drawn_machine_refuses_what_the_table_does_not_hold(state, edge):
    thing = system_in(state)

    with pytest.raises(TransitionNotAllowed):
        getattr(thing, edge)()


def test_a_pilot_that_was_suspended_resumes_as_a_pilot():
    thing = system_in("pilot")
    step(thing, "suspend")

    step(thing, "resume")

    assert System.objects.get(pk=thing.pk).lifecycle == "pilot"


def test_a_step_leaves_its_row_and_its_entry():
    thing = system()
    officer = user()
    role(officer, "compliance", unit=thing.unit)

    step(thing, "assess", actor=person_as_actor(officer), reason="classified as minimal")

    change = LifecycleChange.objects.get(system=thing)
    entry = Entry.objects.get(pk=change.entry_number)
    assert (change.from_state, change.to_state, change.person) == ("proposed", "assessed", officer)
    assert (entry.verb, entry.system_id) == ("system.assess", thing.pk)
    assert change.reason == "classified as minimal"


def test_a_stale_page_is_refused_with_the_present_version():
    thing = system()
    step(thing, "assess")

    with pytest.raises(Conflict) as refusal:
        step(thing, "approve", expected_version=0)

    assert refusal.value.code == "stale_version"
    assert refusal.value.extra["present"] == {"lifecycle": "assessed", "version": 1}


def test_a_step_without_a_reason_is_refused():
    thing = system()

    with pytest.raises(Invalid) as refusal:
        step(thing, "assess", reason="  ")

    assert refusal.value.code == "reason_missing"


def test_a_step_that_does_not_exist_is_refused():
    with pytest.raises(Invalid, match="no step 'delete'"):
        step(system(), "delete")


def test_a_system_that_is_not_there_is_missing():
    with pytest.raises(Missing):
        call(
            services.change_lifecycle,
            system_id=uuid.uuid4(),
            edge="assess",
            expected_version=0,
            reason="x",
        )


MAY = {
    "assess": {"owner", "deputy", "compliance", "risk"},
    "approve": {"compliance", "risk", "executive"},
    "start_pilot": {"owner", "deputy", "compliance", "risk"},
    "go_live": {"compliance", "risk", "executive"},
    "suspend": {"owner", "deputy", "compliance", "risk", "executive", "emergency"},
    "resume": {"compliance", "risk", "executive"},
    "retire": {"owner", "deputy", "compliance", "risk", "executive"},
}
BEFORE = {
    "assess": "proposed",
    "approve": "assessed",
    "start_pilot": "approved",
    "go_live": "pilot",
    "suspend": "production",
    "resume": "suspended",
    "retire": "proposed",
}
HATS = [
    "owner",
    "deputy",
    "compliance",
    "risk",
    "secretary",
    "executive",
    "board",
    "auditor",
    "engineer",
    "emergency",
    "administrator",
    "stranger",
]


def somebody(hat, thing):
    if hat in ("owner", "deputy"):
        return getattr(thing, hat)
    person = user()
    if hat != "stranger":
        role(person, hat, unit=thing.unit)
    return person


@pytest.mark.parametrize("edge", sorted(EDGES))
@pytest.mark.parametrize("hat", HATS)
def test_a_step_takes_one_of_its_roles(edge, hat):
    thing = system_in(BEFORE[edge])
    if edge == "start_pilot":
        version(thing)
    actor = person_as_actor(somebody(hat, thing))

    if hat in MAY[edge]:
        step(thing, edge, actor=actor)
        assert System.objects.get(pk=thing.pk).lifecycle != BEFORE[edge]
        return
    with pytest.raises(Forbidden) as refusal:
        step(thing, edge, actor=actor)
    assert refusal.value.recorded
    assert refusal.value.reason.startswith("You cannot ")


def test_an_owner_who_is_also_compliance_does_not_approve_the_own_system():
    thing = system_in("assessed")
    role(thing.owner, "compliance", unit=thing.unit)

    with pytest.raises(Forbidden, match="you are its owner"):
        step(thing, "approve", actor=person_as_actor(thing.owner))


def test_a_refusal_names_who_can_and_not_who_is_barred():
    thing = system_in("assessed")
    officer = user(name="Lena Brandt", of=thing.unit)
    role(officer, "compliance", unit=thing.unit)
    role(thing.owner, "compliance", unit=thing.unit)

    with pytest.raises(Forbidden) as refusal:
        step(thing, "approve", actor=person_as_actor(user()))

    assert refusal.value.who_can == ("Lena Brandt",)


def test_a_role_of_another_unit_takes_no_step():
    thing = system(of=unit())
    stranger = user()
    role(stranger, "compliance", unit=unit())

    with pytest.raises(Forbidden):
        step(thing, "assess", actor=person_as_actor(stranger))


def test_suspending_a_system_stops_all_that_is_live():
    thing = system_in("production")
    live(thing, environment="pilot")

    step(thing, "suspend", reason="limits passed")

    stopped = thing.deployments.filter(until_at__isnull=True)
    assert [(row.suspended, row.stop_scope) for row in stopped] == [(True, "everything")] * 2


def test_resuming_a_system_frees_what_was_stopped():
    thing = system_in("suspended")

    step(thing, "resume")

    assert not thing.deployments.get(until_at__isnull=True).suspended


def test_the_state_is_not_assigned_by_hand():
    thing = system()

    with pytest.raises(AttributeError):
        thing.lifecycle = "production"


def test_steps_are_neither_changed_nor_removed():
    thing = system_in("assessed")

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LifecycleChange.objects.filter(system=thing).update(reason="other")


@pytest.mark.parametrize("state", sorted(PATHS))
def test_the_rows_of_a_life_lead_to_its_state(state):
    thing = system_in(state)

    walked = LifecycleChange.objects.filter(system=thing, at=AT).order_by("version")

    states = ["proposed", *(change.to_state for change in walked)]
    assert states[-1] == state
    assert [change.from_state for change in walked] == states[:-1]
