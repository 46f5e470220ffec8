"""What is live, what ran when, what is stopped; versions are approved by somebody else."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry import selectors, services
from registry.models import Deployment, System
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    in_force,
    live,
    person_as_actor,
    role,
    system_in,
    user,
    version,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def make_live(thing, made, *, fallback=None, at=AT, service=services.make_live, **more):
    return call(
        service,
        system_id=thing.pk,
        environment="production",
        version_id=made.pk,
        fallback_id=fallback.pk if fallback else None,
        reason="release",
        at=at,
        **more,
    )


def test_what_ran_at_an_instant_is_told_for_the_whole_past():
    thing = system_in("approved")
    first, second = version(thing), version(thing)
    make_live(thing, first, at=AT)
    make_live(thing, second, fallback=first, at=AT + HOUR)

    told = [
        selectors.version_live_at(system_id=thing.pk, at=AT + offset)
        for offset in (-HOUR, 0 * HOUR, HOUR / 2, HOUR, 2 * HOUR)
    ]

    assert told == [None, first, first, second, second]


def test_one_version_is_live_per_environment():
    thing = system_in("approved")
    first, second = version(thing), version(thing)
    make_live(thing, first)

    make_live(thing, second, fallback=first, at=AT + HOUR)

    now_live = selectors.live_deployment(system_id=thing.pk)
    assert (now_live.version, now_live.fallback) == (second, first)
    assert Deployment.objects.filter(system=thing, until_at__isnull=True).count() == 1


def test_the_database_refuses_two_live_versions_in_one_environment():
    thing = system_in("approved")
    made = make_live(thing, version(thing))

    other = Deployment(system=thing, environment="production", version=made.version, from_at=AT)

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="one_live_per_environment"),
        transaction.atomic(),
    ):
        other.save()


def test_making_the_same_version_live_again_changes_nothing():
    thing = system_in("approved")
    made = version(thing)
    first = make_live(thing, made)

    again = make_live(thing, made, at=AT + HOUR)

    assert again.pk == first.pk
    assert Deployment.objects.filter(system=thing).count() == 1


def test_a_draft_does_not_run():
    thing = system_in("approved")
    draft = version(thing, approved=False)

    with pytest.raises(Conflict, match="is draft; only an approved one may run"):
        make_live(thing, draft)


def test_a_revoked_version_does_not_run_and_is_no_fallback():
    thing = system_in("approved")
    bad, good = version(thing), version(thing)
    call(services.revoke_version, version_id=bad.pk, reason="leaks")

    with pytest.raises(Conflict, match="is revoked"):
        make_live(thing, bad)
    with pytest.raises(Conflict, match="is revoked"):
        make_live(thing, good, fallback=bad)


def test_a_version_of_another_system_is_not_found():
    thing, other = system_in("approved"), system_in("approved")

    with pytest.raises(Missing):
        make_live(thing, version(other))


def test_the_fallback_is_another_version():
    thing = system_in("approved")
    made = version(thing)

    with pytest.raises(Invalid, match="another one"):
        make_live(thing, made, fallback=made)


@pytest.mark.parametrize("state", ["proposed", "assessed", "retired"])
def test_nothing_runs_before_approval_or_after_retirement(state):
    thing = system_in(state)

    with pytest.raises(Conflict, match="must be approved before"):
        make_live(thing, version(thing))


def test_a_prohibited_system_gets_no_version_live():
    thing = system_in("approved")
    call(
        services.classify_system,
        system_id=thing.pk,
        legal_class="prohibited",
        risk_tier="high",
        expected_version=thing.version,
        reason="Art. 5(1)(a)",
    )

    with pytest.raises(Conflict, match="it may not run"):
        make_live(thing, version(thing))


def test_suspending_what_is_live_suspends_the_system():
    thing = system_in("production")

    stopped = call(
        services.suspend_deployment,
        system_id=thing.pk,
        environment="production",
        scope="payments",
        reason="limits passed",
    )

    assert (stopped.suspended, stopped.stop_scope) == (True, "payments")
    assert System.objects.get(pk=thing.pk).lifecycle == "suspended"


def test_suspending_twice_is_once():
    thing = system_in("production")
    arguments = {
        "system_id": thing.pk,
        "environment": "production",
        "scope": "all",
        "reason": "stop",
    }
    call(services.suspend_deployment, **arguments)
    version_before = System.objects.get(pk=thing.pk).version

    call(services.suspend_deployment, **arguments)

    assert System.objects.get(pk=thing.pk).version == version_before
    assert Entry.objects.filter(system_id=thing.pk, verb="deployment.suspended").count() == 1


def test_a_system_is_not_suspended_while_another_environment_runs():
    thing = system_in("production")
    live(thing, environment="branch-offices")

    call(
        services.suspend_deployment,
        system_id=thing.pk,
        environment="production",
        scope="everything",
        reason="stop",
    )

    assert System.objects.get(pk=thing.pk).lifecycle == "production"


def test_nothing_live_is_nothing_to_stop():
    thing = system_in("approved")

    with pytest.raises(Conflict, match="Nothing of"):
        call(
            services.suspend_deployment,
            system_id=thing.pk,
            environment="production",
            scope="everything",
            reason="stop",
        )


def test_a_roll_back_of_a_suspended_system_stays_stopped_until_it_is_resumed():
    thing = system_in("suspended")
    older = version(thing)

    rolled_back = make_live(thing, older)

    assert (rolled_back.suspended, rolled_back.stop_scope) == (True, "everything")


def test_resuming_frees_the_deployment_and_the_system():
    thing = system_in("suspended")

    freed = call(
        services.resume_deployment,
        system_id=thing.pk,
        environment="production",
        reason="decided to resume",
    )

    assert not freed.suspended
    assert System.objects.get(pk=thing.pk).lifecycle == "production"


def test_an_engineer_makes_live_and_a_stranger_does_not():
    thing = system_in("approved")
    in_force(thing)
    made = version(thing)
    engineer = user()
    role(engineer, "engineer", system=thing)

    with pytest.raises(Forbidden, match="that takes"):
        make_live(
            thing,
            made,
            service=services.deploy,
            expected_version=thing.version,
            actor=person_as_actor(user()),
        )
    row = make_live(
        thing,
        made,
        service=services.deploy,
        expected_version=thing.version,
        actor=person_as_actor(engineer),
    )

    assert row.version == made


def test_a_person_names_the_fallback_when_there_is_one():
    thing = system_in("approved")
    version(thing)

    with pytest.raises(Invalid) as refusal:
        make_live(thing, version(thing), service=services.deploy, expected_version=thing.version)

    assert refusal.value.code == "fallback_missing"


def test_a_person_makes_nothing_live_while_the_system_is_suspended():
    thing = system_in("suspended")

    with pytest.raises(Conflict, match="decided by the committee"):
        make_live(thing, version(thing), service=services.deploy, expected_version=thing.version)
