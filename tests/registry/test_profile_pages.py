"""Pages of who and what a system is for: shown, registered, changed, approved, as it was; REG-1."""

import datetime as dt
import re

import pytest

from outbox import clock
from registry.models import OperatingControls, System
from registry.services.surroundings import Source, add_data_source, add_dependency, assign_knowledge
from tests.registry.factories import (
    AT,
    call,
    controls,
    in_force,
    role,
    sign_in,
    system,
    unit,
    user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock():
    clock.shift(dt.timedelta(0))
    clock.shift(AT + dt.timedelta(hours=1) - clock.now())
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture
def of():
    return system(kind="assistant", users_affected="9,000 claimants")


def text_of(answer):
    bare = re.sub(
        r"<(script|style|svg)\b.*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.S
    )
    return re.sub(r"\s+", " ", bare)


def page(of, rest=""):
    return f"/systems/{of.slug}/profile/{rest}"


def officer(of, name="compliance"):
    person = user(of=of.unit)
    role(person, name, unit=of.unit)
    return person


def test_the_page_says_who_what_and_what_is_missing(client, of):
    in_force(of, may_retrain=(f"person:{of.owner_id}", "supplier"))
    call(add_data_source, system_id=of.pk, given=Source("Claims archive", "training"))

    text = text_of(sign_in(client, of.owner).get(page(of)))

    assert f"Owner {of.owner.name} Deputy {of.deputy.name}" in text
    assert "The duty telephone." in text
    assert f"May retrain {of.owner.name} the supplier" in text
    assert "Claims archive: nobody has said whether it holds personal data." in text
    assert "No behaviour policy is in force." in text


def test_a_stranger_finds_no_profile_and_an_auditor_no_way_to_change_it(client, of):
    stranger, auditor = user(of=unit()), officer(of, "auditor")

    assert sign_in(client, stranger).get(page(of)).status_code == 404
    shown = text_of(sign_in(client, auditor).get(page(of)))
    assert "Put it right" not in shown
    assert "Write it down" not in shown
    for rest in ("edit/", "controls/", "data/", "dependencies/", "knowledge/"):
        assert client.get(page(of, rest)).status_code == 403


@pytest.mark.parametrize(
    "rest",
    ["", "edit/", "controls/", "behaviour/", "scope/", "data/", "dependencies/", "knowledge/",
     "controls/versions/", "controls/1/"],
)  # fmt: skip
def test_every_page_asks_for_a_sign_in_and_opens_for_the_owner(client, of, rest):
    in_force(of)

    assert client.get(page(of, rest)).status_code == 302
    assert sign_in(client, of.owner).get(page(of, rest)).status_code == 200


def test_a_statement_that_a_kind_of_system_has_not_is_not_there(client):
    model = system(kind="predictive")
    sign_in(client, model.owner)

    assert client.get(page(model, "scope/")).status_code == 404
    assert client.get(page(model, "knowledge/")).status_code == 404
    assert client.get(page(model, "controls/99999999999999999999/")).status_code == 404
    assert client.get(page(model, "controls/7/")).status_code == 404


def test_controls_are_written_by_one_and_approved_by_another(client, of):
    role(user(of=of.unit), "compliance", unit=of.unit)
    form = {
        "newest": 0,
        "reason": "first wording",
        "exception_path": "The owner decides.",
        "interim_measures": "pin the last version\n\nask twice",
        "on_call": str(of.owner_id),
        "may_retrain": ["engineer"],
        "may_retrain_people": [f"person:{of.deputy_id}"],
    }

    written = sign_in(client, of.owner).post(page(of, "controls/"), form)
    own = text_of(client.get(page(of, "controls/1/")))
    refused = client.post(page(of, "controls/1/approve/"), {"reason": "mine"})
    read = text_of(sign_in(client, of.deputy).get(page(of, "controls/1/")))
    approved = client.post(page(of, "controls/1/approve/"), {"reason": "read"})

    row = OperatingControls.objects.get(system=of)
    assert (written.status_code, refused.status_code, approved.status_code) == (302, 403, 302)
    assert "You cannot approve this: you wrote it." in own
    assert "Approve and put into force" in read
    assert (row.state, row.approved_by) == ("in_force", of.deputy)
    assert row.interim_measures == ["pin the last version", "ask twice"]
    assert row.may_retrain == ["engineer", f"person:{of.deputy_id}"]


def test_the_next_version_starts_with_the_wording_in_force_and_says_what_differs(client, of):
    in_force(of)
    sign_in(client, of.owner)

    shown = client.get(page(of, "controls/")).content.decode()
    assert controls().rollback_procedure in shown
    assert re.search(r'name="may_retrain" value="engineer" checked', shown)
    client.post(
        page(of, "controls/"),
        {"newest": 1, "reason": "shorter", "rollback_procedure": "Switch back."},
    )
    differs = client.get(page(of, "controls/2/")).content.decode()

    assert f"<del>{controls().rollback_procedure}</del>" in differs
    assert "In force:" in text_of(client.get(page(of, "controls/2/")))


def test_a_stale_draft_is_refused_and_a_wrong_line_is_told_at_its_field(client):
    agent = system(kind="agent")
    sign_in(client, agent.owner)
    form = {
        "newest": 0,
        "reason": "as designed",
        "tools": "payments | api | read, pay\nnonsense",
        "spending_limit": "10",
    }

    wrong = client.post(page(agent, "scope/"), form)
    good = client.post(
        page(agent, "scope/"),
        form
        | {
            "tools": "payments | API | read, pay",
            "currency": "EUR",
            "period": "day",
            "approvals": "pay | 5 | the owner",
        },
    )
    stale = client.post(page(agent, "scope/"), form | {"tools": "", "spending_limit": ""})

    assert wrong.status_code == 400
    assert "Not understood: line 2." in text_of(wrong)
    assert (good.status_code, stale.status_code) == (302, 409)
    assert "pay above 5 EUR: the owner" in text_of(client.get(page(agent, "scope/1/")))


def test_what_must_be_mended_stands_beside_the_field_with_what_was_typed(client):
    agent = system(kind="agent")
    form = {"newest": 0, "reason": "x", "spending_limit": "10", "tools": "bank | api | pay"}

    answer = sign_in(client, agent.owner).post(page(agent, "scope/"), form)

    assert answer.status_code == 400
    assert "Three capital letters (ISO 4217), such as EUR." in text_of(answer)
    assert "bank | api | pay" in answer.content.decode()


def test_a_draft_is_withdrawn_with_its_reason(client, of):
    sign_in(client, of.owner).post(
        page(of, "behaviour/"), {"newest": 0, "reason": "first", "tone": "Plain."}
    )

    silent = client.post(page(of, "behaviour/1/withdraw/"), {"reason": ""})
    done = client.post(page(of, "behaviour/1/withdraw/"), {"reason": "too short"})

    assert (silent.status_code, done.status_code) == (400, 302)
    assert "Withdrawn" in text_of(client.get(page(of, "behaviour/versions/")))


def test_the_owner_changes_what_a_system_says_and_hands_it_over(client, of):
    successor = user(of=of.unit)
    sign_in(client, of.owner)
    form = {
        "version": 0, "name": of.name, "kind": of.kind, "purpose": "Another purpose.",
        "users_affected": of.users_affected, "unit": str(of.unit_id), "owner": str(successor.pk),
        "deputy": str(of.deputy_id), "reviewers": [], "reason": "reorganised",
    }  # fmt: skip

    silent = client.post(page(of, "edit/"), form)
    done = client.post(page(of, "edit/"), form | {"acceptance": "Said yes on Monday."})

    assert "Say how the new person has accepted" in text_of(silent)
    assert (silent.status_code, done.status_code) == (400, 302)
    changed = System.objects.get(pk=of.pk)
    assert (changed.purpose, changed.owner) == ("Another purpose.", successor)


def test_somebody_of_another_unit_is_not_offered_and_not_taken(client, of):
    stranger = user(of=unit(), name="Nobody From Here")
    sign_in(client, of.owner)
    form = {
        "version": 0, "name": of.name, "kind": of.kind, "purpose": of.purpose, "reason": "x",
        "unit": str(of.unit_id), "owner": str(stranger.pk), "deputy": str(of.deputy_id),
        "acceptance": "yes",
    }  # fmt: skip

    assert "Nobody From Here" not in client.get(page(of, "edit/")).content.decode()
    assert client.post(page(of, "edit/"), form).status_code == 400


def test_a_registrar_registers_within_their_units_only(client, of):
    registrar, elsewhere = officer(of, "administrator"), unit(name="Elsewhere Unit")
    outsider = user(of=elsewhere)
    form = {
        "slug": "letter-writer", "name": "Letter writer", "kind": "assistant",
        "purpose": "Writes letters.", "unit": str(of.unit_id), "owner": str(of.owner_id),
        "deputy": str(of.deputy_id), "risk_tier": "medium",
    }  # fmt: skip

    shown = sign_in(client, registrar).get("/systems/new/").content.decode()
    abroad = client.post("/systems/new/", form | {"unit": str(elsewhere.pk)})
    stranger = client.post("/systems/new/", form | {"owner": str(outsider.pk)})
    done = client.post("/systems/new/", form)

    assert "Elsewhere Unit" not in shown
    assert (abroad.status_code, stranger.status_code, done.status_code) == (400, 400, 302)
    assert done["Location"] == "/systems/letter-writer/profile/"
    assert System.objects.get(slug="letter-writer").legal_class == "undecided"


@pytest.mark.parametrize("name", ["auditor", "engineer", "executive"])
def test_others_do_not_register(client, of, name):
    answer = sign_in(client, officer(of, name)).get("/systems/new/")

    assert answer.status_code == 403
    assert "administrator" in text_of(answer)


def test_data_sources_dependencies_and_knowledge_are_kept_on_their_pages(client, of):
    other = system(of=of.unit, name="Letter writer")
    sign_in(client, officer(of))
    ahead = (AT + dt.timedelta(days=60)).date().isoformat()

    answers = [
        client.post(page(of, "data/"), {"name": "Archive", "kind": "training",
                                         "personal_data": "no", "holder": "Claims"}),
        client.post(page(of, "dependencies/"), {"on_system": str(other.pk), "kind": "fallback"}),
        client.post(page(of, "knowledge/"), {"domain": "tariffs", "person": str(of.owner_id),
                                              "review_on": ahead}),
    ]  # fmt: skip
    text = text_of(client.get(page(of)))

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert "Archive Training or tuning Claims No" in text
    assert "Letter writer 1 falls back to it directly" in text
    assert f"tariffs {of.owner.name}" in text


def test_rows_end_with_a_reason_and_the_past_still_shows_them(client, of):
    other = system(of=of.unit, name="Letter writer")
    row = call(add_dependency, system_id=of.pk, on_system_id=other.pk, kind="fallback")
    source = call(add_data_source, system_id=of.pk, given=Source("Archive", "training"))
    domain = call(
        assign_knowledge,
        system_id=of.pk,
        domain="tariffs",
        person_id=of.owner_id,
        review_on=(AT + dt.timedelta(days=9)).date(),
    )
    sign_in(client, officer(of))

    for path in (f"dependencies/{row.pk}", f"data/{source.pk}", f"knowledge/{domain.pk}"):
        assert client.post(page(of, f"{path}/end/"), {"reason": ""}).status_code == 400
        assert client.post(page(of, f"{path}/end/"), {"reason": "over"}).status_code == 302
        assert client.get(page(of, f"{path}/end/")).status_code == 404
    now = text_of(client.get(page(of)))
    then = text_of(client.get(page(of) + "?as_of=2026-11-20T09:30:00Z"))

    for word in ("Letter writer", "Archive", "tariffs"):
        assert word not in now
        assert word in then


def test_the_page_of_an_instant_shows_the_controls_of_then_and_changes_nothing(client, of):
    in_force(of)
    sign_in(client, of.owner).post(
        page(of, "controls/"), {"newest": 1, "reason": "x", "exception_path": "Later path."}
    )
    sign_in(client, of.deputy).post(page(of, "controls/2/approve/"), {"reason": "read"})

    now = text_of(client.get(page(of)))
    then = text_of(client.get(page(of) + "?as_of=2026-11-20T09:30:00Z"))

    assert "Later path." in now
    assert "Later path." not in then
    assert controls().exception_path in then
    assert "Change or hand over" not in then


def test_markup_in_what_is_written_stays_text(client, of):
    in_force(of, exception_path="<script>alert(1)</script>", interim_measures=("<b>x</b>",))

    html = sign_in(client, of.owner).get(page(of)).content.decode()

    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<b>x</b>" not in html
