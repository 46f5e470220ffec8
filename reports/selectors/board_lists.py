"""Lists of reports page by page, and what factors may be drafted for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from registry.models import System, Unit, User
from reports.models import Report
from reports.selectors.report_rights import rights_of
from reports.selectors.rights import Rights
from telemetry.models import Kpi
from telemetry.selectors.catalogue import kpis_seen

PAGE = 50
DRAFT = "factor.draft"


def list_page(
    *, visible: QuerySet[Report], after: str, as_of: str = "", limit: int = PAGE
) -> dict[str, Any]:
    """Return a page of reports, the newest first, in one query; `as_of` is carried by its links.

    Raises Invalid for a cursor that was not given out.
    """
    rows = visible.select_related("system", "unit", "author").defer("figures", "content")
    kept = {"as_of": as_of} if as_of else {}
    if after:
        rows = rows.filter(_beyond(after))
    found = list(rows.order_by("-begun_at", "-number")[: limit + 1])
    more = len(found) > limit
    shown = found[:limit]
    return {
        "reports": shown,
        "next": _cursor(shown[-1]) if more else "",
        "pages": {
            "shown": len(shown),
            "older_url": f"?{urlencode({'after': _cursor(shown[-1])} | kept)}" if more else "",
            "newer_url": f"?{urlencode(kept)}" if after else "",
        },
    }


def factor_subjects(
    *, user: User, at: datetime, known: Rights | None = None
) -> tuple[Sequence[System], Sequence[Unit], Sequence[Kpi]]:
    """Return for which systems and units a person may draft factors, and of which KPIs.

    `known` are their rights, where the caller has them: three queries beside those.
    """
    rights = known or rights_of(user, at)
    # What lets somebody draft for a system lets them see it.
    mine = System.objects.filter(rights.permitted(DRAFT, path=""), sample=System.Sample.NONE)
    units = Unit.objects.filter(rights.in_unit(DRAFT, path="pk")).order_by("name")
    found, places = list(mine.order_by("name")), list(units)
    if not user.is_active or not (found or places):
        return [], [], []
    near = {one.unit_id for one in found} | set(rights.roles.reach(rights.roles.any())[0])
    if user.unit_id is not None:
        near.add(user.unit_id)
    seen = rights.roles.above(near)
    return found, places, list(kpis_seen(units=seen).filter(off=False).order_by("name"))


def _cursor(row: Report) -> str:
    return f"{row.begun_at.isoformat()}|{row.number}"


def _beyond(after: str) -> Q:
    instant, _gap, number = after.partition("|")
    try:
        if not number or "\x00" in number:
            raise ValueError(number)
        at = instant_read(instant)
    except ValueError as error:
        raise Invalid("bad_cursor", "This place in the list was not given out.") from error
    return Q(begun_at__lt=at) | Q(begun_at=at, number__lt=number)
