"""Board reports and factors: figures, two persons, refusals, freezing (REP-3, REP-6)."""

import datetime as dt
from decimal import Decimal

import orjson
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.services.baselines import agree_to_baseline
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from reports.models import Report
from reports.rules.board import UNIMPROVED, report_hash, report_text
from reports.rules.consequence import REFUSED
from reports.rules.quarters import Quarter
from reports.selectors.board import content_of_draft, hash_of, is_intact
from reports.selectors.board_figures import figures_of_report
from reports.services.board import draw_report, withdraw_report, write_narrative
from reports.services.factors import approve_factor, withdraw_factor
from telemetry.services.baselines import Window, draft_baseline
from tests.incidents import factory as cases
from tests.incidents.factory import AT, bring, opened
from tests.reports.board_house import (
    BEGAN,
    DAY,
    LATER,
    Q4,
    by,
    factor,
    issued,
    quarter_of_readings,
    readings,
    report,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return cases.house()


def drawn(of, *, kind="review", at=LATER):
    """The figures of the house's system, or of its unit, as they are printed."""
    subject = {"system": of.system, "unit": None} if kind == "review" else {}
    subject = subject or {"system": None, "unit": of.unit}
    found = figures_of_report(kind=kind, quarter=Q4, at=at, **subject)
    return orjson.loads(report_text(found))


def again(row):
    """The row as it is now."""
    return type(row).objects.get(pk=row.pk)


def test_a_figure_without_a_sourced_factor_is_not_translated(of):
    quarter_of_readings(of)

    (line,) = drawn(of)["kpis"]["rows"]

    assert line["points"] == "-5"
    assert (line["refused"], line["consequences"]) == (REFUSED, [])


def test_a_factor_in_force_translates_the_change_as_computed_by_hand(of):
    quarter_of_readings(of)
    factor(of)

    (line,) = drawn(of)["kpis"]["rows"]

    (told,) = line["consequences"]
    assert Decimal(told["lost"]) == (Decimal("0.90") - Decimal("0.85")) * 100 * Decimal("120.5")
    assert told["told"] == "about 600 hours a quarter lost"
    assert told["source"] == "https://example.org/study-7"
    assert line["refused"] == ""


@pytest.mark.parametrize("how", ["draft", "withdrawn", "over"])
def test_a_factor_that_is_not_in_force_translates_nothing(of, how):
    quarter_of_readings(of)
    changes = {"valid_until": dt.date(2026, 6, 30)} if how == "over" else {}
    row = factor(of, approved=how != "draft", **changes)
    if how == "withdrawn":
        by(of.risk, withdraw_factor, factor_id=row.pk, reason="The study was withdrawn.")

    (line,) = drawn(of)["kpis"]["rows"]

    assert line["refused"] == REFUSED
    assert line["consequences"] == []


def test_the_system_s_own_factor_goes_before_that_of_its_unit(of):
    quarter_of_readings(of)
    factor(of, system=False, amount=Decimal(1))
    factor(of, amount=Decimal(2))

    (line,) = drawn(of)["kpis"]["rows"]

    assert [one["lost"] for one in line["consequences"]] == ["10"]


def test_a_factor_is_not_approved_by_its_author(of):
    row = factor(of, approved=False)

    with pytest.raises(Forbidden, match="you wrote it"):
        by(of.compliance, approve_factor, factor_id=row.pk, reason="I agree.")

    assert again(row).state == "draft"


def test_the_database_too_refuses_an_approval_by_the_author(of):
    row = factor(of, approved=False)

    change = "UPDATE reports_consequencefactor SET approved_by_id = author_id WHERE id = %s"
    refused = pytest.raises(DatabaseError, match="factor_by_two_persons")

    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [row.pk])


def test_an_owner_drafts_but_does_not_approve_what_translates_their_own_figures(of):
    row = factor(of, approved=False)

    with pytest.raises(Forbidden):
        by(of.owner, approve_factor, factor_id=row.pk, reason="Mine.")


def test_another_version_replaces_the_one_in_force_and_both_are_on_record(of):
    first = factor(of)
    second = factor(of, amount=Decimal(99))

    assert (again(first).state, second.version) == ("replaced", 2)
    assert Entry.objects.filter(verb="factor.approved").count() == 2


def test_a_factor_without_a_source_is_refused_at_its_field(of):
    with pytest.raises(Invalid) as refused:
        factor(of, source="  ")

    assert set(refused.value.fields) == {"source"}


def test_the_ends_of_the_quarter_are_the_readings_that_stand_there(of):
    readings(of.series, [(-2, 0.5), (0, 0.8), (1, 0.81), (30, 0.7), (91, 0.6), (93, 0.1)])

    (line,) = drawn(of)["kpis"]["rows"]

    assert (line["begin"]["value"], line["end"]["value"]) == ("0.8", "0.6")
    assert Decimal(line["points"]) == Decimal(-20)
    assert line["way"] == "worse"


def test_bad_readings_are_no_ends_and_silence_is_said(of):
    readings(of.series, [(-1, 0.8), (40, 0.7), (41, None)])

    (line,) = drawn(of)["kpis"]["rows"]

    assert line["end"]["value"] == "0.7"
    assert line["silent"].startswith("silent since 2026-11-09")


def test_a_figure_that_nobody_delivered_is_no_data_and_never_a_number(of):
    (line,) = drawn(of)["kpis"]["rows"]

    assert line["begin"]["said"] == line["end"]["said"] == "no data"
    assert (line["change"], line["silent"]) == ("", "no valid reading in the quarter")


def test_incidents_are_counted_as_a_plain_computation_counts_them(of):
    for days in (0, 1, 2):
        opened(of, at=AT + days * DAY, detected_at=AT + days * DAY)
    opened(of, at=BEGAN - DAY, detected_at=BEGAN - DAY)

    told = drawn(of)["incidents"]

    assert (told["opened"], told["closed"]) == (3, 0)
    assert told["detect"]["hours"] is None
    assert len(told["rows"]) == 3


def test_times_to_detect_are_those_of_the_figures_page(of):
    for hours in range(1, 6):
        opened(
            of,
            at=AT + hours * DAY,
            detected_at=AT + hours * DAY,
            onset_at=AT + hours * DAY - dt.timedelta(hours=hours),
        )

    told = drawn(of)["incidents"]["detect"]

    assert (told["hours"], told["counted"]) == ("3.0", 5)


def test_overdue_deadlines_and_actions_are_told_with_who_and_since_when(of):
    bring(of, "EXECUTION")

    told = drawn(of, kind="board")["overdue"]

    kinds = {one["kind"] for one in told}
    action = next(one for one in told if one["kind"] == "action")
    assert "action" in kinds
    assert action["days"] == (LATER - (AT + 2 * DAY)).days
    assert action["person"] == str(of.engineer.pk)


def test_a_closed_incident_tells_what_was_learned(of):
    incident = bring(of, "CLOSED")

    (told,) = drawn(of)["learned"]

    assert told["incident"] == incident.number
    assert told["cause"]
    assert told["gap"] == incident.detection_gap
    assert told["cures"]


def test_without_an_approved_baseline_no_before_and_after_is_said(of):
    quarter_of_readings(of)

    told = drawn(of)["improvements"]

    assert told["rows"] == []
    assert told["refused"] == UNIMPROVED
    assert told["without"] == [f"Accuracy, {of.system.name}"]


def baseline(of, values=(0.74, 0.76)):
    """An approved baseline over the 28 days before the quarter."""
    readings(of.series, [(day, values[day % 2]) for day in range(-29, 0)])
    window = Window(since=BEGAN - 30 * DAY, until=BEGAN)
    row = by(of.owner, draft_baseline, series_id=of.series.pk, window=window, at=AT)
    return by(of.deputy, agree_to_baseline, baseline_id=row.pk, at=AT)


def test_a_before_and_after_has_its_interval_and_the_length_of_time(of):
    baseline(of)
    readings(of.series, [(day, (0.89, 0.91)[day % 2]) for day in range(1, 91)])

    (told,) = drawn(of)["improvements"]["rows"]

    assert told["verdict"] == "improved"
    assert float(told["after"]) == pytest.approx(0.9)
    assert float(told["low"]) < 0.15 < float(told["high"])
    assert "in 3 months, improved (95 % interval of the change" in told["said"]
    assert told["behind"] == []


def test_support_is_needed_where_figures_are_silent_and_work_is_overdue(of):
    bring(of, "EXECUTION")

    (told,) = drawn(of)["support"]

    assert told["overdue"] >= 1
    assert "silent: Accuracy" in told["needs"]


def test_another_unit_s_systems_are_not_told_of(of):
    elsewhere = cases.house()
    opened(elsewhere)

    told = drawn(of, kind="board")

    assert told["systems"] == 1
    assert told["incidents"]["opened"] == 0


def test_drawing_takes_as_many_queries_for_three_systems_as_for_one(of):
    def counted():
        with CaptureQueriesContext(connection) as caught:
            drawn(of, kind="board")
        return len(caught)

    bring(of, "EXECUTION")
    drawn(of, kind="board")
    one = counted()
    for _number in range(2):
        more = cases.house()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_system SET unit_id = %s WHERE id = %s",
                [of.unit.pk, more.system.pk],
            )
        opened(more)

    assert counted() == one


def test_a_report_is_issued_by_somebody_else_and_never_changes_again(of):
    quarter_of_readings(of)
    row = issued(of, report(of))
    before = row.content

    readings(of.series, [(92, 0.1)])
    opened(of)
    with pytest.raises(Conflict, match="never changes"):
        by(of.risk, draw_report, report_id=row.pk, expected_version=row.version)

    now = again(row)
    assert (now.state, now.content) == ("issued", before)
    assert is_intact(now)
    assert report_hash(now.content) == now.sha256


def test_the_database_refuses_a_change_of_an_issued_report(of):
    row = issued(of, report(of))

    change = "UPDATE reports_report SET narrative = '{}' WHERE id = %s"
    refused = pytest.raises(DatabaseError, match="append-only")

    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [row.pk])


def test_who_began_a_report_does_not_issue_it(of):
    row = report(of)

    with pytest.raises(Forbidden, match="you began it"):
        issued(of, row, who=of.compliance)


def test_what_changed_since_it_was_shown_is_not_signed(of):
    row = report(of)
    shown = hash_of(row)
    by(
        of.risk, write_narrative, report_id=row.pk, given={"summary": "Else."},
        expected_version=row.version,
    )  # fmt: skip

    with pytest.raises(Conflict, match="has changed since it was shown"):
        issued(of, row, sha256=shown)


def test_a_quarter_that_runs_is_not_issued(of):
    row = report(of, at=AT)

    with pytest.raises(Conflict, match="before the end of the quarter"):
        issued(of, row, at=LATER)


def test_figures_older_than_a_week_are_drawn_anew_before_the_issue(of):
    row = report(of)

    with pytest.raises(Conflict, match="older than 7 days"):
        issued(of, row, at=LATER + 8 * DAY)


def test_a_narrative_is_written_on_record_and_stands_in_the_frozen_text(of):
    row = report(of)

    by(
        of.executive, write_narrative, report_id=row.pk, given={"summary": "Fewer errors."},
        expected_version=row.version,
    )  # fmt: skip
    done = issued(of, again(row), who=of.risk)

    assert orjson.loads(done.content)["narrative"]["summary"] == "Fewer errors."
    assert Entry.objects.filter(verb="report.written").count() == 1


def test_two_who_write_at_once_do_not_overwrite_each_other(of):
    row = report(of)
    by(
        of.risk, write_narrative, report_id=row.pk, given={"kpis": "One."},
        expected_version=row.version,
    )  # fmt: skip

    with pytest.raises(Conflict, match="changed the report meanwhile"):
        by(
            of.executive, write_narrative, report_id=row.pk, given={"kpis": "Other."},
            expected_version=row.version,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["owner", "engineer", "auditor", "secretary"])
def test_only_the_side_of_the_author_begins_reports(of, who):
    with pytest.raises(Forbidden):
        report(of, who=getattr(of, who))


@pytest.mark.parametrize("quarter", [Quarter(2027, 2), Quarter(2020, 1)])
def test_a_quarter_to_come_or_long_past_is_refused(of, quarter):
    with pytest.raises(Invalid) as refused:
        report(of, quarter=quarter)

    assert set(refused.value.fields) == {"quarter"}


def test_one_draft_of_a_quarter_at_a_time_and_another_edition_after_the_issue(of):
    first = report(of)
    with pytest.raises(Conflict, match="draft of that quarter"):
        report(of, who=of.risk)
    issued(of, first)

    second = report(of, who=of.risk)

    assert (first.edition, second.edition) == (1, 2)
    assert second.number != first.number


def test_a_withdrawn_draft_makes_way(of):
    first = report(of)

    by(
        of.risk, withdraw_report, report_id=first.pk, reason="Wrong unit.",
        expected_version=first.version,
    )  # fmt: skip

    assert report(of).edition == 2
    assert Report.objects.get(pk=first.pk).state == "withdrawn"


def test_persons_stand_in_the_frozen_text_by_id_alone(of):
    bring(of, "EXECUTION")

    row = report(of)

    text = report_text(content_of_draft(row))
    assert str(of.engineer.pk) in text
    assert of.engineer.name not in text
