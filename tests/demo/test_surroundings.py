"""What stands around the demo's systems is whole; REG-1, REG-6, REG-7, REG-10, REG-12, GOV-4."""

import datetime as dt

import pytest

from config.story.cast import CAST
from config.story.organisation import load_organisation, story
from config.story.papers import pdf_of
from config.story.readiness import readiness, told_in
from governance.models import NoticeCase
from incidents.models import Incident
from outbox import clock
from registry.models import (
    BehaviourPolicy,
    Classification,
    Concern,
    DeclaredScope,
    Dependency,
    DocumentVersion,
    ImpactAssessment,
    OrganisationProfile,
)
from registry.rules.files import why_ends_refused
from registry.selectors.people import available, delegates_of
from registry.selectors.systems import systems_visible_to
from reports.selectors.desk import desk_of
from tests.registry import factories as make

AT = dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC)
SYSTEMS = {told["slug"] for told in story()["systems"]}
AROUND = told_in("surroundings.yaml")
PEOPLE = {person.key for person in CAST}


@pytest.fixture
def loaded(db, settings, tmp_path):
    """The demo's organisation, as somebody finds it who starts the demo."""
    settings.FILES_DIR = tmp_path
    return load_organisation(
        at=AT, gateway_url="http://127.0.0.1:9/", gateway_secret="whsec_" + "0" * 32,
        window_seconds=5,
    )  # fmt: skip


def also(loaded, key):
    """Return the steps that wait for a persona beside the cases."""
    return {row.step for row in desk_of(user=loaded.people[key], at=AT).also}


def test_only_people_and_systems_of_the_story_are_named():
    named = {AROUND["leave"]["who"], AROUND["leave"]["delegate"]}
    for one in (*AROUND["documents"], *AROUND["assessments"]):
        named |= {one[key] for key in ("owner", "reviewer", "author", "uploaded_by") if key in one}

    systems = {one["system"] for one in (*AROUND["documents"], *AROUND["assessments"])}

    assert named <= PEOPLE
    assert systems | set(AROUND["systems"]) == SYSTEMS


def test_most_answers_of_each_classification_have_a_reason_of_their_own():
    reasons = [told["classification"]["reasons"] for told in readiness().values()]

    assert all(len(set(one.values())) > 25 for one in reasons)


def test_the_pdf_is_one_by_its_bytes():
    content = pdf_of(["A line (in brackets)", "another"])

    assert why_ends_refused("pdf", content, content) == ""
    assert int(content.split(b"startxref\n")[1].split(b"\n")[0]) == content.index(b"xref\n")


@pytest.mark.full
def test_the_organisation_shows_what_the_registry_keeps(loaded):
    states = dict(Classification.objects.values_list("system__slug", "state"))
    papers = dict(DocumentVersion.objects.values_list("name", "state"))
    written = dict(ImpactAssessment.objects.values_list("system__slug", "state"))

    assert states == dict.fromkeys(SYSTEMS, "confirmed")
    assert set(papers.values()) == {"in_force", "draft"}
    assert written == {"claims-approval": "in_force", "support-assistant": "in_review"}
    assert OrganisationProfile.objects.get().answer("financial_entity") == "yes"
    assert DeclaredScope.objects.get().state == BehaviourPolicy.objects.get().state == "in_force"
    assert Dependency.objects.count() == 3
    assert Concern.objects.get().raised_by is None
    assert (NoticeCase.objects.count(), Incident.objects.count()) == (2, 0)


@pytest.mark.full
def test_the_unit_below_is_seen_from_above_and_sees_itself_alone(loaded):
    seen = {
        key: set(systems_visible_to(user=loaded.people[key], at=AT).values_list("slug", flat=True))
        for key in ("paula", "maren", "jonas")
    }

    assert seen["paula"] == {"letter-sorter"}
    assert seen["maren"] >= SYSTEMS | {"letter-sorter"}
    assert seen["jonas"] == {"claims-approval"}


@pytest.mark.full
def test_somebody_is_away_and_another_acts_for_them(loaded):
    piet, system = loaded.people["piet"], loaded.systems["claims-form-reader"]

    acting = delegates_of(user_id=piet.pk, system=system, at=AT)

    assert not available(user_id=piet.pk, at=AT)
    assert [one.name for one in acting] == ["Priya Raman"]


@pytest.mark.full
def test_the_desks_of_the_demo_show_what_waits(loaded):
    steps = {key: also(loaded, key) for key in ("maren", "lena", "jonas", "greta")}

    assert {"Read it", "Review, or send back"} <= steps["maren"]
    assert "Read and review it" in steps["lena"]
    assert "Add the next version" in steps["jonas"]
    assert "Read the notice" in steps["greta"]


@pytest.mark.full
def test_every_line_of_a_desk_leads_to_a_page_that_its_reader_may_see(loaded, client):
    clock.shift(AT - dt.datetime.now(dt.UTC))
    answers = {}
    for key in ("maren", "lena", "jonas", "greta", "omar", "paula"):
        loaded.people[key].refresh_from_db()
        make.sign_in(client, loaded.people[key])
        for row in desk_of(user=loaded.people[key], at=AT).also:
            answer = client.get(row.url)
            answers[key, row.url] = (answer.status_code, answer.headers.get("Location", ""))
    clock.shift(dt.timedelta(0))

    assert len(answers) > 5
    assert set(answers.values()) == {(200, "")}, answers
