"""Series that a connector feeds and of which a reading is expected now."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from governance.selectors.silences import SILENT
from telemetry.models import Connector, Series
from telemetry.rules.mappings import Line
from telemetry.selectors.connectors import is_of_lines, source_of

# Who sent the newest reading says who feeds a series: what somebody else sends by now is not in
# error because a connector of old fails. SILENT leaves out where nothing is expected (EVA-08).
FED = f"""
SELECT silent.id FROM ({SILENT}) AS silent
  JOIN LATERAL (SELECT m.batch_id FROM telemetry_measurement m WHERE m.series_id = silent.id
                 ORDER BY m.window_end DESC, m.revision DESC LIMIT 1) r ON true
  JOIN telemetry_batch b ON b.id = r.batch_id
   AND (b.sender_id = %(sender)s OR b.source = %(source)s)
  JOIN telemetry_series s ON s.id = silent.id AND s.system_id = %(system)s
"""  # noqa: S608  a statement of ours


def series_fed(*, connector: Connector, lines: Sequence[Line], at: datetime) -> list[Series]:
    """Return the judged series of these lines whose newest reading the connector brought.

    What is sent for it comes by whatever token, under its name as the source.
    """
    if not lines:
        return []
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
        ids = [series for (series,) in cursor.fetchall()]
    rows = Series.objects.filter(pk__in=ids).select_related("kpi", "system").order_by("pk")
    return [one for one in rows if is_of_lines(lines, one)]
