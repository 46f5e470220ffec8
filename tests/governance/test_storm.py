"""F18: breaches come by the hundred within a minute; notices stay few, and none is lost."""

import datetime as dt

import pytest

from incidents.models import Incident
from outbox.models import Message, NoticeStorm
from outbox.services.sweeps import sweep
from tests.governance.organisation import AT, another_series, organised, read, standing

SECOND = dt.timedelta(seconds=1)


def breaches(of, count, *, from_at=AT):
    """Let so many segments of a KPI breach within a minute."""
    for number in range(count):
        segment = f"region={number}"
        place = standing(of.house, of.threshold, series=another_series(of.house, segment=segment))
        read(
            of,
            at=from_at + dt.timedelta(milliseconds=59_000 * number / count),
            standing_id=place.pk,
            series_id=place.series_id,
            segment=segment,
        )


def swept_for(minutes, *, from_at=AT, every=30):
    """Sweep as often as a running installation does."""
    for tick in range(minutes * 60 // every + 1):
        sweep(at=from_at + dt.timedelta(seconds=every * tick))


def mails_to(person):
    rows = Message.objects.filter(person_id=person.pk, channel="mail", carried_by=None, held=False)
    return rows.filter(state__in=("sent", "delivered"))


def notices():
    """What was told singly, and waits for nothing that was urgent."""
    return Message.objects.filter(form="single", urgent=False).exclude(kind="")


def told_of(of, count):
    """Let a storm pass and check what F18 promises; returns how many notices there were."""
    breaches(of, count)
    swept_for(1)
    (severe,) = read(of, at=AT + 60 * SECOND, instant=True, kind="boundary")
    swept_for(16, from_at=AT + 61 * SECOND)

    critical = Message.objects.filter(subject_id=severe.pk, urgent=True)
    assert critical.exists()
    assert all(row.sent_at - row.created_at < 60 * SECOND for row in critical)
    assert mails_to(of.house.owner).filter(urgent=False).count() <= 4
    assert NoticeStorm.objects.count() == 1
    waiting = notices().filter(state="queued")
    assert not waiting.exclude(held=True).exists()
    assert all(row.subject in row.carried_by.body for row in _carried())
    return notices().count()


def _carried():
    return notices().exclude(carried_by=None).select_related("carried_by")


@pytest.mark.full
@pytest.mark.django_db
def test_f18_a_thousand_breaches_in_a_minute_are_a_storm_and_none_is_lost():
    of = organised()

    count = told_of(of, 1000)

    assert Incident.objects.count() == 1001
    assert count >= 1000
