"""First steps: computed from the record alone, by two persons; samples that count nowhere."""

import datetime as dt

import pytest

from governance.models import Committee, Policy, Standing, ThresholdVersion
from governance.selectors.coverage import live_systems
from governance.selectors.pages.first_steps import first_steps_of
from governance.selectors.pages.visibility import lists_seen_by
from governance.services.policies import load_profile
from incidents.models import Incident
from ledger.models import Entry
from outbox import clock
from registry.models import RoleAssignment, System, User
from registry.selectors.setup import in_set_up
from registry.selectors.systems import systems_visible_to
from tests.registry.factories import call, role, sign_in, step, system, unit, user
from tests.telemetry.factory import catalogue

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def place(db, client):
    """A unit with an administrator who is signed in, a colleague, and a compliance officer."""
    made, past = unit(), clock.now() - DAY
    made.admin = user(of=made, name="Ada Administrator")
    made.other = user(of=made, name="Olga Owner")
    made.officer = user(of=made, name="Carl Compliance")
    role(made.admin, "administrator", unit=made, at=past)
    role(made.officer, "compliance", unit=made, at=past)
    sign_in(client, made.admin)
    return made


def way(place, reader=None):
    return first_steps_of(unit=place, reader=reader or place.admin, at=clock.now())


def states(place, reader=None):
    return {step.key: step.state for step in way(place, reader).steps}


def invited(client, **rows):
    fields = {}
    for key, name in rows.items():
        fields |= {f"{key}_name": name, f"{key}_email": f"{key}@example.org"}
    return client.post("/first-steps/people/", fields)


def chosen_by(place, who):
    call(load_profile, unit_id=place.pk, profile="small", author_id=who.pk, at=clock.now())


def test_nothing_is_done_at_first_and_one_step_is_next(place):
    found = states(place)

    assert found["people"] == "next"
    assert set(found.values()) == {"next", "later"}


@pytest.mark.full
def test_several_people_are_invited_with_their_roles_in_one_go(place, client):
    answer = invited(client, secretary="Seth Secretary", executive="Eva Executive")

    held = RoleAssignment.objects.filter(user__name="Seth Secretary").values_list("role", flat=True)
    assert answer.status_code == 302
    assert list(held) == ["secretary"]
    assert states(place)["people"] == "done"


@pytest.mark.full
def test_half_a_row_and_nobody_at_all_are_refused_beside_the_field(place, client):
    half = client.post("/first-steps/people/", {"owner_name": "Olga"})
    nobody = client.post("/first-steps/people/", {})

    assert (half.status_code, nobody.status_code) == (400, 400)
    assert "Both are needed, or neither." in half.content.decode()


@pytest.mark.full
def test_an_address_in_use_invites_none_of_them(place, client):
    count = User.objects.count()

    answer = client.post("/first-steps/people/", {
        "owner_name": "New", "owner_email": "new@example.org",
        "deputy_name": "Old", "deputy_email": place.other.email,
    })  # fmt: skip

    assert (answer.status_code, User.objects.count()) == (400, count)


def test_a_profile_waits_for_another_person_and_the_page_says_for_whom(place, client):
    client.post("/first-steps/profile/", {"profile": "small", "mailbox": "last@example.org"})

    step = next(one for one in way(place).steps if one.key == "profile")
    assert (step.state, step.may) == ("waits", False)
    assert "Carl Compliance" in step.who


@pytest.mark.full
def test_somebody_else_confirms_the_profile_and_it_is_done(place, client):
    chosen_by(place, place.admin)
    sign_in(client, place.officer)

    client.post("/first-steps/profile/", {"confirm": "1"})

    assert states(place)["profile"] == "done"
    assert Policy.objects.get(unit=place).example is False


def test_its_author_does_not_confirm_a_profile(place, client):
    role(user(of=place, name="Rita Risk"), "risk", unit=place, at=clock.now() - DAY)
    chosen_by(place, place.officer)
    sign_in(client, place.officer)

    answer = client.post("/first-steps/profile/", {"confirm": "1"})

    assert answer.status_code == 403
    assert states(place)["profile"] == "waits"


@pytest.mark.full
def test_the_committee_is_founded_with_the_bodies_above_it(place, client):
    chosen_by(place, place.admin)
    seats = [user(of=place) for _ in range(3)]
    named = dict(zip(("chair", "second", "third"), (str(one.pk) for one in seats), strict=True))

    client.post("/first-steps/committee/", {"name": "AI committee"} | named)

    levels = Committee.objects.filter(unit=place).values_list("level", flat=True)
    assert sorted(levels) == ["board", "committee", "executive"]
    assert states(place)["committee"] == "done"


@pytest.mark.full
def test_a_template_fills_in_what_can_be_filled_in(place, client):
    page = client.get("/first-steps/system/?kind=assistant").content.decode()

    assert 'value="assistant-for-customers"' in page
    assert "Answers customers" in page


@pytest.mark.full
def test_kpis_are_drafted_by_one_and_wait_for_another(place, client):
    catalogue()
    made = system(of=place, owner=place.other, deputy=user(of=place), kind="assistant")
    sign_in(client, place.other)
    fields = {
        f"{key}.{name}": value
        for key, limits in {
            "groundedness": {"use": "on", "warning": "0.9", "critical": "0.8"},
            "hallucination_rate": {"use": "on", "warning": "0.04", "critical": "0.08"},
            "cost_per_request": {"use": "on", "warning": "0.1", "critical": "0.3", "usual": "2"},
        }.items()
        for name, value in limits.items()
    }

    answer = client.post(f"/first-steps/systems/{made.slug}/kpis/", fields)

    drafts = ThresholdVersion.objects.filter(threshold__system=made)
    step = next(one for one in way(place, place.other).steps if one.key == "thresholds")
    assert answer.status_code == 302
    assert {one.state for one in drafts} == {"draft"}
    assert states(place)["kpis"] == "done"
    assert (step.state, step.may) == ("waits", False)
    assert "Carl Compliance" in step.who


@pytest.mark.full
def test_a_relative_limit_without_what_is_usual_is_refused(place, client):
    catalogue()
    made = system(of=place, owner=place.other, deputy=user(of=place), kind="assistant")
    sign_in(client, place.other)

    answer = client.post(f"/first-steps/systems/{made.slug}/kpis/", {"cost_per_request.use": "on"})

    assert answer.status_code == 400
    assert "Say what is usual" in answer.content.decode()


def test_what_was_undone_is_open_again(place, client):
    chosen_by(place, place.admin)
    made = system(of=place)
    before = states(place)["system"]

    step(made, "retire", at=clock.now())

    assert (before, states(place)["system"] == "done") == ("done", False)


@pytest.mark.full
def test_the_desk_offers_the_steps_to_administrators_until_they_hide_them(place, client):
    offered = client.get("/").content.decode()
    client.post("/first-steps/hide", {"hide": "1"})
    hidden = client.get("/").content.decode()
    sign_in(client, place.other)
    other = client.get("/").content.decode()

    assert "Go on with the first steps" in offered
    assert "Go on with the first steps" not in hidden + other


@pytest.mark.full
def test_the_api_says_the_same_as_the_page(place, client):
    answer = client.get("/api/v1/first-steps").json()

    assert {one["key"]: one["state"] for one in answer["steps"]} == states(place)


@pytest.mark.full
def test_every_act_of_the_pages_is_one_of_the_api(place, client):
    catalogue()
    send = {"content_type": "application/json"}
    seats = [{"function": f"seat {n}", "person": str(user(of=place).pk)} for n in range(3)]
    made = system(of=place, owner=place.admin, deputy=place.other, kind="assistant")
    chosen = [{"kpi": "groundedness"}, {"kpi": "cost_per_request", "usual": 0.04}]

    answers = [
        client.post("/api/v1/first-steps/people", {"people": [
            {"name": "Eva", "email": "eva@example.org", "role": "executive"}]}, **send),
        client.post("/api/v1/first-steps/profile",
                    {"profile": "small", "mailbox": "last@example.org"}, **send),
        client.post("/api/v1/first-steps/committee", {"name": "AI", "seats": seats}, **send),
        client.post(f"/api/v1/first-steps/systems/{made.slug}/kpis", {"kpis": chosen}, **send),
    ]  # fmt: skip

    found = {one["key"]: one["state"] for one in answers[-1].json()["steps"]}
    assert [one.status_code for one in answers] == [200] * 4
    assert (found["profile"], found["committee"], found["thresholds"]) == ("waits", "done", "waits")


@pytest.mark.full
@pytest.mark.parametrize(
    ("place_of", "body"),
    [
        ("people", {"people": [{"name": "x", "email": "nonsense"}]}),
        ("people", {"people": [{"name": "a\x00b", "email": "a@example.org"}]}),
        ("people", {"people": [{"name": "x", "email": "a@example.org", "role": "king"}]}),
        ("profile", {"profile": "\x00", "mailbox": "a@example.org"}),
        ("profile", {"profile": "huge", "mailbox": "a@example.org"}),
        ("committee", {"name": "x", "seats": [{"function": "chair", "person": "nonsense"}]}),
        ("committee", {"name": "x" * 500, "seats": []}),
    ],
)
def test_bad_input_is_refused_and_never_breaks(place, client, place_of, body):
    answer = client.post(f"/api/v1/first-steps/{place_of}", body, content_type="application/json")

    assert answer.status_code in (400, 404)


def added(place, client):
    catalogue()
    return client.post("/first-steps/samples/add", {"deputy": str(place.other.pk)})


@pytest.mark.full
def test_a_sample_is_marked_judged_and_opens_no_case(place, client):
    added(place, client)

    sample = System.objects.get(sample="shown")
    found = Standing.objects.filter(series__system=sample).values_list("state", flat=True)
    page = client.get(f"/systems/{sample.slug}/").content.decode()
    assert sample.name.startswith("Sample:")
    assert "CRITICAL" in found or "WARNING" in found
    assert "Sample: reading of invoices" in page
    assert not Incident.objects.filter(system=sample).exists()


def test_a_sample_counts_nowhere(place, client):
    added(place, client)

    fleet, _ = lists_seen_by(user=place.admin, at=clock.now())
    seen = systems_visible_to(user=place.admin, at=clock.now())
    assert not fleet.filter(sample="shown").exists()
    assert not live_systems(seen).exists()
    assert in_set_up()
    client.get("/first-steps/")
    assert "Sample:" not in client.get("/fleet/").content.decode()
    assert "Sample:" not in client.get("/scorecards/").content.decode()
    assert states(place)["system"] != "done"


@pytest.mark.full
def test_a_sample_never_runs_and_has_no_drill_and_no_pack(place, client):
    added(place, client)
    sample = System.objects.get(sample="shown")

    step = client.post(f"/api/v1/systems/{sample.slug}/lifecycle",
                       {"edge": "assess", "reason": "x"}, content_type="application/json",
                       headers={"If-Match": '"0"'})  # fmt: skip
    drill = client.post("/api/v1/drills/", {"system": sample.slug, "severity": "minor",
                        "factor": 60, "purpose": "x"}, content_type="application/json")  # fmt: skip

    assert step.status_code in (403, 404, 409)
    assert drill.status_code in (404, 409)
    assert sample.slug not in client.get("/drills/").content.decode()


@pytest.mark.full
def test_one_click_takes_the_samples_out_of_sight_and_the_ledger_keeps_them(place, client):
    added(place, client)
    sample = System.objects.get(sample="shown")
    entries = Entry.objects.filter(system_id=sample.pk).count()

    client.post("/first-steps/samples/remove")

    sample = System.objects.get(pk=sample.pk)
    assert (sample.sample, sample.lifecycle) == ("removed", "retired")
    assert client.get(f"/systems/{sample.slug}/").status_code == 404
    assert Entry.objects.filter(system_id=sample.pk).count() == entries + 1


@pytest.mark.full
def test_a_second_sample_comes_only_after_the_first_is_gone(place, client):
    added(place, client)
    again = client.post("/api/v1/samples", {"deputy": str(place.other.pk)},
                        content_type="application/json")  # fmt: skip
    client.post("/api/v1/samples/remove")

    anew = client.post("/api/v1/samples", {"deputy": str(place.other.pk)},
                       content_type="application/json")  # fmt: skip

    assert (again.status_code, anew.status_code) == (409, 201)


def test_who_may_not_register_adds_and_removes_no_sample(place, client):
    added(place, client)
    sign_in(client, place.other)

    answers = [
        client.post("/first-steps/samples/add", {"deputy": str(place.admin.pk)}).status_code,
        client.post("/first-steps/samples/remove").status_code,
    ]

    assert answers == [403, 403]
    assert System.objects.filter(sample="shown").count() == 1
