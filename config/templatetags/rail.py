"""The rail's groups of links, written without a template's look-up for each link.

They stand on every page twice, in the rail and in the menu of a narrow window.
"""

from collections.abc import Sequence

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from config.navigation import Group, Link

register = template.Library()


@register.simple_tag
def rail(groups: Sequence[Group], prefix: str) -> SafeString:
    """`{% rail shell.nav prefix %}`: `prefix` keeps ids apart; all text is escaped here."""
    # A page without a reader has no rail.
    found = [_group(one, f"{prefix}-{number}") for number, one in enumerate(groups or (), start=1)]
    return mark_safe("".join(found))  # noqa: S308  every text in it is escaped


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
