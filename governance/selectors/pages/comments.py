"""Comments as the page of a case shows them: who said what, to whom, with which records."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from incidents.models import Comment, Incident
from incidents.rules.comments import paragraphs
from incidents.selectors.cast import Cast
from incidents.selectors.comments import (
    Page,
    comments_page,
    kpis_of,
    may_withdraw,
    people_to_tell,
    refusal_to_comment,
    told_names,
)
from registry.models import User

NEAR = 8
PAGE = 20
WHOLE = 500


def comments_near(
    *, incident: Incident, cast: Cast, reader: User | None, whole: bool, has_any: bool
) -> dict[str, Any]:
    """Return the newest comments of a case for its page, all for `whole`, and who may be told.

    `reader` is None where nothing can be said, as at an instant that has passed. Without any
    comment nothing of them is read.
    """
    limit = WHOLE if whole else NEAR
    found = comments_page(incident=incident, limit=limit) if has_any else Page()
    return _shown(incident, cast, reader, found) | {"earlier": found.earlier}


def comments_far(
    *, incident: Incident, cast: Cast, reader: User | None, before: UUID | None, stay: str
) -> dict[str, Any]:
    """Return the newest comments of a case, or those before one, and where others stand.

    `stay` is what addresses carry to stay at the instant that is shown. Raises Missing.
    """
    found = comments_page(incident=incident, limit=PAGE, before=before)
    more = f"&{stay}" if stay else ""
    pages = {
        "shown": len(found.rows),
        "total": None if found.is_many else found.count,
        "older_url": f"?before={found.before}{more}" if found.before else "",
        "newer_url": f"?{stay}" if before is not None else "",
        "newer_word": _("Newest"),
    }
    return _shown(incident, cast, reader, found) | {"pages": pages}


def _shown(incident: Incident, cast: Cast, reader: User | None, found: Page) -> dict[str, Any]:
    kpis = kpis_of(incident.system_id) if found.rows else {}
    refusal = None
    if reader is not None:
        refusal = refusal_to_comment(incident=incident, cast=cast, person=reader.pk)
    may_write = reader is not None and refusal is None
    return {
        "rows": [_row(one, kpis, cast, reader) for one in found.rows],
        "count": found.count,
        "is_many": found.is_many,
        "may_write": may_write,
        "why_not": refusal.reason if refusal else "",
        "people": people_to_tell(incident=incident, cast=cast, without=reader.pk)
        if reader is not None and may_write
        else [],
    }


def _row(
    comment: Comment, kpis: Mapping[str, str], cast: Cast, reader: User | None
) -> dict[str, Any]:
    told = told_names(comment)
    return {
        "comment": comment,
        "paragraphs": paragraphs(comment.text, people=told, kpis=kpis),
        "told": told,
        "files": list(comment.files.all()),
        "links": list(comment.links.all()),
        "withdrawal": getattr(comment, "withdrawal", None),
        "may_withdraw": reader is not None and may_withdraw(comment, person=reader.pk, cast=cast),
        "may_correct": reader is not None and comment.author_id == reader.pk,
    }


def correction_of(incident: Incident, said: str) -> Comment | None:
    """Return the comment that an address or a form wants to correct, None for none of the case."""
    try:
        wanted = UUID(said)
    except ValueError:
        return None
    rows = Comment.objects.filter(incident_id=incident.pk, pk=wanted).select_related("author")
    found: Comment | None = rows.first()
    return found
