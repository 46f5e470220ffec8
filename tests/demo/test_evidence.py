"""What the demo has shown, told and answered is whole and marked; REP-1, REP-2, REP-3, REP-6."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import yaml
from django.conf import settings

from config.story.audited import be_audited
from config.story.boardroom import tell_the_board
from config.story.cast import CAST, persona
from config.story.evidence import FILE, show_evidence
from config.story.measured import Told, week_end
from config.story.measuring import FILE as MEASURED
from config.story.organisation import story
from config.story.readiness import told_in
from outbox import clock
from registry.models import User
from registry.rules.permits import PERMITS
from reports.models import (
    ApplicabilityStatement,
    AuditQuestion,
    ConsequenceFactor,
    ControlUpload,
    EvidenceGap,
    Report,
)
from reports.rules.board import narrative_faults
from reports.rules.consequence import factor_faults
from reports.rules.quarters import quarter_of
from reports.selectors.board import content_of, is_intact
from reports.selectors.control_pages import reader_of, scope_of
from reports.selectors.controls import controls_by_framework
from reports.selectors.desk import desk_of
from telemetry.models import AnswerReview
from tests.demo.test_measuring import SYSTEM_SLUGS, found_in

DATA = told_in(FILE)
PEOPLE = {person.key for person in CAST}
WHO = ("author", "approver", "by", "sent_by", "reviewer", "owner", "issuer", "answered_by")
DAY = dt.timedelta(days=1)


def provisions():
    """Every provision of the reference data, by id."""
    found = set()
    for name in ("ai_act", "iso_42001"):
        data = yaml.safe_load(
            (settings.BASE_DIR / f"registry/reference/{name}.yaml").read_text(encoding="utf-8")
        )
        found |= {row.get("id") for rows in data.values() if isinstance(rows, list) for row in rows}
    return found


def test_only_people_systems_and_provisions_that_there_are_are_named():
    named = set(DATA["statement"]["how"]) | set(DATA["statement"]["not_applicable"])

    named |= found_in(DATA, ("provision",))

    assert found_in(DATA, WHO) <= PEOPLE
    assert found_in(DATA, ("system",)) <= SYSTEM_SLUGS
    assert named <= provisions()


@pytest.mark.parametrize(
    ("one", "other"), [("author", "approver"), ("by", "reviewer"), ("author", "issuer")]
)
def test_nobody_signs_what_they_wrote_themselves(one, other):
    rows = [DATA["statement"], DATA["board"], *DATA["uploads"], *DATA["factors"]]

    alone = [row for row in rows if row.get(other) and row.get(one) == row[other]]

    assert alone == []


def test_who_signs_for_the_whole_house_holds_a_role_for_it():
    signers = {
        "applicability.approve": DATA["statement"]["approver"],
        "report.issue": DATA["board"]["issuer"],
    }

    short = [
        act for act, key in signers.items() if not PERMITS[act].roles & set(persona(key).roles)
    ]

    assert short == []


def test_every_factor_has_a_source_and_every_text_can_be_kept():
    wrong = [
        factor_faults(
            {name: one[name] for name in ("measures", "amount", "direction", "words", "source",
                                          "source_words")}
            | {"currency": one.get("currency", ""), "amount": Decimal(
                one["amount"]), "valid_from": dt.date(2026, 7, 1), "valid_until": None}
        )
        for one in DATA["factors"]
    ]  # fmt: skip

    wrong += [narrative_faults(DATA[name]["narrative"]) for name in ("board", "review")]

    assert not any(wrong)


def test_what_people_wrote_is_marked_as_the_demo_s():
    texts = [*DATA["statement"]["how"].values(), *DATA["statement"]["not_applicable"].values()]
    texts += [one["title"] for one in DATA["uploads"]] + [one["note"] for one in DATA["gaps"]]
    texts += [one["words"] for one in DATA["factors"]] + [one["source"] for one in DATA["factors"]]
    texts += [DATA[name]["narrative"]["summary"] for name in ("board", "review")]
    texts += [one["answer"] for one in DATA["questions"] if "answer" in one]

    unmarked = [text for text in texts if "demo" not in text.lower()]

    assert unmarked == []


def test_no_address_of_the_story_is_one_that_anybody_could_have():
    links = [one["link"] for one in DATA["uploads"] if "link" in one]

    links += [one["source"].split()[0] for one in DATA["factors"]]

    assert all(link.startswith("https://intranet.nordhaven.example/") for link in links)


@pytest.mark.parametrize("day", range(0, 366, 7))
def test_on_any_day_the_quarter_that_is_over_has_figures_of_the_service_desk(day):
    at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC) + day * DAY
    weekly, over = told_in(MEASURED)["weekly"], quarter_of(at.date()).before
    first = 1 - len(weekly["earlier"]["reopen_rate"])
    told = Told(at=at, end=at, window=dt.timedelta(seconds=5))

    ends = [
        week_end(told, weekly, number).date()
        for number in range(first, len(weekly["reopen_rate"]) + 1)
    ]

    assert sum(over.first_day < end <= over.last_day for end in ends) >= 3


@pytest.fixture
def shown(measured):
    """The demo with what was shown of it."""
    told = replace(measured, at=clock.now())
    show_evidence(told, DATA)
    tell_the_board(told, DATA)
    be_audited(told, DATA)
    return told


@pytest.mark.full
def test_every_page_of_evidence_has_something_to_show(shown):
    statement, board = ApplicabilityStatement.objects.get(), Report.objects.get(kind="board")
    questions = AuditQuestion.objects.order_by("number").values_list("state", flat=True)

    kpis = {row["name"]: row for row in content_of(board)["figures"]["kpis"]["rows"]}

    assert (statement.state, board.state) == ("in_force", "issued")
    assert is_intact(board)
    assert statement.author_id != statement.approved_by_id
    assert list(questions) == ["accepted", "answered", "open"]
    assert sorted(ControlUpload.objects.values_list("state", flat=True)) == [
        "refused", "reviewed", "waiting",
    ]  # fmt: skip
    assert EvidenceGap.objects.filter(state="open").count() == len(DATA["gaps"])
    assert ConsequenceFactor.objects.filter(state="in_force").count() == 3
    assert ConsequenceFactor.objects.filter(state="draft").count() == 1
    assert any(row["consequences"] for row in kpis.values())
    assert AnswerReview.objects.filter(system__slug="claims-approval").count() == 1
    assert_that_controls_show_it(shown)


def assert_that_controls_show_it(told):
    """The controls say what the statement and the uploads say; the desks say what waits."""
    reader = User.objects.get(email__startswith="maren@", demo=True)
    scope = scope_of(reader_of(user=reader, now=told.at, at=told.at), at=told.at, past=False)
    found = controls_by_framework(frameworks=["iso-42001"], scope=scope)["iso-42001"]
    rows = {one.provision: one for one in found}
    steps = {
        key: {row.step for row in desk_of(user=told.user(key), at=told.at).also}
        for key in ("lena", "jonas", "elena", "greta", "nils", "maren")
    }
    assert rows["ISO-A.10.4"].state == "not_applicable"
    assert "Bring the evidence, then close it" in steps["lena"] & steps["jonas"]
    assert "Look at it, say whether it counts" in steps["elena"]
    assert "Answer it" in steps["greta"]
    assert "Accept it, or send it back" in steps["nils"]
    assert "Read the source, then approve" in steps["maren"]


@pytest.mark.full
def test_the_review_of_the_running_quarter_says_whom_the_gap_met(shown):
    review = Report.objects.get(kind="review")

    (row,) = [
        row for row in content_of(review)["figures"]["kpis"]["rows"]
        if any("people" in one["told"] for one in row["consequences"])
    ]  # fmt: skip

    assert review.state == "draft"
    assert review.system.slug == "claims-approval" in {one["slug"] for one in story()["systems"]}
    assert "more affected" in row["consequences"][0]["told"]
