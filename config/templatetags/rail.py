"""What stands on every page twice, in the rail and in the menu of a narrow window.

The rail's groups of links, written without a template's look-up for each link, and the reader's own
choices. Both are the same on page after page, and are kept as they were drawn.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template, render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from config.navigation import Group, Link

register = template.Library()
Context = Any
# What Django's processor says where a request has none.
NO_TOKEN = "NOTPROVIDED"  # noqa: S105  no secret
# No address and no token holds a character of these.
TOKEN, HERE = "\ue000", "\ue001"


@register.simple_tag
def rail(groups: Sequence[Group], prefix: str) -> SafeString:
    """`{% rail shell.nav prefix %}`: `prefix` keeps ids apart; all text is escaped here."""
    # A page without a reader has no rail.
    return _drawn(tuple(groups or ()), prefix, get_language())


@lru_cache(maxsize=512)
def _drawn(groups: tuple[Group, ...], prefix: str, language: str | None) -> SafeString:
    found = [_group(one, f"{prefix}-{number}") for number, one in enumerate(groups, start=1)]
    return mark_safe("".join(found))  # noqa: S308  every text in it is escaped


@register.simple_tag(takes_context=True)
def mine(context: Context) -> SafeString:
    """`{% mine %}`: what is the reader's own, shell/mine.html; it too stands on every page twice.

    It is drawn once for each theme and language, with marks where the request's own values stand.
    """
    token, request = str(context.get("csrf_token") or NO_TOKEN), context.get("request")
    if token == NO_TOKEN or request is None:
        own: Any = get_template("shell/mine.html")
        return SafeString(own.template.render(context))
    drawn = _mine(str(context.get("theme") or ""), get_language())
    here = escape(request.get_full_path())
    # A template's own mark-up; both values are escaped.
    return mark_safe(drawn.replace(TOKEN, escape(token)).replace(HERE, here))  # noqa: S308


@lru_cache(maxsize=64)
def _mine(theme: str, language: str | None) -> str:
    marked = {"csrf_token": TOKEN, "theme": theme, "request": {"get_full_path": HERE}}
    return render_to_string("shell/mine.html", marked)


def _group(group: Group, ident: str) -> str:
    links = "".join(_link(one) for one in group.links)
    return (
        f'<div class="rail__group"><span class="label" id="{ident}">{escape(group.label)}</span>'
        f'<ul aria-labelledby="{ident}">{links}</ul></div>'
    )


def _link(link: Link) -> str:
    here = ' aria-current="page"' if link.current else ""
    count = f'<span class="rail__count">{link.count}</span>' if link.count else ""
    return (
        f'<li><a class="rail__link" href="{escape(link.url)}"{here}>{escape(link.label)}{count}'
        "</a></li>"
    )
