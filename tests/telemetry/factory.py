"""Systems that are measured, as tests need them; every argument is defaulted.

`measured()` makes a system with a policy and perhaps a threshold, `row()` a reading of it, `take()`
sends rows the way the API does.
"""

import datetime as dt

import msgspec

from governance.rules.stated import Stated
from governance.services.intake import take_in_decisions, take_in_measurements
from governance.services.labels import take_in_labels
from governance.services.policies import load_profile
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.context import acting_as
from ledger.rules.actors import Actor
from registry.models import System
from telemetry.models import Kpi, Series
from telemetry.rules.fairness_kpis import GAPS
from telemetry.rules.parsing import parse_json
from telemetry.rules.rows import DecisionRow, LabelRow, MeasurementRow
from telemetry.services.catalogue import load_catalogue
from telemetry.services.computations import define_computation
from tests.registry import factories as registry
from tests.registry.factories import AT, SETUP, call, unique

START = AT - dt.timedelta(days=100)
DAY = dt.timedelta(days=1)
SENDER = Actor(kind="token", id="00000000-0000-0000-0000-000000000001", name="pipeline")
BANDS = Stated(
    direction="below",
    warning=0.90,
    critical=0.80,
    recover_warning=0.92,
    recover_critical=0.85,
    fires_k=2,
    fires_n=3,
)


def catalogue():
    """Load the KPIs, once a database."""
    if not Kpi.objects.filter(pk="decision_volume").exists():
        call(load_catalogue)


def measured(*, stated=BANDS, kpi="accuracy", profile="small", **changes):
    """A live system whose unit has a profile; with a threshold unless `stated` is None."""
    catalogue()
    unit = registry.unit()
    call(load_profile, unit_id=unit.pk, profile=profile, author_id=registry.user(of=unit).pk)
    system = registry.system_in("production", of=unit, **changes)
    if stated is not None:
        threshold(system, stated=stated, kpi=kpi)
    return system


def threshold(system, *, stated=BANDS, kpi="accuracy", segment="", valid_from=START, at=AT):
    """A threshold in force, drafted by the owner and approved by the deputy."""
    drafted = call(
        draft_threshold,
        system_id=system.pk,
        kpi_id=kpi,
        segment=segment,
        stated=stated,
        valid_from=valid_from,
        author_id=system.owner_id,
        at=at,
    )
    return call(approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=at)


def row(system, value=0.95, *, day=0, **changes):
    """A reading of the accuracy for the day that ends `day` days after START."""
    arguments = {
        "system": system.slug,
        "kpi": "accuracy",
        "window": "1d",
        "window_end": (START + day * DAY).isoformat(),
        "value": value,
        "n": 500,
    }
    return arguments | changes


def take(rows, *, at=AT, on_error="keep_good", reach=None):
    """Send rows as a token does that may write to every system."""
    body = msgspec.json.encode({"measurements": rows, "on_error": on_error, "source": "test"})
    delivery = parse_json(body, key="measurements", row=MeasurementRow, most_rows=200_000)
    with acting_as(SENDER):
        return take_in_measurements(
            delivery=delivery,
            reach=System.objects.all() if reach is None else reach,
            actor=SENDER,
            at=at,
        )


def event(system, number=0, *, at=START, **changes):
    """A decision event."""
    arguments = {
        "system": system.slug,
        "event_id": f"e-{number}",
        "at": at.isoformat(),
        "version": "2.3",
    }
    return arguments | changes


def take_events(events, *, at=AT, on_error="keep_good"):
    """Send decision events as a token does."""
    body = msgspec.json.encode({"events": events, "on_error": on_error, "source": "test"})
    delivery = parse_json(body, key="events", row=DecisionRow, most_rows=200_000)
    with acting_as(SENDER):
        return take_in_decisions(delivery=delivery, reach=System.objects.all(), actor=SENDER, at=at)


def computed(system, kpi="accuracy", **changes):
    """Have a KPI computed by the day."""
    arguments = {"system_id": system.pk, "kpi_id": kpi, "window": 86400}
    if kpi in GAPS:
        arguments["legal_basis"] = "AI Act Art. 10(5)"
    return call(define_computation, **(arguments | changes))


def label(system, number=0, *, at=START, kind="truth", value="a", labelled_at=AT, **changes):
    """A label of the event with this number; `at` None leaves its instant out."""
    arguments = {
        "system": system.slug,
        "event_id": f"e-{number}",
        "kind": kind,
        "value": value,
        "labelled_at": labelled_at.isoformat(),
    }
    told = {} if at is None else {"at": at.isoformat()}
    return arguments | told | changes


def take_labels(labels, *, at=AT, on_error="keep_good", reach=None):
    """Send labels as a token does that may write to every system."""
    body = msgspec.json.encode({"labels": labels, "on_error": on_error, "source": "test"})
    delivery = parse_json(body, key="labels", row=LabelRow, most_rows=200_000)
    with acting_as(SENDER):
        return take_in_labels(
            delivery=delivery,
            reach=System.objects.all() if reach is None else reach,
            actor=SENDER,
            at=at,
        )


def series_of(system, *, kpi="accuracy", segment=""):
    """The series that readings have made."""
    return Series.objects.get(system=system, kpi_id=kpi, segment=segment)


__all__ = [
    "AT", "BANDS", "DAY", "SENDER", "SETUP", "START", "catalogue", "computed", "event", "label",
    "measured", "row", "series_of", "take", "take_events", "take_labels", "threshold", "unique",
]  # fmt: skip
