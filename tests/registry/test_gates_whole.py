"""The whole gate of this floor: each check alone keeps a system out; REG-2, REG-3, REG-5, REG-9."""

import datetime as dt

import pytest
from django.urls import reverse

from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from registry import gates, services
from registry.models import System
from registry.selectors.life import gates_of
from registry.services.classification import reopen_for_change
from registry.services.fallbacks import record_fallback_check
from tests.net import told
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    in_force,
    make_newest_live,
    person_as_actor,
    ready_for_production,
    signers_of,
    step,
    system,
    user,
    version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("whole_gates")]
DAY = dt.timedelta(days=1)


def missing(refusal):
    return refusal.value.extra["missing"]


def go_live(thing, *, without=(), at=AT):
    """Take every step up to production, through the whole gates."""
    room = ready_for_production(thing, without=without)
    step(thing, "assess")
    step(thing, "approve")
    make_newest_live(thing, room)
    step(thing, "go_live", at=at)
    return room


def approved(*, without=(), **changes):
    """An approved system that lacks what is named."""
    thing = system(**changes)
    room = ready_for_production(thing, without=("classify", *without))
    for edge in ("assess", "approve"):
        with_less(thing, edge)
    make_newest_live(thing, room)
    return thing


def with_less(thing, edge):
    """Take a step without the gates."""
    before, gates._checks = gates._checks, {}
    try:
        step(thing, edge)
    finally:
        gates._checks = before


def test_with_everything_there_a_system_goes_live():
    thing = system()

    go_live(thing)

    assert System.objects.get(pk=thing.pk).lifecycle == "production"


@pytest.mark.parametrize(
    ("left_out", "words", "page"),
    [
        ("write_controls", "No operating controls are in force.", None),
        ("write_controls", "Nobody is named as on call.", "system-profile"),
        ("agree_on_plan", "No evaluation plan is agreed.", "system-evaluations"),
        ("run_evaluation", "has no passed and signed run of plan 1.", "system-evaluations"),
        ("try_fallback", "in production was never tried.", "system-fallback"),
    ],
)
def test_without_one_thing_it_is_refused_by_name_with_the_page_that_mends_it(left_out, words, page):
    thing = system()

    with pytest.raises(Conflict) as refusal:
        go_live(thing, without=(left_out,))

    found = [gap for gap in missing(refusal) if words in gap["words"]]
    assert refusal.value.code == "gate_closed"
    assert len(found) == 1
    assert found[0]["link"].startswith(f"/systems/{thing.slug}/")
    assert page is None or found[0]["link"] == reverse(page, args=[thing.slug])
    assert System.objects.get(pk=thing.pk).lifecycle == "approved"


@pytest.mark.parametrize("edge", ["assess", "approve", "start_pilot", "go_live"])
def test_without_a_confirmed_classification_no_step_leads_towards_use(edge):
    thing = approved() if edge in ("start_pilot", "go_live") else system()
    if edge == "approve":
        with_less(thing, "assess")

    with pytest.raises(Conflict) as refusal:
        step(thing, edge)

    words = [gap["words"] for gap in missing(refusal)]
    assert "No classification is confirmed by a second person." in words


def test_a_classification_that_was_opened_again_closes_the_gate_and_says_why():
    thing = system()
    room = ready_for_production(thing)
    step(thing, "assess")
    step(thing, "approve")
    make_newest_live(thing, room)
    call(reopen_for_change, system_id=thing.pk, what="It now decides by itself.")

    with pytest.raises(Conflict, match="It now decides by itself"):
        step(thing, "go_live")


def test_a_pilot_needs_controls_too_but_no_evaluation_yet():
    thing = system()
    ready_for_production(thing, without=("run_evaluation", "try_fallback"))
    step(thing, "assess")
    step(thing, "approve")

    step(thing, "start_pilot")

    assert System.objects.get(pk=thing.pk).lifecycle == "pilot"


@pytest.mark.parametrize(("tier", "days"), [("low", 365), ("medium", 180), ("high", 90)])
def test_a_fallback_check_counts_for_as_long_as_the_tier_allows(tier, days):
    thing = system(risk_tier=tier)
    room = ready_for_production(thing)
    step(thing, "assess")
    step(thing, "approve")
    make_newest_live(thing, room)

    with pytest.raises(Conflict, match=f"last tried more than {days} days ago"):
        step(thing, "go_live", at=AT + days * DAY + dt.timedelta(seconds=1))
    step(thing, "go_live", at=AT + days * DAY)

    assert System.objects.get(pk=thing.pk).lifecycle == "production"


def test_the_newest_check_decides_and_a_failed_one_closes_the_gate():
    thing = system()
    room = ready_for_production(thing)
    step(thing, "assess")
    step(thing, "approve")
    make_newest_live(thing, room)
    first = next(iter(room.versions.values()))
    tester = signers_of(thing).tester
    call(
        record_fallback_check,
        system_id=thing.pk,
        version_id=first.pk,
        passed=False,
        how="Switched again.",
        evidence="It answered nothing.",
        tested_at=AT + DAY,
        person_id=tester.pk,
        actor=person_as_actor(tester),
        at=AT + DAY,
    )

    with pytest.raises(Conflict, match="The last try to fall back to .* failed"):
        step(thing, "go_live", at=AT + 2 * DAY)


def test_without_an_earlier_version_the_controls_name_the_manual_fallback():
    thing = system()
    only = version(thing)

    with pytest.raises(Conflict, match="no operating controls in force name a manual fallback"):
        deploy(with_state(thing), only)

    ready_for_production(thing, without=("agree_on_plan", "try_fallback", "classify"))
    for row in thing.versions.exclude(pk=only.pk):
        call(services.revoke_version, version_id=row.pk, reason="not needed")
    assert deploy(thing, only).version == only


def test_a_high_tier_system_has_its_scenarios_drilled_within_a_year():
    thing = system(risk_tier="high")
    room = ready_for_production(thing)
    step(thing, "assess")
    step(thing, "approve")
    make_newest_live(thing, room)
    late = AT + 380 * DAY

    found = {one.name: one.gaps for one in gates.look(edge="go_live", system=thing, at=late)}

    assert "Claims are refused wrongly." in found["failure scenarios drilled"][0].words


def test_who_is_on_call_and_has_left_is_missing():
    thing = system()
    go_live(thing)
    gone = user()
    in_force(thing, on_call_id=gone.pk)
    leave(gone)

    found = {one.name: one.gaps for one in gates.look(edge="go_live", system=thing, at=AT)}

    assert found["on call"][0].words == "Who is on call has left; name somebody else."


def test_every_next_step_is_told_with_every_check():
    thing = system()

    told = {gate.edge: gate for gate in gates_of(system=thing, at=AT)}

    assert set(told) == {"assess", "retire"}
    assert not told["assess"].open
    assert told["retire"].open
    assert {check.name for check in told["assess"].checks} == {
        "classification confirmed",
        "purpose and legal class",
    }


def test_a_new_version_of_a_running_system_passes_its_evaluation_before_it_is_live():
    thing = system()
    room = go_live(thing)
    second = list(room.versions.values())[1]
    third = version(thing)
    call_check(thing, second)

    with pytest.raises(Conflict, match="has no passed and signed run"):
        deploy(thing, third, fallback=second)


@told
def leave(person):
    with acting_as(SETUP):
        person.is_active = False
        person.save(update_fields=["is_active"], at=AT)


def call_check(thing, made):
    tester = signers_of(thing).tester
    return call(
        record_fallback_check,
        system_id=thing.pk,
        version_id=made.pk,
        passed=True,
        how="Switched.",
        evidence="All well.",
        tested_at=AT,
        person_id=tester.pk,
        actor=person_as_actor(tester),
    )


def with_state(thing):
    for edge in ("assess", "approve"):
        with_less(thing, edge)
    return thing


def deploy(thing, made, *, fallback=None):
    return call(
        services.deploy,
        system_id=thing.pk,
        environment="production",
        version_id=made.pk,
        fallback_id=fallback.pk if fallback else None,
        expected_version=System.objects.get(pk=thing.pk).version,
        reason="release",
        actor=SETUP,
    )
