"""The law's data as pages and the API show it: words for statuses and dates, rows in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox.languages import say_date, spoken
from registry.models import Milestone, Provision
from registry.rules.conditions import Condition
from registry.rules.obligations import (
    ADOPTED,
    AT_LATEST,
    SEE,
    DateLine,
    MilestoneFact,
    date_lines,
)
from registry.selectors.law import law_with, milestone_fact

# How a page marks a status: the state of the mark, apart from the words beside it.
MARKS = {
    "superseded": "suppressed",
    "proposed_not_adopted": "none",
    "draft_guidance": "none",
    "pending": "none",
    "guidance_final": "none",
    "interpretation_open": "watch",
}
ROLE_WORDS = {
    "provider": gettext_lazy("Provider"),
    "deployer": gettext_lazy("Deployer"),
    "authorised_representative": gettext_lazy("Authorised representative"),
    "importer": gettext_lazy("Importer"),
    "distributor": gettext_lazy("Distributor"),
    "product_manufacturer": gettext_lazy("Product manufacturer"),
}
TIER_WORDS = {
    "prohibited": gettext_lazy("prohibited"),
    "high_risk_annex_iii": gettext_lazy("high-risk by Annex III"),
    "high_risk_annex_i": gettext_lazy("high-risk by Annex I"),
    "transparency": gettext_lazy("with duties of transparency"),
    "gpai": gettext_lazy("general-purpose model"),
    "gpai_systemic": gettext_lazy("general-purpose model with systemic risk"),
    "minimal": gettext_lazy("of no specific risk"),
}
FLAG_WORDS = {
    "not_ai_system": gettext_lazy("no AI system"),
    "annex_i_section_a": gettext_lazy("a product of Annex I Section A"),
    "annex_i_section_b": gettext_lazy("a product of Annex I Section B"),
    "filter_6_3": gettext_lazy("the exception of Art. 6(3) is shown"),
    "profiling": gettext_lazy("profiles natural persons"),
    "public_authority": gettext_lazy("used by a public body"),
    "public_services": gettext_lazy("used for public services"),
    "legacy": gettext_lazy("on the market before the rules"),
    "legacy_50_2": gettext_lazy("on the market before 2 August 2026"),
    "legacy_gpai": gettext_lazy("on the market before 2 August 2025"),
    "workplace": gettext_lazy("used at the workplace"),
    "affects_persons": gettext_lazy("decides on natural persons or helps to"),
    "direct_interaction": gettext_lazy("interacts with people"),
    "synthetic_content": gettext_lazy("generates content"),
    "emotion_or_biometric": gettext_lazy("recognises emotions or sorts by biometric data"),
    "deep_fake": gettext_lazy("makes deep fakes"),
    "public_interest_text": gettext_lazy("writes text that informs the public"),
    "special_categories_for_bias": gettext_lazy("uses special categories of data against bias"),
    "own_gpai_inside": gettext_lazy("built on a general-purpose model of the same undertaking"),
}
KIND_WORDS = {
    "obligation": gettext_lazy("Obligations"),
    "prohibited_practice": gettext_lazy("Prohibited practices"),
    "classification": gettext_lazy("Classification and roles"),
    "tier": gettext_lazy("Tiers of risk"),
    "role": gettext_lazy("Roles of operators"),
    "definition": gettext_lazy("Definitions"),
    "clock": gettext_lazy("Reports of serious incidents"),
    "authority_duty": gettext_lazy("Duties of the authority"),
    "template": gettext_lazy("Templates"),
    "point": gettext_lazy("Points of an article"),
    "annex_i": gettext_lazy("Annex I: products"),
    "annex_iii": gettext_lazy("Annex III: uses"),
    "annex_iv": gettext_lazy("Annex IV: technical documentation"),
    "annex_v": gettext_lazy("Annex V: declaration of conformity"),
    "annex_viii": gettext_lazy("Annex VIII: registration"),
    "penalty": gettext_lazy("Penalties"),
    "amendment": gettext_lazy("What was amended in 2026"),
    "clause": gettext_lazy("Clauses"),
    "control_group": gettext_lazy("Groups of controls"),
    "control": gettext_lazy("Controls of Annex A"),
    "annex": gettext_lazy("Annexes"),
    "artefact": gettext_lazy("Documents"),
    "related_standard": gettext_lazy("Related standards"),
    "function": gettext_lazy("Functions"),
    "category": gettext_lazy("Categories"),
    "subcategory": gettext_lazy("Subcategories"),
    "genai_risk": gettext_lazy("Risks of generative AI"),
}
CHECKED_WORDS = {
    "yes": gettext_lazy("checked against the source"),
    "partly": gettext_lazy("partly checked"),
    "no": gettext_lazy("not checked"),
}


@dataclass(frozen=True, slots=True)
class When:
    """A date as it is shown: words, status with its mark, and whether it is a plain due date."""

    words: str
    status: str
    status_words: str
    mark: str
    plain: bool
    applies: str
    note: str
    milestones: tuple[MilestoneFact, ...]
    replaced: tuple[MilestoneFact, ...]

    @property
    def what(self) -> list[str]:
        """What each milestone is."""
        return [one.what for one in self.milestones]


def day_words(day: date) -> str:
    """Write a day in the reader's language: '2 December 2027'."""
    return say_date(day, "j F Y")


def status_words(status: str) -> str:
    """Say a status in words; a word that nobody knows as it is."""
    known = dict(Milestone.Status.choices)
    return spoken(str(known.get(status, status.replace("_", " "))))


def checked_words(checked: str) -> str:
    """Say whether a row was compared with its sources."""
    return str(CHECKED_WORDS.get(checked, checked))


def role_words(roles: Iterable[str]) -> list[str]:
    """Say roles in words."""
    return [str(ROLE_WORDS.get(role, role)) for role in roles]


def fact_words(name: str, *, kind: str = "") -> str:
    """Say a fact of a system in words: a tier, a role, a point of Annex III or a circumstance."""
    if kind == "point" or name.startswith("III"):
        return _("Annex III point %(point)s") % {"point": name.removeprefix("III.")}
    known = TIER_WORDS | ROLE_WORDS | FLAG_WORDS
    return str(known.get(name, name.replace("_", " ")))


def when(line: DateLine, on: date) -> When:
    """Return a date line as it is shown on a day."""
    return When(
        words=_line_words(line, on),
        status=line.status,
        status_words=status_words(line.status),
        mark=_mark(line.status, line.date, on),
        plain=line.plain,
        applies=line.applies,
        note=_note(line),
        milestones=line.milestones,
        replaced=line.replaced,
    )


def milestone_when(row: Milestone | MilestoneFact, on: date) -> When:
    """Return a milestone as it is shown on a day."""
    fact = milestone_fact(row) if isinstance(row, Milestone) else row
    line = DateLine((fact,), fact.date, fact.status, "own", "yes")
    return when(line, on)


def provision_dates(row: Provision, on: date) -> list[When]:
    """Return every date of a provision, for whichever system."""
    law = law_with([row])
    return [when(line, on) for line in date_lines(law, law.provisions[0], None)]


def condition_words(condition: Condition) -> str:
    """Say a condition in words, as close to its structure as reads well."""
    parts = [_part_words(key, value) for key, value in condition.items()]
    return _(" and ").join(parts) if parts else _("every system")


def groups(rows: Sequence[Provision]) -> list[dict[str, Any]]:
    """Return provisions by kind, in the order in which kinds first stand."""
    found: dict[str, list[Provision]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    order = [kind for kind in KIND_WORDS if kind in found]
    order += [kind for kind in found if kind not in KIND_WORDS]
    return [
        {"kind": kind, "title": KIND_WORDS.get(kind, kind), "rows": found[kind]} for kind in order
    ]


def _line_words(line: DateLine, on: date) -> str:
    if line.date is None:
        return _("no date")
    day = day_words(line.date)
    if line.status in ADOPTED:
        words = _("since %(day)s") if line.date <= on else _("from %(day)s")
        if line.reading == AT_LATEST:
            words = _("at the latest from %(day)s")
        return words % {"day": day}
    if line.status == Milestone.Status.OPEN:
        return _("by one reading from %(day)s") % {"day": day}
    return f"{day}, {status_words(line.status)}"


def _mark(status: str, day: date | None, on: date) -> str:
    if status in ADOPTED:
        return "ok" if day is not None and day <= on else "pending"
    return MARKS.get(status, "none")


def _note(line: DateLine) -> str:
    if line.applies == "open":
        return _("if this is the system's case: to be decided")
    return _("see also") if line.reading == SEE else ""


def _part_words(key: str, value: Any) -> str:
    if key == "all":
        return _(" and ").join(_nested(inner) for inner in value)
    if key == "any":
        return _(" or ").join(_nested(inner) for inner in value)
    if key == "not":
        return _("not %(what)s") % {"what": _nested(value)}
    names = [value] if isinstance(value, str) else value
    return _(" or ").join(fact_words(name, kind=key) for name in names)


def _nested(condition: Condition) -> str:
    words = condition_words(condition)
    joined = len(condition) > 1 or any(key in ("all", "any") for key in condition)
    return f"({words})" if joined else words
