"""An answer by a version that nobody approved is noticed in one request (TEL-9)."""

import datetime as dt

import pytest
from django.db import connection

from governance.models import MismatchCause
from governance.rules.mismatches import SWITCH, Answerer, Known, Live, mismatch_of
from governance.selectors.mismatches import decisions_since
from incidents.models import Incident
from registry import services
from registry.models import Deployment
from registry.rules.identities import Identity
from telemetry.models import DecisionEvent
from tests.incidents.factory import forced
from tests.net import by_hand
from tests.registry import factories as registry
from tests.registry.factories import call
from tests.telemetry.factory import AT, event, measured, take_events

NOW = AT + dt.timedelta(hours=2)
APPROVED = Known("2.3", "approved", AT - dt.timedelta(days=9), None, {})


def answers(system, count=3, *, at=NOW, first=0, **changes):
    """Deliver decision events of a system."""
    rows = [
        event(system, first + number, at=at - dt.timedelta(minutes=number), **changes)
        for number in range(count)
    ]
    return take_events(rows, at=NOW)


def live_label(system):
    """The version that is live."""
    return Deployment.objects.get(system=system, until_at=None).version.label


def versions_of(system):
    """The incidents about versions of a system."""
    return Incident.objects.filter(system=system, kind="version")


def hosted(system, **identity):
    """Make a hosted model live."""
    version = call(
        services.register_version,
        system_id=system.pk,
        label=registry.unique("h"),
        identity=Identity(provider="Example AI", hosted_model="example-large", **identity),
        author_id=registry.user().pk,
    )
    call(
        services.approve_version,
        version_id=version.pk,
        actor=registry.person_as_actor(system.deputy),
    )
    call(
        services.make_live,
        system_id=system.pk,
        environment="production",
        version_id=version.pk,
        fallback_id=None,
        reason="hosted",
        at=AT + dt.timedelta(minutes=1),
    )
    return version.label


@pytest.mark.django_db
def test_answers_of_the_live_version_open_nothing():
    system = measured(stated=None)

    receipt = answers(system, version=live_label(system))

    assert receipt.incidents == []
    assert not MismatchCause.objects.exists()


@pytest.mark.django_db
def test_an_unknown_version_opens_an_incident_in_the_request():
    system = measured(stated=None)

    receipt = answers(system, version="9.9")

    assert [one.kind for one in receipt.incidents] == ["version"]
    assert receipt.incidents[0].severity == "major"
    assert "9.9" in receipt.incidents[0].title
    assert receipt.incidents[0].mismatches.get().reason == "unknown"


@pytest.mark.django_db
def test_a_draft_version_opens_an_incident():
    system = measured(stated=None)
    draft = registry.version(system, approved=False)

    receipt = answers(system, version=draft.label)

    assert receipt.incidents[0].mismatches.get().reason == "unapproved"


@pytest.mark.django_db
def test_another_hosted_model_behind_the_same_version_opens_an_incident():
    system = measured(stated=None)
    label = hosted(system)
    answers(system, version=label, model="example-large")

    receipt = answers(system, first=10, version=label, model="example-small")

    assert receipt.incidents[0].title == "Answers by example-small, which nobody approved"
    assert receipt.incidents[0].mismatches.get().parts == {"hosted_model": "example-small"}


@pytest.mark.django_db
def test_another_fingerprint_opens_an_incident():
    system = measured(stated=None)
    label = hosted(system, fingerprint="fp-1")

    receipt = answers(system, version=label, model="example-large", fingerprint="fp-2")

    assert receipt.incidents[0].mismatches.get().reason == "other_part"


@pytest.mark.django_db
def test_decisions_since_then_are_counted_without_writing_any_more():
    system = measured(stated=None)
    (incident,) = answers(system, version="9.9").incidents
    answers(system, 2, first=10, version=live_label(system))

    answers(system, 4, first=20, at=NOW + dt.timedelta(minutes=4), version="9.9")

    assert decisions_since(incident=incident) == 7
    assert incident.mismatches.count() == 1
    assert DecisionEvent.objects.filter(system=system).count() == 9


@pytest.mark.django_db
def test_a_further_answerer_joins_the_open_incident():
    system = measured(stated=None)
    (incident,) = answers(system, version="9.9").incidents

    receipt = answers(system, first=10, version="9.8")

    assert receipt.incidents == []
    assert incident.mismatches.count() == 2
    assert incident.transitions.filter(command="join_breach").count() == 1


@pytest.mark.django_db
def test_a_trial_where_nothing_is_live_is_free():
    system = measured(stated=None)

    receipt = answers(system, version="9.9", environment="staging")

    assert receipt.incidents == []


@pytest.mark.django_db
def test_an_approved_version_that_is_not_live_is_a_step_milder():
    system = measured(stated=None)
    other = registry.version(system)

    receipt = answers(system, version=other.label)

    assert receipt.incidents[0].severity == "moderate"


@pytest.mark.django_db
def test_the_same_answerer_is_held_after_the_incident_was_closed_and_another_is_not():
    system = measured(stated=None)
    (incident,) = answers(system, version="9.9").incidents
    with by_hand(), connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_incident SET closed_at = %s", [NOW])
    forced(incident, "CLOSED", NOW)

    same = answers(system, first=10, version="9.9")
    other = answers(system, first=20, version="9.8")

    assert same.incidents == []
    assert len(other.incidents) == 1


@pytest.mark.django_db
def test_a_delivery_that_fits_costs_one_query(django_assert_max_num_queries):
    system = measured(stated=None)
    label = live_label(system)
    answers(system, version=label)

    with django_assert_max_num_queries(14) as captured:
        answers(system, first=10, version=label)

    asked = [one["sql"] for one in captured if "registry_systemversion" in one["sql"]]
    assert len(asked) == 1


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_switch_of_versions_may_take_a_quarter_of_an_hour(minutes):
    live = [Live("2.3", AT - dt.timedelta(days=1), AT), Live("2.4", AT, None)]
    newer = Known("2.4", "approved", AT - dt.timedelta(days=9), None, {})
    label = "2.4" if minutes < 0 else "2.3"

    found = mismatch_of(
        Answerer(label), AT + dt.timedelta(minutes=minutes), {"2.3": APPROVED, "2.4": newer}, live
    )

    assert found is None


def test_after_the_switch_an_old_version_is_noticed():
    live = [Live("2.3", AT - dt.timedelta(days=1), AT), Live("2.4", AT, None)]

    found = mismatch_of(Answerer("2.3"), AT + SWITCH, {"2.3": APPROVED}, live)

    assert found is not None
    assert found.reason == "not_live"


def test_an_answer_from_before_the_revocation_is_no_mismatch():
    live = [Live("2.3", AT - dt.timedelta(days=1), None)]
    revoked = Known("2.3", "revoked", AT - dt.timedelta(days=9), AT, {})

    before = mismatch_of(Answerer("2.3"), AT - dt.timedelta(hours=1), {"2.3": revoked}, live)
    after = mismatch_of(Answerer("2.3"), AT + dt.timedelta(hours=1), {"2.3": revoked}, live)

    assert before is None
    assert after is not None
    assert after.reason == "unapproved"


@pytest.mark.parametrize("told_as", ["large", "large-2026", "2026", "large@2026", "LARGE-2026"])
def test_a_provider_may_call_the_approved_model_by_name_or_snapshot(told_as):
    known = Known(
        "2.3", "approved", AT - dt.timedelta(days=9), None,
        {"hosted_model": "large", "snapshot": "2026"},
    )  # fmt: skip
    live = [Live("2.3", AT - dt.timedelta(days=1), None)]

    found = mismatch_of(Answerer("2.3", (("hosted_model", told_as),)), AT, {"2.3": known}, live)

    assert found is None
