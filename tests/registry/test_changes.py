"""A registered system is changed, handed over, moved, reviewed; REG-1."""

import pytest

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import System
from registry.services.changes import SystemChange, change_system
from registry.services.systems import register_system
from tests.registry.factories import SETUP, call, person_as_actor, role, system, unit, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return system()


def officer(of, name="compliance", *, unit=None):
    person = user(of=of.unit)
    role(person, name, unit=unit or of.unit)
    return person


def changed(of, *, by=None, expected_version=None, reason="as agreed", acceptance="", **change):
    present = System.objects.get(pk=of.pk)
    return call(
        change_system,
        system_id=of.pk,
        change=SystemChange(**change),
        expected_version=present.version if expected_version is None else expected_version,
        reason=reason,
        acceptance=acceptance,
        actor=person_as_actor(by) if by else SETUP,
    )


def newest_body():
    return bytes(Entry.objects.order_by("-id").first().body).decode()


def test_a_change_is_on_record_with_before_after_and_reason(of):
    changed(of, name="Claims assistant", by=of.owner, reason="renamed by the business")

    body = newest_body()
    assert '"before":{"name":"Claims approval"}' in body
    assert '"after":{"name":"Claims assistant","version":1}' in body
    assert '"reason":"renamed by the business"' in body


def test_a_stale_page_changes_nothing(of):
    changed(of, name="First")

    with pytest.raises(Conflict) as refused:
        changed(of, name="Second", expected_version=0)

    assert refused.value.code == "stale_version"


def test_the_same_again_is_no_change_and_a_reason_is_needed(of):
    with pytest.raises(Invalid) as same:
        changed(of, name=of.name)
    with pytest.raises(Invalid) as silent:
        changed(of, name="Another", reason=" ")

    assert (same.value.code, silent.value.code) == ("nothing_changed", "reason_missing")


def test_another_owner_takes_it_over_with_their_words_on_record(of):
    successor = user(of=of.unit)

    changed(of, owner_id=successor.pk, by=of.owner, acceptance="Said yes on 19 November.")

    assert System.objects.get(pk=of.pk).owner == successor
    assert '"acceptance":"Said yes on 19 November."' in newest_body()
    assert Entry.objects.order_by("-id").first().verb == "system.handed_over"


def test_nobody_is_made_the_owner_without_having_accepted(of):
    with pytest.raises(Invalid) as refused:
        changed(of, owner_id=user().pk, by=of.owner)

    assert list(refused.value.fields) == ["acceptance"]


def test_nobody_gives_a_part_to_themselves(of):
    administrator = officer(of, "administrator")

    with pytest.raises(Forbidden) as refused:
        changed(of, owner_id=administrator.pk, by=administrator, acceptance="I accept.")

    assert (refused.value.code, refused.value.recorded) == ("gives_to_oneself", True)


def test_the_deputy_does_not_hand_over_and_an_engineer_changes_nothing(of):
    with pytest.raises(Forbidden):
        changed(of, owner_id=user().pk, by=of.deputy, acceptance="yes")
    with pytest.raises(Forbidden):
        changed(of, name="Mine", by=officer(of, "engineer"))


def test_only_the_second_line_moves_it_and_only_to_where_they_hold_a_role(of):
    elsewhere = unit()
    compliance = officer(of)

    with pytest.raises(Forbidden):
        changed(of, unit_id=elsewhere.pk, by=of.owner)
    with pytest.raises(Forbidden):
        changed(of, unit_id=elsewhere.pk, by=compliance)
    role(compliance, "compliance", unit=elsewhere)

    assert changed(of, unit_id=elsewhere.pk, by=compliance).unit_id == elsewhere.pk


def test_reviewers_come_and_go_and_the_past_keeps_them(of):
    first, second = user(), user()
    changed(of, reviewers=[first.pk])
    changed(of, reviewers=[second.pk])

    rows = of.reviewers.order_by("from_at", "until_at")

    assert {(row.person_id, row.until_at is None) for row in rows} == {
        (first.pk, False),
        (second.pk, True),
    }


@pytest.mark.parametrize("part", ["owner", "deputy"])
def test_a_reviewer_is_neither_owner_nor_deputy(of, part):
    with pytest.raises(Invalid) as refused:
        changed(of, reviewers=[getattr(of, f"{part}_id")])

    assert list(refused.value.fields) == ["reviewers"]


def test_owner_and_deputy_stay_two_people_and_both_active(of):
    gone = user()
    gone.is_active = False
    call(lambda actor, at: gone.save(at=at))

    with pytest.raises(Invalid) as same:
        changed(of, owner_id=of.deputy_id, acceptance="yes")
    with pytest.raises(Invalid) as left:
        changed(of, deputy_id=gone.pk, acceptance="yes")

    assert (list(same.value.fields), list(left.value.fields)) == (["deputy"], ["deputy"])


def test_the_records_own_place_is_not_edited_and_nothing_becomes_one(of):
    with pytest.raises(Invalid):
        changed(of, kind="record")
    with pytest.raises(Missing):
        changed(of, unit_id=of.pk, by=None)


def test_an_address_of_the_list_is_no_short_name():
    of = unit()

    with pytest.raises(Invalid):
        call(
            register_system,
            slug="new",
            name="New",
            kind="agent",
            unit_id=of.pk,
            owner_id=user().pk,
            deputy_id=user().pk,
            purpose="x",
            risk_tier="low",
        )
