"""An update of the law: shown for whom before it is applied, classifications opened again after."""

import copy
import datetime as dt
from functools import cache

import pytest

from governance.selectors.law_updates import update_for
from ledger.models import Entry
from registry.models import Classification, Milestone
from registry.services.reference import differences, load_reference, plan_reference, shipped
from tests.incidents.factory import clock_rule, do, house, opened
from tests.registry.factories import AT, call, role, system, unit, user
from tests.registry.law_house import SYSTEMS, classified

pytestmark = pytest.mark.django_db


@pytest.fixture
def credit():
    """A classified credit model of a deployer, with the present law loaded."""
    call(load_reference)
    return classified(system(), **SYSTEMS["credit"], rests_on=["III.5", "AIA-27"])


def act(**changes):
    """Return the shipped AI Act as a later release with changed rows, by id."""
    document = copy.deepcopy(next(one for one in shipped() if one["name"] == "ai_act"))
    document["version"] = "2027-01-01"
    for row in [*document["provisions"], *document["milestones"]]:
        row.update(changes.get(row["id"].replace("-", "_").replace(".", "_"), {}))
    return document


def plan(document, **changes):
    return plan_reference(at=AT, documents=[document], **changes)


def test_a_moved_date_names_the_obligations_that_move_and_whose_they_are(credit):
    found = plan(act(T_HR_ANNEX3={"date": dt.date(2028, 6, 2)}))

    (one,) = found.touched
    moved = {each.after.provision.id: each for each in one.moves}
    assert (one.system, one.system.owner.name) == (credit, credit.owner.name)
    assert moved["AIA-27"].before.due == dt.date(2027, 12, 2)
    assert moved["AIA-27"].after.due == dt.date(2028, 6, 2)
    assert "AIA-4" not in moved


def test_a_plan_changes_nothing(credit):
    before = Entry.objects.count()

    plan(act(T_HR_ANNEX3={"date": dt.date(2028, 6, 2)}))

    assert Milestone.objects.get(pk="T-HR-ANNEX3").date == dt.date(2027, 12, 2)
    assert Entry.objects.count() == before


def test_an_obligation_of_other_people_comes_to_a_system(credit):
    found = plan(act(AIA_50_1={"who": ["deployer"], "condition": {}}))

    assert [one.provision.id for one in found.touched[0].appears] == ["AIA-50.1"]


@pytest.mark.full
def test_an_obligation_that_goes_is_named(credit):
    document = act()
    document["provisions"] = [row for row in document["provisions"] if row["id"] != "AIA-86"]

    found = plan(document)

    assert [one.provision.id for one in found.touched[0].vanishes] == ["AIA-86"]


@pytest.mark.full
def test_an_obligation_in_other_words_is_named(credit):
    found = plan(act(AIA_27={"title": "Another title"}))

    assert [one.provision.id for one in found.touched[0].rewords] == ["AIA-27"]


@pytest.mark.full
def test_a_system_that_a_change_does_not_reach_is_not_named(credit):
    device = classified(system(), **SYSTEMS["device"])

    found = plan(act(AIA_27={"title": "Another title"}))

    assert device not in [one.system for one in found.touched]


@pytest.mark.full
def test_a_system_that_the_reader_does_not_see_is_not_named(credit):
    found = plan(
        act(AIA_27={"title": "Another title"}),
        systems=type(credit).objects.exclude(pk=credit.pk),
    )

    assert found.touched == ()


@pytest.mark.full
def test_a_classification_that_rests_on_a_change_is_announced_and_opened_again(credit):
    document = act(III_5_b={"title": "Creditworthiness of natural persons"})

    announced = plan(document).touched[0].reopens
    loaded = call(load_reference, documents=[document])

    row = Classification.objects.get(system=credit)
    assert announced
    assert loaded.reopened == (credit.slug,)
    assert row.state == "reopened"
    assert "ai_act 2027-01-01" in row.reopened_because


@pytest.mark.full
def test_a_change_elsewhere_opens_nothing_again(credit):
    loaded = call(load_reference, documents=[act(AIA_55_1_d={"title": "Security"})])

    assert loaded.changed == ("AIA-55.1.d",)
    assert loaded.reopened == ()


@pytest.mark.full
def test_the_first_release_opens_nothing_again():
    one = classified(system(), **SYSTEMS["credit"], rests_on=["III.5"])

    loaded = call(load_reference)

    assert loaded.reopened == ()
    assert Classification.objects.get(system=one).state == "confirmed"


@pytest.mark.full
def test_a_row_that_only_moves_in_its_file_is_no_change(credit):
    document = act()
    document["provisions"].insert(0, document["provisions"].pop())

    found = plan(document)

    assert (found.pending[0].changed, found.touched) == ((), ())


@pytest.mark.full
def test_clk_20_a_clock_that_runs_by_a_changed_rule_is_named():
    call(load_reference)
    of = house()
    clock_rule(id="shipped-rule", hours=72)
    incident = opened(of)
    do(incident, "acknowledge", of.owner, personal_data="yes")
    document = copy.deepcopy(next(one for one in shipped() if one["name"] == "clock_rules"))
    document["version"] = "2027-01-01"

    update = update_for(user=None, at=AT, documents=[document])

    assert "shipped-rule" in [one.id for one in update.plan.changes("ClockRule")]
    assert {one.rule_id for one in update.clocks} >= {"shipped-rule"}


@pytest.fixture
def shipped_update(credit, monkeypatch):
    """A later release of the AI Act that this installation ships."""
    documents = tuple(
        act(AIA_27={"title": "Another title"}) if one["name"] == "ai_act" else one
        for one in shipped()
    )
    for module in ("files", "planning", "loading", "differences"):
        monkeypatch.setattr(
            f"registry.services.reference.{module}.shipped", lambda: documents, raising=False
        )
    monkeypatch.setattr(
        "registry.services.reference.differences._read_shipped",
        cache(lambda place: differences._read(documents[place])),
    )
    return credit


def officer(of, name="compliance"):
    person = user(of=of)
    role(person, name, unit=of)
    return person


@pytest.mark.full
def test_the_page_shows_what_changes_for_whom_and_loads_it(client, shipped_update):
    client.force_login(officer(shipped_update.unit))

    shown = client.get("/law/updates/").content.decode()
    client.post("/law/updates/", {"reason": "read by legal"})
    after = client.get("/law/updates/").content.decode()

    assert "Another title" in shown
    assert shipped_update.owner.name in shown
    assert "Everything that this installation ships is loaded" in after
    assert Classification.objects.get(system=shipped_update).state == "reopened"


@pytest.mark.full
def test_the_page_shows_no_system_of_others(client, shipped_update):
    client.force_login(officer(unit()))

    shown = client.get("/law/updates/").content.decode()

    assert "Another title" in shown
    assert shipped_update.name not in shown


@pytest.mark.full
def test_who_is_not_of_compliance_reads_and_does_not_load(client, shipped_update):
    client.force_login(officer(shipped_update.unit, "engineer"))

    shown = client.get("/law/updates/").content.decode()
    refused = client.post("/law/updates/", {"reason": "because"})

    assert "Load the update" not in shown
    assert refused.status_code == 403
    assert Classification.objects.get(system=shipped_update).state == "confirmed"


@pytest.mark.full
def test_the_api_plans_and_loads(client, shipped_update):
    client.force_login(officer(shipped_update.unit))

    planned = client.get("/api/v1/law/updates/").json()
    loaded = client.post(
        "/api/v1/law/updates/", {"reason": "read by legal"}, content_type="application/json"
    ).json()

    assert planned["systems"][0]["rewords"] == ["AIA-27"]
    assert planned["systems"][0]["owner"] == shipped_update.owner.name
    assert loaded["changed"] == ["AIA-27"]
    assert loaded["reopened"] == [shipped_update.slug]
