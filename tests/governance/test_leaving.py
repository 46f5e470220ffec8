"""GOV-4: who leaves hands every duty over in one act, or nothing is handed over."""

import pytest

from governance.models import Seat
from incidents.models import Incident
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry import duties
from registry.models import System, User
from registry.services.leavers import duties_of, let_go
from tests.governance import organisation as governing
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting, grant, person
from tests.registry.factories import call, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(db):
    """An organisation with an administrator, and two people who take over."""
    made = governing.organised()
    unit = made.house.unit
    made.administrator = person(name="Ada Administrator", unit=unit, role="administrator")
    made.heir, made.other = person(name="Heir", unit=unit), person(name="Other", unit=unit)
    return made


def leave(of, who, successors, **changes):
    """Let somebody go."""
    arguments = {"reason": "moved abroad; Heir accepted by mail", "actor": acting(of.administrator)}
    return call(let_go, user_id=who.pk, successors=successors, at=AT, **(arguments | changes))


def all_to(of, who, heir):
    """Give every duty that needs a successor to one person."""
    return {
        one.key: heir.pk
        for one in duties_of(user_id=who.pk, at=AT)
        if one.duty.successor == "needed"
    }


def test_every_floor_registers_its_duties():
    assert set(duties.registered()) >= {
        "systems", "reviews", "holds", "roles", "delegations", "incidents", "orders", "seats",
        "substitutes", "ballots",
    }  # fmt: skip


def test_a_doubled_source_is_refused_at_start():
    source = duties.registered()["systems"]

    with pytest.raises(ValueError, match="registered twice"):
        duties.register(duties.Source("systems", "Other", source.find, source.hand_over))


def test_the_duties_of_an_owner_are_found_on_every_floor(of):
    incident = cases.opened(of.house)

    found = {one.source.name: one.duty.words for one in duties_of(user_id=of.house.owner.pk, at=AT)}

    assert found["systems"] == f"Owner of {of.house.system.name}"
    assert incident.number in found["incidents"]


def test_all_is_handed_over_and_the_account_ends(of):
    incident = cases.opened(of.house)
    owner = of.house.owner

    leave(of, owner, all_to(of, owner, of.heir))

    assert System.objects.get(pk=of.house.system.pk).owner == of.heir
    assert Incident.objects.get(pk=incident.pk).owner == of.heir
    assert not User.objects.get(pk=owner.pk).is_active


def test_without_a_successor_nothing_is_handed_over(of):
    owner = of.house.owner
    cases.opened(of.house)
    chosen = all_to(of, owner, of.heir)
    chosen.popitem()

    with pytest.raises(Invalid) as refusal:
        leave(of, owner, chosen)

    assert refusal.value.code == "successor_missing"
    assert System.objects.get(pk=of.house.system.pk).owner == owner


def test_a_conflicted_successor_is_refused_with_who_can(of):
    incident = cases.opened(of.house)
    cases.Participation.objects.create(
        incident=incident, cycle=1, person=of.house.risk, act="validated_risk", at=AT
    )

    with pytest.raises(Conflict, match="signed for risk") as refusal:
        leave(of, of.house.owner, all_to(of, of.house.owner, of.house.risk))

    assert refusal.value.who_can
    assert System.objects.get(pk=of.house.system.pk).owner == of.house.owner


def test_a_seat_goes_to_the_successor(of):
    chair = of.chair

    leave(of, chair, all_to(of, chair, of.heir))

    seat = Seat.objects.get(committee=of.committee, number=1, until_at=None)
    assert (seat.person, seat.chair) == (of.heir, True)


def test_roles_end_with_the_account_unless_somebody_takes_them(of):
    leaver = person(name="Leaver", unit=of.house.unit)
    kept = grant(leaver, "engineer", unit=of.house.unit)
    ended = grant(leaver, "risk", unit=of.house.unit)

    leave(of, leaver, {f"roles:{kept.pk}": of.heir.pk})

    assert set(of.heir.roles.values_list("role", flat=True)) == {"engineer"}
    ended.refresh_from_db()
    assert ended.until_at == AT


def test_nobody_lets_themselves_go(of):
    with pytest.raises(Forbidden, match="your own account"):
        leave(of, of.administrator, {})


def test_who_is_no_administrator_lets_nobody_go(of):
    with pytest.raises(Forbidden):
        leave(of, of.heir, {}, actor=acting(of.house.compliance))


def test_the_page_lists_the_duties_and_hands_them_over(of, client):
    owner = of.house.owner
    sign_in(client, of.administrator)
    page = client.get(f"/people/{owner.pk}/leaving/")
    fields = [name for name in page.context["form"].fields if name != "reason"]

    answered = client.post(
        f"/people/{owner.pk}/leaving/",
        {"reason": "moved abroad"} | dict.fromkeys(fields, str(of.heir.pk)),
    )

    assert page.status_code == 200
    assert answered.status_code == 302
    assert not User.objects.get(pk=owner.pk).is_active
