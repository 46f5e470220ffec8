"""Scorecards as a tagged PDF, from the same lines, sums and drawings as the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from governance.selectors.pages.scorecard_asked import Asked, asked_of
from governance.selectors.pages.scorecards import scorecards_page
from governance.selectors.pages.visibility import lists_seen_by
from ledger.rules.refusals import Invalid
from registry.access import Moment, instant_of
from registry.models import User
from reports.paper_kinds import Paper, PaperKind
from reports.render.pdf import Pdf, to_pdf

# Of each timing, at most so many lines on paper; it says how many there are.
EACH = 120


def draw(page: Mapping[str, Any]) -> Pdf:
    """Return scorecards as a document. Raises PdfUnavailable."""
    with translation.override("en"), timezone.override(page["moment"].zone):
        markup = render_to_string("reports/scorecards.html", {**page, "paper": True})
    return to_pdf(markup, f"scorecards {page['at'].isoformat()} {page['asked'].query}")


def _moment(query: Mapping[str, str], reader: User, at: datetime) -> Moment:
    return Moment(
        at, instant_of(query.get("as_of", ""), user=reader, now=at), ZoneInfo(reader.zone)
    )


def _asked(query: Mapping[str, str], moment: Moment) -> Asked:
    return asked_of(query, as_of=moment.text)


def _page(query: Mapping[str, str], reader: User, at: datetime) -> dict[str, Any]:
    moment = _moment(query, reader, at)
    systems, _incidents = lists_seen_by(user=reader, at=at)
    visible = moment.kept(systems)
    with moment.reading():
        page = scorecards_page(
            asked=_asked(query, moment), visible=visible, at=moment.at, each=EACH, limit=EACH
        )
    return page | {"moment": moment, "reader": reader}


def _check(query: Mapping[str, str], reader: User, at: datetime) -> Paper:
    moment = _moment(query, reader, at)
    asked = _asked(query, moment)
    known = asked.query | {"view": asked.view, "as_of": query.get("as_of", "")}
    if any(known.get(name) != value for name, value in query.items()):
        raise Invalid("bad_query", "This does not name scorecards.")
    name = f"scorecards-{asked.view}{f'-{asked.system}' if asked.system else ''}{moment.stamp}"
    return Paper(
        title="Scorecards",
        file_name=name,
        back=f"{reverse('scorecards')}{asked.address()}",
        subject=("list", "scorecards", "Scorecards"),
    )


def _draw(query: Mapping[str, str], reader: User, at: datetime) -> Pdf:
    return draw(_page(query, reader, at))


SCORECARD = PaperKind(check=_check, draw=_draw)
