"""What the tests of pages share: the clock stands at the case's instant, people are signed in."""

import datetime as dt
import re

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox import clock
from telemetry.models import Measurement
from tests.incidents.factory import AT, PASSWORD, unique


def stand_at(instant):
    """Let the clock stand near an instant; call with None to let it run as it does."""
    clock.shift(dt.timedelta(0))
    if instant is not None:
        clock.shift(instant - clock.now())


def signed_in(client, user, *, entered=AT):
    """Sign a person in, their password entered at an instant; None: long ago."""
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    session = client.session
    session.pop("authenticated_at", None)
    if entered is not None:
        session["authenticated_at"] = entered.isoformat()
    session.save()
    return client


def seen(client, path, user, *, status=200):
    """Return the text of a page as a person sees it, without mark-up and with single spaces."""
    response = signed_in(client, user).get(path)
    assert response.status_code == status, response.status_code
    return text_of(response)


def text_of(response):
    """Return a page's words."""
    drawn = r"<(script|style|svg)\b.*?</\1>|<[^>]*>"
    bare = re.sub(drawn, " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare).replace("&#x27;", "'").replace("&quot;", '"')


def section(text, start, end):
    """Return what stands between two headings of a page."""
    return text.partition(start)[2].partition(end)[0]


def posted(client, path, **fields):
    """Send a form."""
    return client.post(path, fields)


def command(client, incident, name, **fields):
    """Send the form of a command with the version that stands on the page."""
    given = {"version": incident.version, "key": unique("key")} | fields
    return client.post(f"/incidents/{incident.number}/{name}/", given)


def queries(client, path):
    """Count the queries of a page."""
    with CaptureQueriesContext(connection) as caught:
        response = client.get(path)
    assert response.status_code == 200
    return len(caught)


def readings(series, *values, n=500, until=AT):
    """Give a series readings, the newest last."""
    rows = [
        Measurement(
            series_id=series.pk,
            window_end=until - dt.timedelta(days=len(values) - index),
            revision=0,
            value=value,
            n=n,
            low=None if value is None else value - 0.02,
            high=None if value is None else value + 0.02,
            good=value is not None,
            received_at=until,
            batch_id="00000000-0000-4000-8000-000000000001",
        )
        for index, value in enumerate(values)
    ]
    Measurement.objects.bulk_create(rows)


__all__ = ["AT", "PASSWORD", "command", "posted", "queries", "readings", "section", "seen",
           "signed_in", "stand_at", "text_of"]  # fmt: skip
