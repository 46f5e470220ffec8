"""Reports as they are read: the text of a draft, what was frozen, whether it still holds."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from registry.models import User
from registry.services.signatures import is_valid
from reports.models import Report
from reports.rules.board import (
    NARRATIVES,
    people_in,
    printable,
    report_hash,
    report_text,
    whole,
)
from reports.rules.quarters import KINDS, Quarter


def content_of_draft(row: Report) -> dict[str, Any]:
    """Return the whole content of a draft as it would be frozen now.

    As of an instant before its newest drawing there are no figures: those of then are not kept.
    """
    return whole(
        number=row.number,
        edition=row.edition,
        figures=orjson.loads(row.figures or "{}"),
        narrative=row.narrative,
    )


def content_of(row: Report) -> dict[str, Any]:
    """Return what a report says: the frozen text of an issued one, else the draft."""
    found: dict[str, Any] = (
        orjson.loads(row.content) if row.state == Report.State.ISSUED else content_of_draft(row)
    )
    return found


def hash_of(row: Report) -> str:
    """Return the hash of what a report says now."""
    if row.state == Report.State.ISSUED:
        return report_hash(row.content)
    return report_hash(report_text(content_of_draft(row)))


def record_of(row: Report) -> dict[str, Any]:
    """Return what is signed when a report is issued."""
    return {"record": "report", "number": row.number, "sha256": row.sha256}


def is_intact(row: Report) -> bool:
    """Whether an issued report reads as it was signed."""
    if row.state != Report.State.ISSUED or row.signature is None:
        return False
    return report_hash(row.content) == row.sha256 and is_valid(row.signature, record_of(row))


def told(row: Report) -> dict[str, Any]:
    """Return the content with the names of persons as they stand now; one query."""
    content = content_of(row)
    ids = [UUID(one) for one in people_in(content)]
    names = {
        str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")
    }
    found: dict[str, Any] = printable(content, names)
    return found


def report_page(row: Report) -> dict[str, Any]:
    """Return what page and paper show of a report; `lost` where figures of then are not kept."""
    content = told(row)
    written, lost = content["narrative"], not content["figures"]
    return {
        "report": row,
        "content": content,
        "figures": content["figures"] or _head(row),
        "lost": lost,
        "kpis": _known_and_silent(content["figures"]),
        "narrative": [(name, title, written[name]) for name, title in NARRATIVES.items()],
        "text": written,
        "sha256": "" if lost else hash_of(row),
        "intact": is_intact(row),
        "is_draft": row.state == Report.State.DRAFT,
        "is_issued": row.state == Report.State.ISSUED,
    }


def _known_and_silent(figures: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the KPIs with a reading, and those without any: these need no row of a table."""
    rows = figures["kpis"]["rows"] if figures else []
    known = [row for row in rows if row["begin"]["at"] or row["end"]["at"]]
    return {"known": known, "silent": [row for row in rows if row not in known]}


def _head(row: Report) -> dict[str, Any]:
    """Return what a report is about, where its figures are not there to say it."""
    about, quarter = row.system or row.unit, Quarter(row.year, row.quarter)
    return {
        "kind_said": KINDS[row.kind],
        "about": about.name if about is not None else str(settings.ORGANISATION),
        "quarter_said": quarter.name,
        "first_day": quarter.first_day,
        "last_day": quarter.last_day,
        "drawn_at": row.drawn_at,
        "over": True,
    }
