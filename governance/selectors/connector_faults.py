"""Series that a connector feeds and of which a reading is expected now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from governance.models import Standing
from governance.rules.standings import Standing as State
from governance.selectors.silences import SILENT
from telemetry.models import Connector, Series
from telemetry.rules.mappings import Line
from telemetry.selectors.connectors import is_of_lines, source_of

# Who sent the newest reading says who feeds a series: what somebody else sends by now is not in
# error because a connector of old fails. SILENT leaves out where nothing is expected (EVA-08).
FED = f"""
SELECT silent.id, silent.heard_at FROM ({SILENT}) AS silent
  JOIN LATERAL (SELECT m.batch_id FROM telemetry_measurement m WHERE m.series_id = silent.id
                 ORDER BY m.window_end DESC, m.revision DESC LIMIT 1) r ON true
  JOIN telemetry_batch b ON b.id = r.batch_id
   AND (b.sender_id = %(sender)s OR b.source = %(source)s)
  JOIN telemetry_series s ON s.id = silent.id AND s.system_id = %(system)s
"""  # noqa: S608  a statement of ours


@dataclass(frozen=True, slots=True)
class Fed:
    """A series that a connector feeds, and when it was heard last as silence counts it."""

    series: Series
    heard_at: datetime


def series_fed(*, connector: Connector, lines: Sequence[Line], at: datetime) -> dict[int, Fed]:
    """Return the judged series of these lines whose newest reading the connector brought, by id.

    What is sent for it comes by whatever token, under its name as the source.
    """
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            FED,
            {
                "at": at,
                "sender": f"connector:{connector.pk}",
                "source": source_of(connector),
                "system": connector.system_id,
            },
        )
        heard = dict(cursor.fetchall())
    rows = Series.objects.filter(pk__in=heard).select_related("kpi", "system").order_by("pk")
    return {one.pk: Fed(one, heard[one.pk]) for one in rows if is_of_lines(lines, one)}


def is_any_in_error(*, connector: Connector) -> bool:
    """Whether anything of the connector's system stands in ERROR: mostly nothing does."""
    rows = Standing.objects.filter(series__system_id=connector.system_id)
    return bool(rows.filter(state=State.ERROR).exists())
