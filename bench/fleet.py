"""The fleet, and all scorecards, as HTML: how every KPI stands; the base reads the tuples bare."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.template import Context, Template
from django.test import Client

from bench.filling import Filled, analyse, measurements_of, systems_of
from bench.load import Volume
from bench.measure import interleave, line
from governance.models import Standing
from governance.rules.stated import Stated
from governance.selectors.pages.fleet import fleet_rows
from governance.selectors.pages.scorecard_asked import Asked
from governance.selectors.pages.scorecards import scorecards_page
from governance.services.thresholds import approve_threshold, draft_threshold
from incidents.models import Incident
from ledger import verbs
from ledger.context import acting_as
from ledger.services.entries import append_entry
from outbox import clock
from registry.models import System
from telemetry.models import Series
from tests.registry import factories as registry

SYSTEMS = {"small": 200, "full": 1_000}
ROUNDS = {"small": 15, "full": 20}
BARE = """
SELECT s.system_id, k.name, k.category, s.segment, st.state, x.value, x.window_end
FROM telemetry_series s JOIN telemetry_kpi k ON k.id = s.kpi_id
JOIN governance_standing st ON st.series_id = s.id
JOIN telemetry_series_state x ON x.series_id = s.id
"""
CARDS = "{% load scorecards %}{% for part in parts %}{% scorecard_lines part.lines %}{% endfor %}"
STATES = "(ARRAY['OK', 'OK', 'OK', 'OK', 'OK', 'WARNING', 'CRITICAL', 'NO_DATA'])[1 + s.id %% 8]"


def run(size: str) -> Iterator[dict[str, Any]]:
    """Fill the fleet, draw it, and read it bare."""
    volume = Volume(systems=SYSTEMS[size], days=1, incidents=0, hot_readings=0)
    at = clock.now()
    filled = systems_of(volume, at)
    measurements_of(volume, filled.systems, at)
    _stand(filled)
    analyse()
    page = Template("{% load fleet %}{% fleet_rows rows '' %}")

    def drawn() -> None:
        rows = fleet_rows(visible=System.objects.all(), incidents=Incident.objects.all())
        page.render(Context({"rows": rows}))

    value, base = interleave(drawn, _bare, ROUNDS[size])
    listed, listed_base = interleave(_cards, _bare, ROUNDS[size])
    client = Client()
    registry.sign_in(client, filled.reader)
    whole, _ = interleave(lambda: _page(client), _bare, 5)
    yield line(
        "fleet_scorecard", value=value, base=base, gate=3, stretch=1.5, better="lower",
        systems=SYSTEMS[size], standings=Standing.objects.count(), whole_request=round(whole, 4),
    )  # fmt: skip
    yield line(
        "scorecards", value=listed, base=listed_base, gate=3, stretch=1.5, better="lower",
        systems=SYSTEMS[size], standings=Standing.objects.count(),
    )  # fmt: skip


def _bare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        cursor.fetchall()


def _cards() -> None:
    """List every line of all scorecards, and draw those that the page shows of them."""
    page = scorecards_page(asked=Asked(), visible=System.objects.all(), at=clock.now())
    Template(CARDS).render(Context(page))


def _page(client: Client) -> None:
    answer = client.get("/fleet/")
    assert answer.status_code == 200


def _stand(filled: Filled) -> None:
    """Give every series a standing: one by its service, the others after that pattern."""
    at, system = clock.now(), filled.systems[0]
    series = Series.objects.filter(system=system).order_by("pk")[0]
    drafted = registry.call(
        draft_threshold, system_id=system.pk, kpi_id=series.kpi_id, valid_from=at, at=at,
        stated=Stated(direction="below", warning=0.5, critical=0.4), author_id=system.owner_id,
    )  # fmt: skip
    approved = registry.call(
        approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=at
    )
    verbs.register("load.stood", "gave a standing for measuring")
    with acting_as(registry.SETUP), transaction.atomic(), connection.cursor() as cursor:
        append_entry(
            verb="load.stood", actor=registry.SETUP, at=at,
            subject=("load", "load", "standings for measuring"),
        )  # fmt: skip
        cursor.execute(
            "INSERT INTO governance_standing (series_id, threshold_id, threshold_version_id,"
            " state, since, window_end, fairness_flag, flapping, version)"
            f" SELECT s.id, %s, %s, {STATES}, %s, %s, false, false, 1 FROM telemetry_series s"
            " ON CONFLICT DO NOTHING",
            [approved.threshold_id, approved.pk, at, at],
        )
