"""Lines of the desk in words: what waits, whose it is, the one next step; the rest of a kind."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from outbox.languages import in_sentence, spoken, spoken_title
from reports.rules.desk import OWN
from reports.rules.desk_beside import Also
from reports.rules.waiting import KINDS, ORDER
from reports.selectors.waiting_lines import MOST_MORE, Line


def said(lines: Sequence[Line]) -> list[Also]:
    """Return lines as the desk shows them, by kind, each kind's rest as one line."""
    found: list[Also] = []
    for kind in ORDER:
        rows = sorted((row for row in lines if row.kind == kind), key=lambda row: (row.at, row.key))
        found += [_also(row) for row in rows]
        if rows and rows[0].total > OWN:
            found.append(_more(kind, rows[0].total - OWN))
    return found


def _also(row: Line) -> Also:
    words = KINDS[row.kind]
    return Also(
        title=_(words.title) % {"label": _label(row), "system": row.system},
        url=words.url.format(slug=row.slug, key=row.key),
        who=row.who or (_(words.who) if words.who else ""),
        due=row.due,
        step=_(words.step),
        urgent=words.urgent,
    )


def _label(row: Line) -> str:
    """Return what a line is called: a tier and a title of ours in the reader's language."""
    if row.kind == "tier_decide":
        return in_sentence(spoken(row.label.capitalize()))
    if row.kind in ("withdrawal_look", "withdrawal_agree"):
        number, _between, title = row.label.partition(" ")
        return f"{number} {spoken_title(title)}"
    return row.label


def _more(kind: str, number: int) -> Also:
    words = KINDS[kind]
    what = _(words.plural)
    if number > MOST_MORE:
        most = number_format(MOST_MORE, force_grouping=True)
        title = _("And more than %(number)s more: %(what)s") % {"number": most, "what": what}
    else:
        title = _("And %(number)d more: %(what)s") % {"number": number, "what": what}
    return Also(
        title=title,
        url=words.everything,
        who="",
        due=None,
        step=_("Show all"),
    )
