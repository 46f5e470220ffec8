"""The smallest pieces of a page as markup: icon, standing, severity, deadline, person, share.

Each takes plain values and returns safe markup. With paper=True an icon is drawn in place and in a
fixed colour, because a PDF renderer knows neither the page's sprite nor its style sheet inside SVG.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from config import words
from config.icons import ICONS
from outbox.languages import spoken

Words = str | Promise

# Each standing: its icon, its word, its colour on paper.
STANDINGS: dict[str, tuple[str, Words, str]] = {
    "ok": ("check", gettext_lazy("OK"), "#17653f"),
    "pending": ("half", gettext_lazy("Pending"), "#824c00"),
    "watch": ("watch", gettext_lazy("Watch"), "#824c00"),
    "warning": ("warn", gettext_lazy("Warning"), "#824c00"),
    "critical": ("crit", gettext_lazy("Critical"), "#a61c18"),
    "recovering": ("recover", gettext_lazy("Recovering"), "#1c4587"),
    "none": ("none", gettext_lazy("No data"), "#4f5a66"),
    "suppressed": ("pause", gettext_lazy("Suppressed"), "#4f5a66"),
    "overdue": ("late", gettext_lazy("Overdue"), "#a61c18"),
    "current": ("half", gettext_lazy("Open"), "#1c4587"),
}
SEVERITIES: dict[str, Words] = {
    "minor": gettext_lazy("Minor"),
    "moderate": gettext_lazy("Moderate"),
    "major": gettext_lazy("Major"),
    "severe": gettext_lazy("Severe"),
}
# Written out for each language in config/formats.
FORMS = {
    "short": "INSTANT_SHORT",
    "dated": "INSTANT_DATED",
    "long": "INSTANT_LONG",
    "day": "INSTANT_DAY",
    "date": "INSTANT_DATE",
    "time": "INSTANT_TIME",
}
BARS = mark_safe(
    '<span class="severity__bars" aria-hidden="true"><i></i><i></i><i></i><i></i></span>'
)
INK = "#434f5c"
SOON = timedelta(hours=1)
SILENT = mark_safe('aria-hidden="true"')
PEN = mark_safe('fill="none" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"')


def icon(name: str, label: str = "", *, paper: bool = False, colour: str = INK) -> SafeString:
    """Draw an icon; with a label it speaks, without one it is silent. KeyError: no such icon."""
    if not label and not paper:
        return _silent(name)
    drawing = ICONS[name]
    voice = format_html('role="img" aria-label="{}"', label) if label else SILENT
    if not paper:
        return format_html('<svg class="icon" {}><use href="#i-{}"/></svg>', voice, name)
    drawn = drawing.replace("currentColor", colour).replace('class="cut"', 'stroke="#fff"')
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" stroke="{}" {} {}>{}</svg>',
        colour,
        PEN,
        voice,
        mark_safe(drawn),  # noqa: S308  our own drawing
    )


@cache
def _silent(name: str) -> SafeString:
    if name not in ICONS:
        raise KeyError(name)
    return format_html('<svg class="icon" {}><use href="#i-{}"/></svg>', SILENT, name)


@cache
def sprite() -> SafeString:
    """Give every icon once, as symbols for a page to use."""
    symbols = format_html_join(
        "",
        '<symbol id="i-{}" viewBox="0 0 16 16">{}</symbol>',
        ((name, mark_safe(drawn)) for name, drawn in ICONS.items()),  # noqa: S308  our own
    )
    return format_html(
        '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">{}</svg>',
        symbols,
    )


def status(state: str, label: str = "", *, paper: bool = False) -> SafeString:
    """Show a standing: icon, word, colour. What is not known here is never shown as good."""
    key = {"no_data": "none"}.get(state.lower(), state.lower())
    known = key in STANDINGS
    drawn, word, colour = STANDINGS[key if known else "none"]
    said = (
        spoken(label)
        if label
        else (word if known else state.replace("_", " ").capitalize() or word)
    )
    picture = icon(drawn, paper=paper, colour=colour)
    shown = key if known else "none"
    return format_html('<span class="status" data-state="{}">{}{}</span>', shown, picture, said)


def severity(level: str, label: str = "") -> SafeString:
    """Show a severity as bars that can be counted, and its word. KeyError: no such level."""
    word = SEVERITIES[level.lower()]
    return format_html(
        '<span class="severity" data-level="{}">{}{}</span>', level.lower(), BARS, label or word
    )


def instant(value: datetime, form: str = "short", *, at: datetime | None = None) -> SafeString:
    """Show an instant in the reader's zone, UTC in its title and attribute.

    The year is added to the short form when `at` lies in another year. ValueError: naive value.
    """
    zone = timezone.get_current_timezone()
    here = value.astimezone(zone) if value.tzinfo else timezone.localtime(value)
    if form == "short" and at is not None and timezone.localtime(at, zone).year != here.year:
        form = "dated"
    return _instant(value.astimezone(UTC), zone, form, get_language())


# A list that is looked at again shows the same ones.
@lru_cache(maxsize=2048)
def _instant(utc: datetime, zone: tzinfo, form: str, language: str | None) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        dateformat.format(utc.astimezone(zone), get_format(FORMS[form])),
    )


def deadline(
    due: datetime,
    *,
    at: datetime,
    met: datetime | None = None,
    note: str = "",
    soon: timedelta = SOON,
    paper: bool = False,
) -> SafeString:
    """Show what is left until `due`, then the instant; with `met`, by how much it was kept."""
    state, drawn, said = _standing_of(due, at, met, soon)
    colour = {"met": "#17653f", "overdue": "#a61c18", "soon": "#824c00"}.get(state, "#17202b")
    noted = escape(f"{note}, ") if note else ""
    return mark_safe(  # noqa: S308  every text in it is escaped
        f'<span class="deadline" data-state="{state}"><span class="deadline__left">'
        f"{icon(drawn, paper=paper, colour=colour)}{escape(said)}</span>"
        f'<span class="deadline__at">{noted}{instant(due, at=at)}</span></span>'
    )


def person(name: str, role: str = "") -> SafeString:
    """Show who, as what."""
    below = format_html('<span class="person__role">{}</span>', role) if role else ""
    return format_html(
        '<span class="person"><span class="person__mark" aria-hidden="true">{}</span>'
        '<span><span class="person__name">{}</span>{}</span></span>',
        words.initials(name),
        name,
        below,
    )


def ledger_ref(number: int) -> SafeString:
    """Show a ledger number, as a link where the site has a page for entries."""
    shown = words.thin(number)
    said = _("Ledger entry %(number)s") % {"number": shown}
    try:
        url = reverse("ledger_entry", args=[number])
    except NoReverseMatch:
        return format_html('<span class="ledger-ref" title="{}">{}</span>', said, shown)
    return format_html('<a class="ledger-ref" href="{}" title="{}">{}</a>', url, said, shown)


def bar(share: float, label: str, state: str = "") -> SafeString:
    """Draw a share from 0 to 100 as a bar, full beyond; its number must stand beside it."""
    width = f"{max(0.0, min(100.0, float(share))):g}"
    return format_html(
        '<svg class="bar" data-state="{}" viewBox="0 0 100 6" preserveAspectRatio="none" '
        'role="img" aria-label="{}"><rect width="{}" height="6" fill="{}"/></svg>',
        state,
        label,
        width,
        INK,
    )


def _standing_of(
    due: datetime, at: datetime, met: datetime | None, soon: timedelta
) -> tuple[str, str, str]:
    if met is not None:
        kept = due - met
        said = words.spare(kept)
        return ("met", "check", said) if kept >= timedelta(0) else ("overdue", "late", said)
    remaining = due - at
    if remaining < timedelta(0):
        return "overdue", "late", words.left(remaining)
    return ("soon" if remaining <= soon else "running"), "clock", words.left(remaining)
