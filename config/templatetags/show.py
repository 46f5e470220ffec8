"""Template tags of the design: `{% load show %}`. They show, they decide nothing.

Where a tag needs the instant of the request it takes the context's `at`, which every door gives.
A value that the context lacks arrives as an empty string and counts as none.
With `paper` in the context icons are drawn for the PDF renderer.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.forms.widgets import CheckboxInput, RadioSelect, Select, Textarea
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config import marks, navigation, recorded, words
from config.manual.serving import names_of, served_by
from ledger.rules.worded import Worded
from outbox.languages import spoken
from outbox.rules.citations import cited

register = template.Library()

Context = template.Context | RequestContext

NOTICE_ICONS = {"critical": "no", "warning": "warn", "info": "clock", "ok": "check"}
# The value of a choice that the rules name, such as 'roll_back' or 'p95'; people's things have ids.
WORD = re.compile(r"[a-z][a-z_]*|p\d+")
# Django's message levels, as states of a notice.
MESSAGE_STATES = {"success": "ok", "warning": "warning", "error": "critical"}


@register.filter
def left(due: datetime, at: datetime) -> str:
    """`{{ due|left:at }}`: 'in 3 h 20 min' or '2 d overdue'."""
    return words.left(due - at)


@register.filter
def span(length: timedelta) -> str:
    """`{{ length|span }}`: '8 d 7 h'."""
    return words.span(length)


@register.filter
def since(then: datetime, at: datetime) -> str:
    """`{{ then|since:at }}`: how long ago, '38 min'."""
    return words.span(at - then)


@register.filter
def points(value: float | None, digits: int = 1) -> str:
    """`{{ 0.148|points }}`: '14.8 points'."""
    return words.points(value, digits)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """`{{ 0.95|percent }}`: '95 %'; `|percent:1` with one decimal."""
    return words.percent(value, digits)


@register.filter
def thin(number: int) -> str:
    """`{{ 48190|thin }}`: digits grouped by narrow spaces."""
    return words.thin(number)


@register.filter
def short_hash(digest: str, groups: int = 2) -> str:
    """`{{ digest|short_hash }}`: '5d21 7c04'."""
    return words.short_hash(digest, groups)


@register.filter
def initials(name: str) -> str:
    """`{{ 'Prof. Amara Okafor'|initials }}`: 'AO'."""
    return words.initials(name)


@register.filter
def notice_state(level_tag: str) -> str:
    """Turn a message's level into the state of a notice."""
    return MESSAGE_STATES.get(level_tag, "info")


@register.filter
def notice_icon(state: str) -> str:
    """Name the icon of a notice's state."""
    return NOTICE_ICONS.get(state, "clock")


@register.filter
def localday(value: datetime) -> date:
    """Give the day of an instant in the reader's zone, to group by."""
    return timezone.localtime(value).date()


@register.filter
def zoned(text: str) -> SafeString:
    """`{{ summary|zoned }}`: instants that a recorded sentence names in UTC, in the reader's zone.

    Lines stay lines. What is recorded stays as it is; its UTC stands in the title of each instant.
    """
    return recorded.zoned(text)


@register.filter
def beside(cells: Sequence[object], columns: Sequence[object]) -> list[tuple[object, object]]:
    """Pair each cell with its column. ValueError: not as many cells as columns."""
    return list(zip(cells, columns, strict=True))


@register.filter
def kept(url: str, moment: Any) -> str:
    """`{{ url|kept:moment }}`: an address at the instant that the page shows."""
    query = getattr(moment, "query", "")
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, *args: object) -> str:
    """`{% to "system" system.slug %}`: `url`, at the instant that the page shows."""
    return kept(reverse(name, args=args), context.get("moment"))


@register.inclusion_tag("shell/system_pages.html", takes_context=True)
def system_pages(context: Context, slug: str) -> dict[str, Any]:
    """`{% system_pages system.slug %}`: links to the pages of a system, the present one marked."""
    request = context.get("request")
    return {"links": navigation.system_pages(slug=slug, path=request.path if request else "")}


@register.simple_tag(takes_context=True)
def icon(context: Context, name: str, label: str = "") -> SafeString:
    """`{% icon "check" %}`, or with a label that is read out: `{% icon "check" "Signed" %}`."""
    return marks.icon(name, label, paper=_paper(context))


@register.simple_tag
def icon_sprite() -> SafeString:
    """Give the sprite that `{% icon %}` uses, once a page."""
    return marks.sprite()


@register.simple_tag(takes_context=True)
def status(context: Context, state: str, label: str = "") -> SafeString:
    """`{% status "critical" %}`, `{% status "critical" "1 of 8 KPIs critical" %}`."""
    return marks.status(str(state), label, paper=_paper(context))


@register.simple_tag
def severity(level: str, label: str = "") -> SafeString:
    """`{% severity "major" %}`: bars and word."""
    return marks.severity(str(level), str(label))


@register.simple_tag(takes_context=True)
def deadline(
    context: Context,
    due: datetime,
    at: datetime | None = None,
    met: datetime | None = None,
    note: str = "",
) -> SafeString:
    """`{% deadline due_at %}`, `{% deadline due_at met=signed_at %}`: what is left, the instant."""
    return marks.deadline(
        due, at=_at(context, at), met=met or None, note=note, paper=_paper(context)
    )


@register.simple_tag(takes_context=True)
def instant(context: Context, value: datetime | None, form: str = "short") -> SafeString | str:
    """`{% instant signed_at %}`, form short, dated, long, day, date or time; None shows nothing."""
    return marks.instant(value, form, at=context.get("at") or None) if value else ""


@register.simple_tag
def person(name: str, role: str = "") -> SafeString:
    """`{% person "Maren Vogt" "Compliance officer" %}`."""
    return marks.person(str(name), str(role))


@register.simple_tag
def ledger_ref(number: int | None) -> SafeString | str:
    """`{% ledger_ref 48190 %}`: the number of a ledger entry; None shows nothing."""
    return marks.ledger_ref(number) if number else ""


@register.simple_tag
def bar(share: float, label: str, state: str = "") -> SafeString:
    """`{% bar 45 "45 percent used" "soon" %}`: a share from 0 to 100, its number beside it."""
    return marks.bar(share, label, state)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Render a form field's control alone, in the design's class for its kind."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        return field.as_widget()
    kinds = ((Textarea, "textarea"), (Select, "select"))
    name = next((name for kind, name in kinds if isinstance(widget, kind)), "input")
    if isinstance(widget, Select):
        widget.choices = [_said(value, label) for value, label in widget.choices]
    return field.as_widget(attrs={"class": f"{name} {widget.attrs.get('class', '')}".strip()})


def _said(value: Any, label: Any) -> tuple[Any, Any]:
    """Say a choice of the rules in the reader's language; what people named stays as it is."""
    if isinstance(label, list | tuple):
        return spoken(value), [_said(*one) for one in label]
    # What stands for no choice at all is ours too.
    is_word = isinstance(label, str) and (value == "" or WORD.fullmatch(str(value)) is not None)
    is_word = is_word or isinstance(label, Worded)
    return value, spoken(label) if is_word else label


@register.filter
def field_kind(field: BoundField) -> str:
    """Say how a field is laid out: 'hidden', 'radio', 'check' or 'plain'."""
    if field.is_hidden:
        return "hidden"
    widget = field.field.widget
    if isinstance(widget, RadioSelect):
        return "radio"
    return "check" if isinstance(widget, CheckboxInput) else "plain"


@register.simple_tag
def serves(field: BoundField) -> SafeString:
    """`{% serves field %}`: the provisions that the field serves, as links; often nothing."""
    found = served_by(names_of(type(field.form)), field.name)
    if not found:
        return SafeString("")
    named = ((one.url, spoken(cited(one.label))) for one in found)
    links = format_html_join(", ", '<a href="{}">{}</a>', named)
    return format_html('<span class="field__serves">{} {}</span>', _("Serves"), links)


@register.simple_block_tag(takes_context=True)
def notice(context: Context, content: str, state: str, title: str = "") -> SafeString:
    """`{% notice "critical" title="You cannot validate this: …" %}Who can.{% endnotice %}`."""
    drawn = marks.icon(NOTICE_ICONS.get(state, "clock"), paper=_paper(context))
    lead = format_html("<strong>{}</strong>", _told(title)) if title else ""
    return format_html(
        '<div class="notice" data-state="{}">{}<div class="notice__text">{}{}</div></div>',
        state,
        drawn,
        lead,
        content,
    )


@register.simple_block_tag(takes_context=True)
def panel(
    context: Context,
    content: str,
    title: str,
    id: str,
    act: bool = False,
    due: datetime | None = None,
    foot: str = "",
) -> SafeString:
    """`{% panel "Your validation" id="act" act=True due=due_at %}…{% endpanel %}`.

    One panel with act=True a page: the one that acts. `foot` is the small print below.
    """
    return format_html(
        '<section class="panel{}" aria-labelledby="{}"><div class="panel__head">'
        '<h2 id="{}">{}</h2>{}</div><div class="panel__body">{}</div>{}</section>',
        " panel--act" if act else "",
        id,
        id,
        _told(title),
        marks.deadline(due, at=_at(context, None), paper=_paper(context)) if due else "",
        content,
        format_html('<div class="panel__foot">{}</div>', _told(foot)) if foot else "",
    )


def _told(text: str) -> str:
    """Say what was worded in the reader's language; what is said already stays."""
    return spoken(text) if isinstance(text, Worded) else text


def _at(context: Context, given: datetime | None) -> datetime:
    at: Any = given or context.get("at")
    if not at:
        raise template.TemplateSyntaxError("a deadline needs `at` in the context of the page")
    moment: datetime = at
    return moment


def _paper(context: Context) -> bool:
    return bool(context.get("paper"))
