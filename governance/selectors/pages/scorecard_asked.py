"""What somebody asks of the scorecards: a view, what narrows it, the place in the list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from governance.rules.scorecards import ALL, LAGGING, LEADING, STATES, VIEWS, Wanted
from telemetry.models import Kpi, Perspective

Words = str | Promise
TIMINGS: dict[str, Words] = {LEADING: gettext_lazy("Leading"), LAGGING: gettext_lazy("Lagging")}
WAYS: dict[str, Words] = {"unit": gettext_lazy("By unit"), "system": gettext_lazy("By system")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for; what is none of the choices counts as not asked."""

    view: str = ALL
    unit: UUID | None = None
    system: str = ""
    wanted: Wanted = Wanted()
    by: str = ""
    after: str = ""
    as_of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """What was asked as it stands in an address, without the place in the list."""
        wanted = self.wanted
        given = {
            "view": "" if self.view == ALL else self.view,
            "unit": str(self.unit or ""),
            "system": self.system,
            "category": wanted.category,
            "perspective": wanted.perspective,
            "timing": wanted.timing,
            "state": wanted.state,
            "owner": str(wanted.owner or ""),
            "by": self.by,
            "as_of": self.as_of,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the view."""
        return bool(self.unit or self.system or self.wanted != Wanted())

    def address(self, **changes: str) -> str:
        """Return the query of an address that asks for the same but for `changes`."""
        return "?" + urlencode(
            {name: value for name, value in (self.query | changes).items() if value}
        )


def asked_of(query: Mapping[str, str], *, as_of: str = "") -> Asked:
    """Read what was asked from an address; `as_of` is the instant, as the door has read it."""
    return Asked(
        view=_one_of(query.get("view", ""), VIEWS) or ALL,
        unit=_uuid(query.get("unit", "")),
        system=query.get("system", "").replace("\x00", "")[:80],
        wanted=Wanted(
            category=_one_of(query.get("category", ""), Kpi.Category.values),
            perspective=_one_of(query.get("perspective", ""), Perspective.values),
            timing=_one_of(query.get("timing", ""), TIMINGS),
            state=_one_of(query.get("state", ""), STATES),
            owner=_uuid(query.get("owner", "")),
        ),
        by=_one_of(query.get("by", ""), WAYS),
        after=query.get("after", "")[:1000],
        as_of=as_of,
    )


def _one_of(given: str, known: Iterable[str]) -> str:
    return given if given in set(known) else ""


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None
