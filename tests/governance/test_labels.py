"""What is found out later: windows computed again, judged like a revised reading. TEL-2, TEL-7."""

import datetime as dt

import pytest

from incidents.models import Incident
from ledger.models import Entry
from ledger.rules.refusals import Invalid
from registry.models import System
from telemetry.models import Batch, EventLabel, Measurement
from telemetry.selectors.labels import newest_labels
from tests.telemetry.factory import (
    AT,
    DAY,
    START,
    computed,
    event,
    label,
    measured,
    series_of,
    take_events,
    take_labels,
)

MIDNIGHT = START.replace(hour=0)
MINUTE = dt.timedelta(minutes=1)


def answered(system, count=20, *, day=0, **changes):
    """Answers of one day whose truth nobody knows yet."""
    return [
        event(system, f"{day}-{n}", at=instant(n, day), answer="a", **changes) for n in range(count)
    ]


def instant(number, day=0):
    """When an answer was given."""
    return MIDNIGHT + day * DAY + number * MINUTE


def truths(system, count=20, *, day=0, right=20, **changes):
    """Labels that say which of them were right."""
    return [
        label(system, f"{day}-{n}", at=instant(n, day), value="a" if n < right else "b", **changes)
        for n in range(count)
    ]


def figures(system, kpi="accuracy"):
    """(revision, value, n) of a computed series, in order."""
    rows = Measurement.objects.filter(series=series_of(system, kpi=kpi))
    return list(rows.order_by("window_end", "revision").values_list("revision", "value", "n"))


@pytest.mark.django_db
def test_a_truth_that_comes_late_computes_the_window_of_its_event():
    system = measured(stated=None)
    computed(system)
    take_events(answered(system))

    receipt = take_labels(truths(system, right=15))

    assert (receipt.accepted, receipt.computed) == (20, 1)
    assert figures(system) == [(0, 0.75, 20)]


@pytest.mark.django_db
def test_a_later_finding_makes_a_revision_and_an_earlier_one_changes_nothing():
    system = measured(stated=None)
    computed(system)
    take_events(answered(system))
    take_labels(truths(system))

    take_labels(truths(system, 4, right=0, labelled_at=AT - DAY))
    take_labels(truths(system, 10, right=0, labelled_at=AT + MINUTE))

    assert figures(system) == [(0, 1.0, 20), (1, 0.5, 20)]


@pytest.mark.django_db
def test_figures_that_labels_make_are_judged_and_open_an_incident():
    system = measured()
    computed(system)
    take_events(answered(system) + answered(system, day=1))
    take_labels(truths(system, right=10))

    receipt = take_labels(truths(system, right=10, day=1))

    assert [one.system_id for one in receipt.incidents] == [system.pk]
    assert Incident.objects.count() == 1


@pytest.mark.django_db
def test_labels_that_come_before_their_events_count_when_these_come():
    system = measured(stated=None)
    computed(system)
    take_labels(truths(system, right=15))

    receipt = take_events(answered(system))

    assert receipt.computed == 1
    assert figures(system) == [(0, 0.75, 20)]


@pytest.mark.django_db
def test_labels_sent_again_change_nothing():
    system = measured(stated=None)
    computed(system)
    take_events(answered(system))
    take_labels(truths(system))

    receipt = take_labels(truths(system))

    assert (receipt.accepted, receipt.repeated, receipt.computed) == (0, 20, 0)
    assert Batch.objects.filter(kind="labels").count() == 1
    assert Entry.objects.filter(verb="labels.received").count() == 1


@pytest.mark.django_db
def test_another_value_of_the_same_instant_and_reviewer_is_refused():
    system = measured(stated=None)
    take_labels([label(system, 1, value="a")])

    receipt = take_labels([label(system, 1, value="b"), label(system, 2)])

    assert (receipt.accepted, [one.row for one in receipt.rejected]) == (1, [1])
    assert newest_labels(system_id=system.pk, at=START, event_id="e-1") == {"truth": "a"}


@pytest.mark.django_db
def test_a_label_without_the_instant_finds_its_event_by_the_id():
    system = measured(stated=None)
    take_events([event(system, 1, at=START)])

    receipt = take_labels([label(system, 1, at=None), label(system, 2, at=None)])

    assert receipt.accepted == 1
    assert [(one.row, one.field) for one in receipt.rejected] == [(2, "event_id")]
    assert EventLabel.objects.get().at == START


@pytest.mark.django_db
def test_an_id_that_two_events_have_needs_the_instant():
    system = measured(stated=None)
    take_events([event(system, 1, at=START), event(system, 1, at=START + DAY)])

    receipt = take_labels([label(system, 1, at=None), label(system, 1, at=START)])

    assert receipt.accepted == 1
    assert "Several events" in receipt.rejected[0].reason


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "mood"}, "kind"),
        ({"value": 3}, "value"),
        ({"kind": "grounded", "value": "yes"}, "value"),
        ({"kind": "actual", "value": 1e300}, "value"),
        ({"kind": "relevant", "value": ["x"] * 1001}, "value"),
        ({"value": "a\x00"}, "value"),
        ({"reviewer": "\x00"}, "value"),
        ({"labelled_at": (AT + DAY).isoformat()}, "labelled_at"),
        ({"at": "1999-01-01T00:00:00Z"}, "at"),
        ({"system": "no-such"}, "system"),
        ({"system": "\x00"}, "system"),
    ],
)
def test_a_label_that_is_none_is_told_by_row_and_field(changes, field):
    system = measured(stated=None)

    receipt = take_labels([label(system, 1), label(system, 2) | changes])

    assert receipt.accepted == 1
    assert [(one.row, one.field) for one in receipt.rejected] == [(2, field)]


@pytest.mark.django_db
def test_nothing_is_kept_of_a_batch_that_is_refused_as_a_whole():
    system = measured(stated=None)

    with pytest.raises(Invalid):
        take_labels([label(system), label(system, 2, kind="mood")], on_error="refuse_all")

    assert not EventLabel.objects.exists()


@pytest.mark.django_db
def test_systems_beyond_the_reach_of_a_token_are_not_labelled():
    system = measured(stated=None)

    with pytest.raises(Invalid):
        take_labels([label(system)], reach=System.objects.none())

    assert not EventLabel.objects.exists()


@pytest.mark.django_db
def test_reviewers_agree_where_their_newest_words_do():
    system = measured(stated=None)
    computed(system, "reviewer_agreement")
    take_events(answered(system, 12))
    first = truths(system, 12, reviewer="r1")

    take_labels(first + truths(system, 12, right=9, reviewer="r2"))

    assert figures(system, "reviewer_agreement") == [(0, 0.75, 12)]


@pytest.mark.django_db
def test_human_correction_and_reopening_that_are_told_later_count():
    system = measured(stated=None)
    computed(system, "rework_time")
    computed(system, "reopen_rate")
    take_events(answered(system, 10))

    take_labels(
        [label(system, f"0-{n}", at=instant(n), kind="corrected_seconds", value=90.0)
         for n in range(10)]
        + [label(system, f"0-{n}", at=instant(n), kind="reopened", value=n < 2)
           for n in range(10)]
    )  # fmt: skip

    assert figures(system, "rework_time") == [(0, 1.5, 10)]
    assert figures(system, "reopen_rate") == [(0, 0.2, 10)]
