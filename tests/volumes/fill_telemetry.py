"""What fills the tables of what is measured: 100,000 rows of each.

All take a House of tests.volumes.house and return who opens which page.
"""

from governance.models import Mute
from registry.models import System
from telemetry.models import (
    Connector,
    ConnectorRun,
    ConnectorState,
    DecisionEvent,
    DoorState,
    EventLabel,
    Kpi,
    Measurement,
    Upload,
)
from tests.walks.gallery import NOW

DOORS = len(DoorState.Door.values)


def answers(house):
    """Answers of one system, one every twenty seconds."""
    _events(house)
    return "owner", "/answers/"


def answers_of_a_system(house):
    """The same answers, a label beside each, asked for by their system: with its slices."""
    event = _events(house)
    EventLabel.objects.create(
        system=event.system, at=event.at, event_id=event.event_id, kind="overridden",
        labelled_at=event.received_at, value=True, received_at=event.received_at,
        batch_id=event.batch_id,
    )  # fmt: skip
    house.fill(
        EventLabel, "p.event_id = 'e-0'",
        event_id="'x' || n", at="p.at - n * interval '20 seconds'",
    )  # fmt: skip
    return "owner", f"/answers/?system={event.system.slug}"


def _events(house):
    house.fill(
        DecisionEvent, "p.event_id = 'e-0'",
        event_id="'x' || n", at="p.at - n * interval '20 seconds'",
    )  # fmt: skip
    return DecisionEvent.objects.select_related("system").get(event_id="e-0")


def uploads(house):
    """Files of one person."""
    made = house.gallery.made.upload
    house.fill(Upload, made.pk, uploaded_at="p.uploaded_at - n * interval '7 minutes'")
    return "owner", "/uploads/"


def connectors(house):
    """Connectors of one system."""
    made, own = house.gallery.made.connector, "md5('c' || n)::uuid"
    house.fill(Connector, made.pk, id=own, name="'Connector ' || n")
    house.fill(ConnectorState, made.pk, connector_id=own)
    return "owner", "/connectors/"


def polls_of_a_connector(house):
    """Polls of one connector."""
    made = house.gallery.made.connector
    first = ConnectorRun.objects.create(connector=made, started_at=NOW, fetched=12, accepted=12)
    house.fill(ConnectorRun, first.pk, started_at="p.started_at - n * interval '5 minutes'")
    return "owner", f"/connectors/{made.pk}/"


def systems(house, rows):
    """Systems of one owner that run."""
    made = house.gallery.made.system
    house.fill(
        System, made.pk, rows, id="md5('s' || n)::uuid",
        slug="'filled-' || lpad(n::text, 6, '0')", name="'Filled ' || lpad(n::text, 6, '0')",
    )  # fmt: skip


def doors(house):
    """Every door of systems of one owner."""
    systems(house, 100_000 // DOORS)
    made, kinds = house.gallery.made.door, ", ".join(f"'{one}'" for one in DoorState.Door.values)
    house.fill(
        DoorState, made.pk,
        system_id=f"md5('s' || ((n - 1) / {DOORS} + 1))::uuid",
        door=f"(ARRAY[{kinds}])[(n - 1) % {DOORS} + 1]",
    )  # fmt: skip
    return "owner", "/connectors/doors/"


def kpis(house):
    """KPIs of one unit's own."""
    house.fill(Kpi, house.gallery.made.kpi.pk, id="'filled_' || n", name="'Filled ' || n")
    return "owner", "/kpis/"


def coverage(house):
    """Systems of one owner that run, of which nothing is measured."""
    systems(house, 100_000)
    return "owner", "/coverage/"


def silences(house):
    """Silences over one system that have ended."""
    back = "interval '30 days' - n * interval '7 minutes'"
    house.fill(
        Mute, house.gallery.made.mute.pk,
        from_at=f"p.from_at - {back}", until_at=f"p.until_at - {back}",
    )  # fmt: skip
    return "owner", "/silences/"


def readings_of_a_kpi(house):
    """Readings of one series, one every five minutes."""
    series = house.gallery.made.series
    house.fill(
        Measurement, f"p.series_id = {series.pk}",
        window_end="p.window_end - n * interval '5 minutes'",
    )  # fmt: skip
    return "owner", f"/systems/{house.gallery.made.system.slug}/kpis/{series.pk}/"
