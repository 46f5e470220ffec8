"""My desk shows what of the registry waits for who may act; REG-2, REG-3, REG-9, GOV-4."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from registry.models import BehaviourPolicy, DeclaredScope
from reports.rules.desk import OWN
from reports.rules.waiting import KINDS
from reports.selectors.desk import desk_of
from tests.registry import factories as make
from tests.reports import story
from tests.reports import waiting_rows as rows

pytestmark = pytest.mark.django_db
NOW = story.after(hours=1)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
EVERYBODY = ("jonas", "priya", "maren", "tomasz", "nils", "claire", "amara")


@pytest.fixture
def told():
    """A system with an owner, a deputy who is an engineer, compliance, risk, and others."""
    return story.base()


def also(user, *, at=NOW):
    """Return what else waits for somebody."""
    return list(desk_of(user=user, at=at).also)


def who_sees(told, step):
    """Return who of the story is asked for a step."""
    return {
        key for key in EVERYBODY if any(row.step == step for row in also(getattr(told.people, key)))
    }


WAITING = {
    "classification_confirm": (rows.classification, {"maren", "tomasz"}),
    "classification_answer": (
        lambda told: rows.classification(told, "draft", returned_because="Say more."),
        {"jonas", "priya"},
    ),
    "classification_reopened": (
        lambda told: rows.classification(told, "reopened"), {"jonas", "priya"},
    ),
    "tier_decide": (rows.tier_change, {"maren", "tomasz"}),
    "controls_approve": (rows.statement, {"priya", "maren", "tomasz", "claire"}),
    "scope_approve": (
        lambda told: rows.statement(told, DeclaredScope), {"priya", "maren", "tomasz", "claire"},
    ),
    "behaviour_approve": (
        lambda told: rows.statement(told, BehaviourPolicy), {"priya", "maren", "tomasz", "claire"},
    ),
    "assessment_review": (rows.assessment, {"maren", "tomasz"}),
    "assessment_renew": (lambda told: rows.assessment(told, "in_force"), {"jonas", "priya"}),
    "plan_approve": (rows.plan, {"jonas", "maren", "tomasz"}),
    "run_sign": (rows.run, {"priya"}),
    "run_review": (
        lambda told: rows.run(told, signed_by=told.people.priya), {"jonas", "maren", "tomasz"},
    ),
    "document_review": (rows.document, {"maren"}),
    "document_renew": (
        lambda told: rows.document(told, "in_force", expires_on=TODAY + 20 * DAY),
        {"jonas", "maren"},
    ),
    "document_ends": (
        lambda told: rows.document(
            told, "in_force", expires_on=TODAY + 20 * DAY, owner=told.people.nils
        ),
        {"nils"},
    ),
    "setup": (rows.exception, {"maren", "tomasz", "claire"}),
    "concern_read": (rows.concern, {"maren", "tomasz"}),
    "concern_settle": (lambda told: rows.concern(told, "read"), {"maren", "tomasz"}),
    "concern_second": (
        lambda told: rows.concern(told, "dismissal", dismissed_by=told.people.maren), {"tomasz"},
    ),
    "notice": (rows.notice, {"jonas", "priya"}),
    "answer_review": (rows.answer_review, {"maren"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", WAITING)
def test_each_kind_waits_for_those_alone_who_may_take_the_step(told, kind):
    begin, expected = WAITING[kind]
    begin(told)

    seen = who_sees(told, KINDS[kind].step)

    assert seen == expected


def test_a_token_about_to_expire_waits_for_the_administrator_of_its_unit(told):
    administrator, elsewhere = make.user(of=told.unit), make.user(of=make.unit())
    make.role(administrator, "administrator", unit=told.unit, at=story.SINCE)
    make.role(elsewhere, "administrator", unit=elsewhere.unit, at=story.SINCE)
    rows.token(told, days=9)
    rows.token(told, days=30)

    found = [[row.step for row in also(one)] for one in (administrator, elsewhere)]

    assert found == [[KINDS["token"].step], []]


def test_an_answer_to_review_is_one_step_away_whatever_its_id(told):
    row = rows.answer_review(told, event_id="späte/Antwort?>~~ 1 with a long tail of sixty letters")

    (found,) = [one for one in also(told.people.maren) if "Answer of" in one.title]

    assert found.url == f"/answers/{told.system.slug}/{row.key}/#verdict"
    assert found.who == told.people.jonas.name


def test_a_reviewer_who_may_no_longer_review_is_not_asked(told):
    rows.answer_review(told, reviewer=told.people.amara)

    assert who_sees(told, KINDS["answer_review"].step) == set()


@pytest.mark.full
def test_officers_of_another_unit_see_nothing_of_it(told):
    stranger = make.user(of=make.unit())
    make.role(stranger, "compliance", unit=stranger.unit, at=story.SINCE)
    for begin in (
        rows.classification,
        rows.tier_change,
        rows.statement,
        rows.assessment,
        rows.plan,
    ):
        begin(told)
    rows.exception(told)

    found = also(stranger)

    assert found == []


@pytest.mark.full
def test_who_acts_for_the_author_is_no_second_person(told):
    rows.classification(told)
    rows.delegation(told.people.jonas, told.people.maren)

    seen = who_sees(told, KINDS["classification_confirm"].step)

    assert seen == {"tomasz"}


@pytest.mark.full
def test_an_officer_does_not_see_the_concern_that_they_raised(told):
    rows.concern(told, raised_by=told.people.maren)

    seen = who_sees(told, KINDS["concern_read"].step)

    assert seen == {"tomasz"}


@pytest.mark.full
def test_no_name_of_who_raised_a_concern_is_shown(told):
    rows.concern(told, raised_by=told.people.amara)

    (row,) = also(told.people.tomasz)

    assert "Amara" not in f"{row.title} {row.who}"


@pytest.mark.full
def test_an_assessment_that_still_holds_waits_for_nobody(told):
    rows.assessment(told, "in_force", expires_at=NOW + DAY)

    seen = who_sees(told, KINDS["assessment_renew"].step)

    assert seen == set()


@pytest.mark.full
def test_a_document_that_expires_in_two_months_waits_for_nobody_yet(told):
    rows.document(told, "in_force", expires_on=TODAY + 60 * DAY)

    found = also(told.people.jonas)

    assert found == []


@pytest.mark.full
def test_a_document_ends_when_its_last_day_begins_at_the_seat(told):
    rows.document(told, "in_force", expires_on=dt.date(2026, 12, 1))

    (row,) = also(told.people.jonas)

    assert row.due == dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)


@pytest.mark.full
def test_an_old_notice_waits_for_nobody(told):
    rows.notice(told, at=NOW - 8 * DAY)

    found = also(told.people.jonas)

    assert found == []


@pytest.mark.full
def test_a_run_under_a_replaced_plan_waits_for_nobody(told):
    old = rows.plan(told, "replaced", approved_by=told.people.maren, approved_at=story.SINCE)
    rows.run(told, of_plan=old)

    seen = who_sees(told, KINDS["run_sign"].step)

    assert seen == set()


@pytest.mark.full
def test_of_many_the_oldest_stand_there_and_how_many_more_there_are(told):
    for number in range(OWN + 3):
        rows.document(told, created_at=NOW + dt.timedelta(minutes=number))

    found = also(told.people.maren)

    assert len(found) == OWN + 1
    assert (found[-1].title, found[-1].url) == ("And 3 more: documents to review", "/documents/")


@pytest.mark.full
def test_every_address_leads_somewhere(told):
    for kind, (begin, _) in WAITING.items():
        if kind not in {"classification_answer", "document_ends"}:
            begin(told)

    urls = {row.url for key in EVERYBODY for row in also(getattr(told.people, key))}

    assert len(urls) > 10
    for url in urls:
        assert resolve(url.partition("#")[0].partition("?")[0]).func is not None


@pytest.mark.full
def test_what_waits_costs_the_same_queries_for_few_and_many(told, django_assert_num_queries):
    rows.document(told)
    rows.concern(told)
    rows.classification(told)
    with CaptureQueriesContext(connection) as few:
        desk_of(user=told.people.maren, at=NOW)

    for _ in range(8):
        rows.document(told)
        rows.concern(told)
        rows.plan(told)

    with django_assert_num_queries(len(few)):
        desk_of(user=told.people.maren, at=NOW)
