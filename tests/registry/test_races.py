"""Two people at once: one wins, the other is told; committed for real."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from config.story.readiness import agree_on_plan, as_person
from ledger.rules.refusals import Conflict
from registry import services
from registry.models import Deployment, LifecycleChange, System
from registry.rules.evaluations import Limit, Scenario, Slice
from registry.services.evaluations import approve_plan, draft_plan
from tests.registry.factories import (
    READY,
    call,
    live,
    person_as_actor,
    role,
    room_for,
    step,
    system,
    system_in,
    user,
    version,
)


def at_once(*calls):
    """Run calls at the same moment, each on a connection of its own; return what came of them."""
    barrier = Barrier(len(calls))

    def run(each):
        try:
            barrier.wait()
            return each()
        except Conflict as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_steps_from_one_page_one_is_taken(own_database):
    thing = system()

    came = at_once(*[lambda: step(thing, "assess", expected_version=0)] * 2)

    assert sum(outcome == "stale_version" for outcome in came) == 1
    assert LifecycleChange.objects.filter(system=thing).count() == 1
    assert System.objects.get(pk=thing.pk).version == 1


def test_of_two_versions_made_live_at_once_one_is_live(own_database):
    thing = system_in("approved")
    made = [version(thing), version(thing)]

    at_once(
        *[
            lambda one=one: call(
                services.make_live,
                system_id=thing.pk,
                version_id=one.pk,
                fallback_id=None,
                reason="release",
            )
            for one in made
        ]
    )

    rows = Deployment.objects.filter(system=thing)
    assert rows.count() == 2
    assert rows.filter(until_at__isnull=True).count() == 1


def test_of_two_persons_who_go_live_at_once_one_does(own_database):
    thing = system_in("approved")
    live(thing)
    officers = [user(of=thing.unit), user(of=thing.unit)]
    for officer in officers:
        role(officer, "compliance", unit=thing.unit)
    seen = System.objects.get(pk=thing.pk).version

    came = at_once(
        *[
            lambda one=one: step(
                thing, "go_live", actor=person_as_actor(one), expected_version=seen
            )
            for one in officers
        ]
    )

    assert sum(outcome == "stale_version" for outcome in came) == 1
    assert LifecycleChange.objects.filter(system=thing, edge="go_live").count() == 1


def test_of_two_approvals_of_two_plans_at_once_one_plan_is_in_force_after_the_other(own_database):
    thing = system()
    room = room_for(thing)
    first = agree_on_plan(room, READY["plan"])
    plans = [draft_again(first), draft_again(first)]
    second = person_as_actor(room.signers.second)

    came = at_once(
        *[lambda one=one: call(approve_plan, plan_id=one.pk, actor=second) for one in plans]
    )

    assert not [outcome for outcome in came if isinstance(outcome, str)]
    states = thing.evaluation_plans.order_by("state").values_list("state", flat=True)
    assert list(states) == ["in_force", "replaced", "replaced"]


def draft_again(plan):
    """A draft with the content of another plan."""
    author = as_person(plan.author)
    return call(
        draft_plan,
        system_id=plan.system_id,
        dataset_name="another edition",
        dataset_sha256=plan.dataset_sha256,
        slices=[Slice(**one) for one in plan.slices],
        limits=[Limit(**one) for one in plan.metrics],
        scenarios=[Scenario(one.what, one.kpi, one.response) for one in plan.scenarios.all()],
        author_id=plan.author_id,
        actor=author,
    )
