"""The past of the demo as its client sends it, without a web server between."""

import datetime as dt

import msgspec

from demo.client import events, windows_in
from governance.services.intake import take_in_decisions
from ledger.context import acting_as
from ledger.rules.actors import Actor
from outbox import clock
from registry.models import System
from telemetry.rules.parsing import parse_json
from telemetry.rules.rows import DecisionRow

SENDER = Actor(kind="token", id="00000000-0000-0000-0000-000000000001", name="pipeline")
SECONDS = 5


def send_past(system, end):
    """Send the windows of a system so that the last ends at `end`."""
    windows = windows_in(system, "before")
    step = dt.timedelta(seconds=SECONDS)
    for place, window in enumerate(windows):
        begins = end - (len(windows) - place) * step
        rows = list(events(system, "before", [window], begins, SECONDS))
        body = msgspec.json.encode({"source": "demo", "events": rows})
        delivery = parse_json(body, key="events", row=DecisionRow, most_rows=len(rows))
        with acting_as(SENDER):
            receipt = take_in_decisions(
                delivery=delivery, reach=System.objects.all(), actor=SENDER, at=clock.now()
            )
        assert not receipt.rejected
