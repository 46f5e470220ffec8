"""How the demo is measured is whole; KPI-1, KPI-2, KPI-3, KPI-6, KPI-7, KPI-9, TEL-3, TEL-9."""

import datetime as dt

import pytest
import yaml
from django.conf import settings

from config.story.cast import CAST
from config.story.measured import Told, file_of, monday, week_end
from config.story.measuring import FILE
from config.story.organisation import story
from config.story.readiness import told_in
from config.story.rules import COMPUTED
from governance.models import Backtest, MeasuredStanding, Mute, ThresholdVersion
from governance.rules.objectives import BudgetStated, PairStated, TrendStated, faults_of
from governance.rules.stated import Stated
from governance.services.budgets import judge_budgets
from governance.services.pairs import judge_pairs
from governance.services.trends import judge_trends
from incidents.models import Incident
from telemetry.connectors.delimited import open_sheet
from telemetry.models import (
    AnswerReview,
    Baseline,
    CanaryRun,
    Connector,
    ConnectorRun,
    Kpi,
    Scorecard,
    Series,
    Upload,
    VoidedReading,
)
from telemetry.rules.canaries import item_faults
from telemetry.rules.kpi_checks import Meaning, key_fault, meaning_faults
from telemetry.rules.mappings import read_lines
from telemetry.rules.scorecards import MOST, PERSPECTIVES

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
DATA = told_in(FILE)
KPIS = {
    one["id"]
    for one in yaml.safe_load(
        (settings.BASE_DIR / "telemetry/reference/kpis.yaml").read_text(encoding="utf-8")
    )["kpis"]
} | {DATA["own_kpi"]["key"]}
PEOPLE = {person.key for person in CAST}
SYSTEM_SLUGS = {told["slug"] for told in story()["systems"]}
TOLD = Told(at=AT, end=AT, window=dt.timedelta(seconds=5))
WHO = ("owner", "author", "approver", "by", "asked_by", "agreed_by", "decided_by", "sent_by")


def found_in(data, names):
    """Return the values of these names, wherever they stand in what was told."""
    if isinstance(data, dict):
        own = {data[name] for name in names if isinstance(data.get(name), str)}
        return own.union(*(found_in(one, names) for one in data.values()))
    if isinstance(data, list):
        return set().union(*(found_in(one, names) for one in data))
    return set()


def test_only_people_systems_and_kpis_that_there_are_are_named():
    people, systems = found_in(DATA, WHO), found_in(DATA, ("system",)) | set(DATA["scorecards"])

    kpis = found_in(DATA, ("kpi", "gain", "guardrail"))

    assert people <= PEOPLE
    assert systems == SYSTEM_SLUGS
    assert kpis <= KPIS


@pytest.mark.parametrize("slug", sorted(SYSTEM_SLUGS))
def test_each_scorecard_covers_every_perspective_with_few_kpis(slug):
    lines = DATA["scorecards"][slug]

    held = {one["perspective"] for one in lines}

    assert held == set(PERSPECTIVES)
    assert len(lines) <= MOST
    assert all(one["on_breach"] and len(one["on_breach"]) <= 200 for one in lines)


@pytest.mark.parametrize("slug", sorted(SYSTEM_SLUGS))
def test_each_kpi_of_a_scorecard_is_computed_or_handed_in(slug):
    sent = {one["kpi_id"] for one in COMPUTED[slug]}
    if slug == DATA["weekly"]["system"]:
        sent |= set(DATA["weekly"])

    asked = {one["kpi"] for one in DATA["scorecards"][slug]}

    assert asked <= sent


def test_the_own_kpi_and_the_canaries_say_all_that_is_needed():
    own = DATA["own_kpi"]
    meaning = Meaning(**own["meaning"])

    assert key_fault(own["key"]) is None
    assert meaning_faults(meaning, key=own["key"], kpis=KPIS) == {}
    assert item_faults(DATA["canary"]["items"]) == ""
    assert own["author"] != own["approver"]


def test_the_objectives_can_be_judged():
    told = DATA["objectives"]
    budget = told["budget"] | {"pairs": tuple(told["budget"]["pairs"])}

    assert faults_of(TrendStated(**told["trend"])) == {}
    assert faults_of(BudgetStated(**budget)) == {}
    assert faults_of(PairStated(**told["pair"]["stated"])) == {}
    assert Stated(**DATA["threshold"]["stated"]).is_relative


def test_the_connector_names_no_host_that_anybody_could_have():
    told = DATA["connector"]

    lines, wrong = read_lines(told["lines"], told["kind"])

    assert (len(lines), wrong) == (1, {})
    assert told["url"].endswith(".example")


def test_the_file_of_the_service_desk_ends_on_the_last_monday():
    weekly = DATA["weekly"]

    lines = list(open_sheet(file_of(TOLD, weekly)).lines)

    weeks = len(weekly["reopen_rate"]) + len(weekly["earlier"]["reopen_rate"])
    assert len(lines) == 3 * weeks + 1
    assert week_end(TOLD, weekly, len(weekly["reopen_rate"])) == monday(AT)
    assert monday(AT) == dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
    assert "simulated" in weekly["name"]


@pytest.mark.full
def test_the_demo_shows_how_it_is_measured_and_opens_the_four_cases_alone(measured):
    judged = [job(measured.at) for job in (judge_trends, judge_budgets, judge_pairs)]
    on_file = Series.objects.get(kpi="reopen_rate")
    stand = MeasuredStanding.objects.filter(series=on_file)

    opened = Incident.objects.values_list("system__slug", flat=True)

    assert sorted(opened) == sorted(SYSTEM_SLUGS)
    assert all(judged)
    assert dict(stand.values_list("kind", "state")) == dict.fromkeys(
        ("trend", "budget", "pair"), "OK"
    )
    assert Scorecard.objects.count() == len(SYSTEM_SLUGS)
    assert_that_is_shown()


def assert_that_is_shown():
    """One of each kind is there, and says what the story says."""
    upload, run = Upload.objects.get(), CanaryRun.objects.get()
    own = Kpi.objects.get(own=True)
    relative = ThresholdVersion.objects.get(agreed_baseline__isnull=False)
    assert (upload.state, upload.accepted, upload.rejected) == ("imported", 54, 1)
    assert own.author_id != own.approved_by_id
    assert Baseline.objects.filter(state="approved").count() == len(DATA["baselines"])
    assert relative.state == "active"
    assert (run.asked, run.agreed) == (8, 7)
    assert VoidedReading.objects.count() == 1
    assert all(mute.until_at for mute in Mute.objects.exclude(approved_at=None))
    assert Series.objects.filter(kpi="hallucination_rate").exists()
    assert AnswerReview.objects.get().state == "waiting"
    assert set(Backtest.objects.values_list("state", flat=True)) == {"done"}
    assert ThresholdVersion.objects.get(state="draft").threshold.kpi_id == "groundedness"


@pytest.mark.full
def test_the_connector_of_the_demo_was_never_asked(measured):
    connector = Connector.objects.get()

    assert not connector.active
    assert not ConnectorRun.objects.exists()
