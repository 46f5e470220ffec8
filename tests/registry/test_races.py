"""Two people at once: one wins, the other is told; committed for real."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from ledger.rules.refusals import Conflict
from registry import services
from registry.models import Deployment, LifecycleChange, System
from tests.registry.factories import call, step, system, system_in, version


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
