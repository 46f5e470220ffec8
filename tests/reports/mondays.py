"""A Monday morning: nine cases of a feed that stopped at 02:10, two breaches, one watch."""

import datetime as dt

from governance.models import DataFault, Watch
from tests.incidents import factory as cases
from tests.incidents.factory import AT
from tests.net import told

STOPPED = dt.datetime(2026, 11, 16, 1, 10, tzinfo=dt.UTC)
LINE = "12 breaches, 3 causes: 9 share a feed that stopped at 02:10"


@told
def stop_feed(incident, *, source="policy-events"):
    """Say that an incident is of a feed that stopped."""
    return DataFault.objects.create(
        incident=incident,
        sender_id="sender",
        source=source,
        words=f"{source} stopped",
        heard_at=STOPPED,
        joined_at=AT,
    )


def silent(house, number, **changes):
    """Cases of silence that share a feed."""
    found = [
        cases.opened(
            house, kind="silence", title=f"No reading of KPI {n}", onset_at=STOPPED, **changes
        )
        for n in range(1, number + 1)
    ]
    for one in found:
        stop_feed(one)
    return found


@told
def watched(house, standing, **changes):
    """A watch on the house's system."""
    values = {
        "dedup_key": cases.unique("key"),
        "system": house.system,
        "standing": standing,
        "title": "Accuracy fell to 92 %",
        "summary": "In the day to 15 November, version 2.3 stood at 92 %.",
        "onset_at": AT - dt.timedelta(hours=5),
        "detected_at": AT,
        "due_at": AT + dt.timedelta(days=7),
    }
    return Watch.objects.create(**(values | changes))


def morning(of):
    """Let it be that Monday in an organisation; returns the incidents and the watch."""
    house = of.house
    found = silent(house, 9)
    found += [cases.opened(house, title=f"Breach {n}", severity="major") for n in (1, 2)]
    return found, watched(house, of.standing)
