"""GOV-4: people, units and roles on pages and over the API; object rules by name."""

import datetime as dt

import pytest

from outbox import clock
from outbox.models import Message
from registry import selectors
from registry.models import Delegation, RoleAssignment, Unit, User
from registry.rules.permits import PERMITS
from tests.registry.factories import role, sign_in, system, unit, user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def place(db, client):
    """A unit with an administrator who is signed in."""
    made, now = unit(), clock.now()
    made.administrator = user(of=made, name="Ada Administrator")
    role(made.administrator, "administrator", unit=made, at=now - DAY)
    sign_in(client, made.administrator)
    return made


def test_a_person_is_invited_and_written_to(place, client):
    client.post(
        "/people/new/",
        {"email": "nina@example.org", "name": "Nina New", "title": "", "unit": str(place.pk)},
    )

    made = User.objects.get(email="nina@example.org")
    told = Message.objects.get(person_id=made.pk)
    assert not made.has_usable_password()
    assert "/accounts/password/reset/" in told.body


def test_a_role_is_granted_for_whole_days(place, client):
    person = user(of=place)
    last = (clock.now() + 30 * DAY).date()

    client.post(
        f"/people/{person.pk}/roles/",
        {"role": "auditor", "scope": f"unit:{place.pk}", "until_day": f"{last}", "reason": "audit"},
    )

    held = RoleAssignment.objects.get(user=person)
    assert held.until_at.astimezone(dt.UTC).date() in (last, last + DAY)
    assert (held.granted_by, held.reason) == (place.administrator, "audit")


def test_an_auditor_for_two_years_is_refused_beside_the_field(place, client):
    person = user(of=place)
    last = (clock.now() + 700 * DAY).date()

    page = client.post(
        f"/people/{person.pk}/roles/",
        {"role": "auditor", "scope": f"unit:{place.pk}", "until_day": f"{last}", "reason": "audit"},
    )

    assert page.status_code == 400
    assert page.context["form"].errors["until_day"]


def test_one_s_own_roles_are_refused_on_the_page_too(place, client):
    page = client.post(
        f"/people/{place.administrator.pk}/roles/",
        {"role": "risk", "scope": f"unit:{place.pk}", "reason": "more"},
    )

    assert page.status_code == 403


def test_a_unit_of_others_cannot_be_named_in_a_form(place, client):
    person, other = user(of=place), unit()

    page = client.post(
        f"/people/{person.pk}/roles/",
        {"role": "risk", "scope": f"unit:{other.pk}", "reason": "annexed"},
    )

    assert page.status_code == 400
    assert not RoleAssignment.objects.filter(user=person).exists()


def test_a_delegation_is_made_and_ended_by_the_principal(place, client):
    principal, delegate = user(of=place), user(of=place)
    sign_in(client, principal)
    today = clock.now().date()

    client.post(
        f"/people/{principal.pk}/delegations/",
        {
            "delegate": str(delegate.pk),
            "scope": "everything",
            "first": f"{today - DAY}",
            "last": f"{today + DAY}",
            "reason": "holiday",
        },
    )
    row = Delegation.objects.get()
    acting = selectors.delegates_of(user_id=principal.pk, at=clock.now())
    client.post(f"/people/delegations/{row.pk}/end/", {"reason": "back"})

    assert acting == [delegate]
    assert selectors.delegates_of(user_id=principal.pk, at=clock.now()) == []


def test_who_is_away_is_marked_where_people_are_picked(place, client):
    principal, gone = user(of=place), user(of=place, name="Gone Person")
    today = clock.now().date()
    client.post(f"/people/{gone.pk}/leave/", {"first": f"{today - DAY}", "last": f"{today + DAY}"})

    page = client.get(f"/people/{principal.pk}/delegations/").content.decode()

    assert "Gone Person (away until" in page


def test_a_move_is_shown_before_it_is_done(place, client):
    left, right = unit(parent=place), unit(parent=place)
    officer = user(of=place, name="Otto Officer")
    role(officer, "risk", unit=right, at=clock.now() - DAY)

    shown = client.get(f"/units/{left.pk}/move/?parent={right.pk}").content.decode()
    before = Unit.objects.get(pk=left.pk).parent_id
    client.post(f"/units/{left.pk}/move/", {"parent": str(right.pk), "reason": "merged"})

    assert "Otto Officer" in shown
    assert (before, Unit.objects.get(pk=left.pk).parent_id) == (place.pk, right.pk)


def test_the_review_of_access_confirms_a_role_and_gives_a_sheet(place, client):
    person = user(of=place, name="=cmd")
    held = role(person, "risk", unit=place, at=clock.now() - DAY)

    client.post(f"/people/access/{held.pk}/confirm")
    sheet = client.get("/people/access.csv").content.decode()

    held.refresh_from_db()
    assert held.confirmed_by == place.administrator
    assert "'=cmd" in sheet


def test_the_catalogue_of_roles_is_there_for_everybody(place, client):
    sign_in(client, user(of=unit()))

    page = client.get("/roles/").content.decode()

    assert "administer people and access" in page
    assert "Segregation matrix" in page


def test_the_matrix_is_symmetrical(place, client):
    rows = client.get("/roles/").context["matrix"].rows

    cells = [row.apart for row in rows]
    assert cells == [list(column) for column in zip(*cells, strict=True)]


def test_the_api_does_what_the_pages_do(place, client):
    made = client.post(
        "/api/v1/people/",
        {"email": "api@example.org", "name": "Api Person", "unit": str(place.pk)},
        content_type="application/json",
    )
    granted = client.post(
        f"/api/v1/people/{made.json()['id']}/roles",
        {"role": "risk", "unit": str(place.pk), "reason": "works there"},
        content_type="application/json",
    )
    ended = client.post(
        f"/api/v1/roles/{granted.json()['id']}/end",
        {"reason": "moved"},
        content_type="application/json",
    )

    assert [one.status_code for one in (made, granted, ended)] == [201, 201, 200]
    assert ended.json()["until_at"]


def test_mass_assignment_makes_nobody_an_administrator(place, client):
    made = client.post(
        "/api/v1/people/",
        {
            "email": "mass@example.org",
            "name": "Mass",
            "unit": str(place.pk),
            "is_superuser": True,
            "is_staff": True,
            "password": "x",
        },
        content_type="application/json",
    )

    person = User.objects.get(pk=made.json()["id"])
    assert (person.is_superuser, person.is_staff, person.has_usable_password()) == (
        False,
        False,
        False,
    )


def test_object_rules_ask_the_same_table(place):
    thing = system(of=place)
    stranger = user(of=unit())

    assert thing.owner.has_perm("registry.view_system", thing)
    assert thing.owner.has_perm("registry.deploy", thing)
    assert not thing.owner.has_perm("registry.go_live", thing)
    assert not stranger.has_perm("registry.view_system", thing)
    assert place.administrator.has_perm("registry.administer", place)


def test_a_superuser_passes_no_object_rule(place):
    boss = User.objects.create_superuser("boss@example.org", "Boss")
    thing = system(of=place)

    assert not boss.has_perm("registry.view_system", thing)
    assert not any(boss.has_perm(f"registry.{act}", thing) for act in PERMITS)
