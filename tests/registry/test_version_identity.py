"""An approval freezes what it approved; hosted models; placed on the market; REG-2, REG-10, CLK-02.

Raw SQL goes at the rows as the application role, as somebody past every service would.
"""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry import services
from registry.models import Classification, SystemVersion
from registry.rules.identities import Identity, identity_hash
from registry.selectors.setup import exceptions_open
from registry.services.versions import Change, place_on_market
from tests.registry.factories import (
    AT,
    call,
    live,
    person_as_actor,
    ready_for_production,
    role,
    system,
    user,
    version,
)

pytestmark = pytest.mark.django_db
HEX = "ab" * 32
HOSTED = Identity(
    provider="Example AI", hosted_model="large-2", snapshot="2026-05-01", prompt_sha256=HEX
)


def hosted(of, *, label="1", identity=HOSTED, **changes):
    return call(
        services.register_version,
        system_id=of.pk,
        label=label,
        identity=identity,
        author_id=user().pk,
        **changes,
    )


def approve(made, of, **changes):
    return call(
        services.approve_version, version_id=made.pk, actor=person_as_actor(of.owner), **changes
    )


def test_a_hosted_model_is_registered_by_what_tells_it_from_the_next():
    thing = system()

    made = SystemVersion.objects.get(pk=hosted(thing).pk)

    entry = Entry.objects.filter(verb="version.registered", object_id=str(made.pk)).get()
    assert made.identity == HOSTED
    assert made.identity_hash == identity_hash(HOSTED)
    assert made.digest == ""
    assert made.identity_hash in bytes(entry.body).decode()


def test_a_version_is_either_a_digest_or_a_hosted_model():
    thing = system()

    with pytest.raises(Invalid) as refusal:
        hosted(thing, identity=Identity(digest="sha256:ab", provider="Example AI"))

    assert refusal.value.fields == {"digest": "Either a digest or a hosted model, not both."}


def test_an_approval_names_the_identity_that_was_seen():
    thing = system()
    made = hosted(thing)

    with pytest.raises(Conflict) as refusal:
        approve(made, thing, identity_hash="0" * 64)
    approved = approve(made, thing, identity_hash=made.identity_hash)

    assert refusal.value.extra["present"] == {"identity_hash": made.identity_hash}
    assert approved.state == "approved"


ATTACKS = {
    "digest": "digest = 'sha256:other'",
    "provider": "provider = 'Other AI'",
    "snapshot": "snapshot = '2030-01-01'",
    "prompt": "prompt_sha256 = repeat('c', 64)",
    "hash": "identity_hash = repeat('c', 64)",
    "label": "label = 'other'",
    "changelog": "changelog = 'nothing changed'",
    "author": "author_id = approved_by_id",
    "system": "system_id = gen_random_uuid()",
    "created": "created_at = now()",
    "approver": "approved_by_id = author_id, set_up = true",
    "approval": "approved_at = approved_at - interval '1 day'",
    "draft again": "state = 'draft'",
    "design": "significant_design_change = true",
}


@pytest.mark.bypass
@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_raw_sql_changes_nothing_of_what_was_approved(attack):
    thing = system()
    made = approve(hosted(thing), thing)

    with (
        pytest.raises(IntegrityError, match="frozen|rewritten|does not go"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE registry_systemversion SET {ATTACKS[attack]} WHERE id = %s",  # noqa: S608
            [made.pk],
        )


@pytest.mark.bypass
@pytest.mark.parametrize("attack", ["digest", "hash", "label", "author"])
def test_raw_sql_makes_no_other_version_of_a_draft(attack):
    made = hosted(system())

    with (
        pytest.raises(IntegrityError, match="frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE registry_systemversion SET {ATTACKS[attack]} WHERE id = %s",  # noqa: S608
            [made.pk],
        )


@pytest.mark.bypass
def test_a_revoked_version_is_not_brought_back():
    thing = system()
    made = approve(hosted(thing), thing)
    call(services.revoke_version, version_id=made.pk, reason="leaks")

    with (
        pytest.raises(IntegrityError, match="does not go from revoked to approved"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE registry_systemversion SET state = 'approved' WHERE id = %s", [made.pk]
        )


@pytest.mark.bypass
def test_two_deployments_of_one_environment_do_not_overlap():
    thing = system()
    ready_for_production(thing, without=("run_evaluation", "try_fallback"))
    for edge in ("assess", "approve"):
        call(
            services.change_lifecycle,
            system_id=thing.pk,
            edge=edge,
            expected_version=type(thing).objects.get(pk=thing.pk).version,
            reason="as agreed",
        )
    first = live(thing)
    live(thing, at=AT + dt.timedelta(hours=1))

    with (
        pytest.raises(IntegrityError, match="one_deployment_at_a_time"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE registry_deployment SET until_at = until_at + interval '1 minute'"
            " WHERE id = %s",
            [first.pk],
        )


@pytest.mark.parametrize(
    "change", [Change(substantial_modification=True), Change(significant_design_change=True)]
)
def test_a_change_that_the_law_asks_about_opens_the_classification_again(change):
    thing = system()
    ready_for_production(thing, without=("write_controls", "agree_on_plan", "try_fallback"))
    made = hosted(thing, label="next", change=change)

    approve(made, thing)

    row = Classification.objects.get(system=thing)
    assert row.state == "reopened"
    assert row.reopened_because.startswith("Version next: a s")


def test_the_approver_answers_what_the_draft_left_open_and_not_what_it_said():
    thing = system()
    made = hosted(thing, change=Change(significant_design_change=False))

    approve(
        made, thing, change=Change(significant_design_change=True, substantial_modification=False)
    )

    found = SystemVersion.objects.get(pk=made.pk)
    assert (found.significant_design_change, found.substantial_modification) == (False, False)


def test_when_a_version_was_placed_on_the_market_is_said_after_its_approval():
    thing = system()
    made = approve(hosted(thing), thing)
    officer = user()
    role(officer, "compliance", unit=thing.unit)

    placed = call(
        place_on_market,
        version_id=made.pk,
        placed_at=AT - dt.timedelta(days=3),
        reason="sales slip",
        actor=person_as_actor(officer),
    )

    assert placed.placed_on_market_at == AT - dt.timedelta(days=3)
    assert Entry.objects.filter(verb="version.placed_on_market").count() == 1


@pytest.mark.parametrize(
    ("days", "reason"), [(1, "sales slip"), (-1, " ")], ids=["to come", "no reason"]
)
def test_a_day_to_come_or_no_reason_is_no_placing_on_the_market(days, reason):
    thing = system()
    made = approve(hosted(thing), thing)

    with pytest.raises(Invalid):
        call(
            place_on_market,
            version_id=made.pk,
            placed_at=AT + dt.timedelta(days=days),
            reason=reason,
        )


def test_while_setting_up_the_author_approves_the_first_version_and_no_second():
    thing = system()
    owner = person_as_actor(thing.owner)
    first = version(thing, author=thing.owner, approved=False)

    alone = call(services.approve_version, version_id=first.pk, actor=owner)

    second = version(thing, author=thing.owner, approved=False)
    with pytest.raises(Forbidden, match="you wrote it"):
        call(services.approve_version, version_id=second.pk, actor=owner)
    assert alone.set_up
    assert exceptions_open()
