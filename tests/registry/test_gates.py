"""What must be there before a step, and what is prohibited."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Invalid
from registry import gates, services
from tests.registry.factories import (
    SETUP,
    call,
    live,
    step,
    system,
    system_in,
    version,
)

pytestmark = pytest.mark.django_db


def test_what_is_not_classified_is_not_assessed():
    thing = system(legal_class="undecided")

    with pytest.raises(Conflict, match="The legal class is not decided yet") as refusal:
        step(thing, "assess")

    missing = refusal.value.extra["missing"]
    page = reverse("system-classification", args=[thing.slug])
    assert missing == [{"words": "The legal class is not decided yet.", "link": page}]


def test_nothing_goes_live_without_a_version_in_production():
    thing = system_in("approved")

    with pytest.raises(Conflict, match="No version is live in production"):
        step(thing, "go_live")


def test_nothing_goes_live_without_its_fallback_named():
    thing = system_in("approved")
    version(thing)
    live(thing)

    with pytest.raises(Conflict, match="No version to fall back to is named"):
        step(thing, "go_live")


def test_a_pilot_needs_an_approved_version():
    thing = system_in("approved")
    version(thing, approved=False)

    with pytest.raises(Conflict, match="No version is approved"):
        step(thing, "start_pilot")


def test_a_floor_above_adds_its_own_check():
    gates.register("assess", "weather", lambda system, at: [gates.Gap("It rains.", "/sky/")])

    with pytest.raises(Conflict, match="It rains"):
        step(system(), "assess")


def test_two_checks_of_one_name_are_a_defect():
    gates.register("assess", "weather", lambda system, at: [])

    with pytest.raises(ValueError, match="registered twice"):
        gates.register("assess", "weather", lambda system, at: [])


def test_a_check_of_no_step_is_a_defect():
    with pytest.raises(ValueError, match="no step"):
        gates.register("fly", "weather", lambda system, at: [])


@pytest.mark.parametrize("state", ["pilot", "production"])
def test_the_database_never_lets_a_prohibited_system_run(state):
    thing = system_in(state)
    thing.legal_class = "prohibited"

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="prohibited_never_runs"),
        transaction.atomic(),
    ):
        thing.save()


def test_a_prohibited_system_is_not_approved():
    thing = system(legal_class="prohibited", risk_tier="high")
    step(thing, "assess")

    with pytest.raises(Conflict, match="prohibited practice"):
        step(thing, "approve")


def test_a_running_system_is_not_called_prohibited_before_it_is_stopped():
    thing = system_in("production")

    with pytest.raises(Conflict, match="suspend it first"):
        call(
            services.classify_system,
            system_id=thing.pk,
            legal_class="prohibited",
            risk_tier="high",
            expected_version=thing.version,
            reason="Art. 5(1)(c)",
        )


def test_a_suspended_system_found_prohibited_does_not_resume():
    thing = system_in("suspended")
    call(
        services.classify_system,
        system_id=thing.pk,
        legal_class="prohibited",
        risk_tier="high",
        expected_version=thing.version,
        reason="Art. 5(1)(c)",
    )

    with pytest.raises(Conflict, match="it may not run"):
        step(thing, "resume")


@pytest.mark.parametrize("tier", ["low", "medium"])
def test_the_tier_is_never_below_the_floor_of_the_law(tier):
    with pytest.raises(Invalid) as refusal:
        system(legal_class="high_risk", risk_tier=tier)

    assert refusal.value.code == "tier_below_floor"
