"""The list of systems: saved views, filters, one page of rows with how they stand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.rules.figures import number
from governance.selectors.pages.systems_beside import beside
from incidents.models import Incident
from ledger.rules.worded import joined, term, word, worded, worded_number
from outbox.languages import spoken
from registry.models import Deployment, System, User
from registry.selectors.keyset import TURNING
from registry.selectors.system_list import (
    COUNTED,
    VIEWS,
    Filters,
    counted,
    page_of_systems,
)

PAGE = 50
SELECTED = mark_safe(" selected")  # noqa: S308  a constant
ORDER = ("CRITICAL", "WARNING", "RECOVERING", "PENDING", "NO_DATA", "ERROR", "OK")
WORDS = {
    "CRITICAL": ("critical", word("critical")),
    "WARNING": ("warning", word("warning")),
    "RECOVERING": ("recovering", word("recovering")),
    "PENDING": ("pending", word("pending")),
    "NO_DATA": ("none", word("without data")),
    "ERROR": ("none", word("in error")),
    "OK": ("ok", word("in their bands")),
}
LIVES = {"production": "ok", "pilot": "current", "suspended": "suspended", "retired": "none"}
LABELS = {
    "all": "All",
    "mine": "Mine",
    "running": "Running",
    "high_risk": "High-risk",
    "undecided": "Class not decided",
    "suspended": "Suspended",
}
ORDER_LABELS = {"name": "By name", "newest": "Newest first", "oldest": "Oldest first"}
SHOWN = (
    "slug",
    "name",
    "kind",
    "simulated",
    "risk_tier",
    "legal_class",
    "lifecycle",
    "registered_at",
    "owner__name",
    "unit__name",
)
HEAD = (
    "System",
    "Short name",
    "Kind",
    "Unit",
    "Owner",
    "Tier",
    "Class under the AI Act",
    "Life",
    "Live version",
    "KPIs",
    "Watches",
    "Open incidents",
    "Registered (UTC)",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked the list for; what is none of the choices counts as not asked."""

    view: str
    unit: UUID | None
    kind: str
    tier: str
    law: str
    life: str
    owner: str
    words: str
    order: str
    after: str
    as_of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address, without the place in the list."""
        given = {
            "view": "" if self.view == "all" else self.view,
            "unit": self.unit_text,
            "kind": self.kind,
            "tier": self.tier,
            "law": self.law,
            "life": self.life,
            "owner": self.owner,
            "q": self.words,
            "order": "" if self.order == "name" else self.order,
            "as_of": self.as_of,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def unit_text(self) -> str:
        """The unit as the form's choice has it."""
        return str(self.unit or "")

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the view."""
        return bool(
            self.unit or self.kind or self.tier or self.law or self.life or self.owner or self.words
        )

    def filters(self, reader: User) -> Filters:
        """Return them as the registry's list takes them."""
        return Filters(
            view="all" if self.view == "mine" else self.view,
            owner_id=reader.pk if self.view == "mine" else None,
            unit_id=self.unit,
            kinds=_given(self.kind),
            tiers=_given(self.tier),
            legal_classes=_given(self.law),
            lifecycles=_given(self.life),
            owner=self.owner,
            words=self.words,
            order=self.order,
        )


def asked_of(query: Mapping[str, str], *, as_of: str = "") -> Asked:
    """Read what was asked from an address; `as_of` is the instant, as the door has read it."""
    return Asked(
        view=_one_of(query.get("view", ""), LABELS, "all"),
        unit=_uuid(query.get("unit", "")),
        kind=_one_of(query.get("kind", ""), System.Kind.values, ""),
        tier=_one_of(query.get("tier", ""), System.Tier.values, ""),
        law=_one_of(query.get("law", ""), System.LegalClass.values, ""),
        life=_one_of(query.get("life", ""), System.Lifecycle.values, ""),
        owner=_text(query.get("owner", "")),
        words=_text(query.get("q", "")),
        order=_one_of(query.get("order", ""), ORDER_LABELS, "name"),
        after=query.get("after", "")[:600],
        as_of=as_of,
    )


def systems_page(
    *,
    asked: Asked,
    visible: QuerySet[System],
    incidents: QuerySet[Incident],
    reader: User,
    at: datetime,
) -> dict[str, Any]:
    """Return what templates/governance/systems.html shows; three queries.

    `visible` and `incidents` are what the reader may see.
    """
    rows = visible.select_related("owner", "unit").only(*SHOWN).annotate(**_live())
    found = page_of_systems(
        visible=rows, filters=asked.filters(reader), after=asked.after, limit=PAGE
    )
    held = counted(visible, _views_of(reader))
    ids = [row.pk for row in found.rows]
    more = beside(ids, held["units"], incidents, reader.pk, at)
    shown = [_row(row, more.figures[row.pk]) for row in found.rows]
    return {
        "at": at,
        "asked": asked,
        "rows": shown,
        "lead": lead_of(shown) if not (found.after or asked.after) else "",
        "views": _views(asked, held),
        "ends": [
            {
                "label": _("Keep this view"),
                "url": f"/desk/views/new/?page=systems&{urlencode(asked.query)}",
            },
            {"label": "CSV", "url": f"/systems/list.csv?{_with(asked, asked.after)}"},
        ],
        "unit_count": len(more.units),
        "units": _options(more.units, asked.unit_text),
        "may_register": more.may_register,
        "kinds": _choices(System.Kind.choices, asked.kind),
        "tiers": _choices(System.Tier.choices, asked.tier),
        "laws": _choices(System.LegalClass.choices, asked.law),
        "lives": _choices(System.Lifecycle.choices, asked.life),
        "orders": _choices(ORDER_LABELS.items(), asked.order),
        "pages": {
            "shown": len(shown),
            "older_url": f"?{_with(asked, found.after)}" if found.after else "",
            "newer_url": f"?{urlencode(asked.query)}" if asked.after else "",
            **TURNING,
        },
    }


def sheet_rows(page: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of a list page as cells of HEAD."""
    return [_sheet_row(row) for row in page["rows"]]


def _sheet_row(row: Mapping[str, Any]) -> tuple[object, ...]:
    system = row["system"]
    return (
        system.name,
        system.slug,
        system.get_kind_display(),
        system.unit.name,
        system.owner.name,
        system.risk_tier,
        system.get_legal_class_display(),
        row["life_words"],
        system.live_label or "",
        row["words"],
        row["watches"],
        row["incidents"],
        system.registered_at.strftime("%Y-%m-%d %H:%M"),
    )


def _live() -> dict[str, Subquery]:
    """What runs in production, read with the row itself."""
    live = Deployment.objects.filter(
        system_id=OuterRef("pk"), until_at__isnull=True, environment="production"
    )
    return {
        "live_label": Subquery(live.values("version__label")[:1]),
        "live_suspended": Subquery(live.values("suspended")[:1]),
    }


def _row(system: System, figures: Counter[str]) -> dict[str, Any]:
    total = sum(figures[state] for state in ORDER)
    worst = next((state for state in ORDER if figures[state]), None)
    name, standing = WORDS[worst] if worst else ("none", "")
    told = term(word("nothing judged yet"))
    if worst:
        told = worded(
            "{count} of {total} {standing}",
            count=figures[worst], total=total, standing=term(standing),
        )  # fmt: skip
    return {
        "system": system,
        "life": LIVES.get(system.lifecycle, "pending"),
        "life_words": system.get_lifecycle_display().capitalize(),
        "state": name,
        "words": told,
        "incidents": figures["incidents"],
        "watches": figures["watches"],
    }


def lead_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say the situation first: '4 systems: 2 in order, 1 in breach, 1 partly unseen.'"""
    count = len(rows)
    if not count:
        return ""
    ok = sum(row["state"] == "ok" for row in rows)
    breach = sum(row["state"] in ("critical", "warning") for row in rows)
    unseen = sum(row["state"] == "none" for row in rows)
    parts = [(ok, word("{count} in order")), (breach, word("{count} in breach")),
             (unseen, word("{count} partly unseen"))]  # fmt: skip
    told = joined(", ", [worded(words, count=found) for found, words in parts if found])
    return worded_number(
        "{number} system: {told}.",
        "{number} systems: {told}.",
        count,
        told=told or term(word("all recovering")),
    )


def _views_of(reader: User) -> dict[str, Q]:
    return {name: VIEWS.get(name, Q(owner_id=reader.pk)) for name in LABELS}


def _views(asked: Asked, held: Mapping[str, int]) -> list[dict[str, Any]]:
    more = "+" if held["all"] >= COUNTED else ""
    return [
        {
            "label": label,
            "url": f"?{urlencode({**asked.query, 'view': name})}",
            "count": f"{number(held[name])}{more}",
            "current": name == asked.view,
        }
        for name, label in LABELS.items()
    ]


def _options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Return the options of a choice: a list of units is long, and a template slow at it."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, SELECTED if value == chosen else "", f"{label[:1].upper()}{label[1:]}")
            for value, label in choices
        ),
    )


def _choices(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Return the options of a choice of the rules, in the reader's language."""
    return _kept_choices(tuple(choices), chosen, get_language())


@lru_cache(maxsize=256)
def _kept_choices(
    choices: tuple[tuple[str, str], ...], chosen: str, language: str | None
) -> SafeString:
    return _options([(value, spoken(label)) for value, label in choices], chosen)


def _with(asked: Asked, after: str) -> str:
    return urlencode({**asked.query, **({"after": after} if after else {})})


def _one_of(given: str, known: Any, otherwise: str) -> str:
    return given if given in known else otherwise


def _given(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _text(given: str) -> str:
    return given.replace("\x00", " ").strip()[:80]


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
